/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes and zones of a report: which of them a request might use, sums over them. */
#pragma once

#include "model/oom_report.h"

/* The list that narrowed the request: mems_allowed for a cpuset, the nodemask for a policy; ""
 * none. */
const char *oom_allowed_nodes(const struct oom_report *r) _nonnull_all_;
/* Is `node` in "0-1,4"? Anything is in "" and in what is no list. */
bool oom_node_in(const char *list, int32_t node) _nonnull_all_;

/* Saturates; an unknown part counts nothing, unless both are. */
struct opt_u64 oom_sum(struct opt_u64 a, struct opt_u64 b);

/* Sum of a counter over the zones of the nodes in `list` (NULL: all); unknown when no zone has it.
 */
struct opt_u64 oom_zones_sum(const struct oom_report *r, enum oom_counter c, const char *list)
	_nonnull_(1);
/* What the kernel manages: "pages RAM" less "pages reserved", else the zones' managed (in old
 * reports present) pages. Reserved has been printed as a negative number: it is then no number. */
struct opt_u64 oom_ram_bytes(const struct oom_report *r) _nonnull_all_;
/* The block of all nodes in bytes, else the sum over the lines of the nodes, else of the zones. */
struct opt_u64 oom_memory_bytes(const struct oom_report *r, enum oom_counter c) _nonnull_all_;
