/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decision of guard as one sentence, as a JSON line and as a journal message. All three tell the
 * same: what was done to whom, why, with which numbers, and whom guard considered.
 */
#pragma once

#include "base/strbuf.h"
#include "model/guard.h"
#include "report/json.h"

/* "SIGTERM to steady-leak (pid 812): leaking, exhausted in 28 s, 24% of cgroup /x left". Escaped.
 */
void decision_describe(struct strbuf *s, const struct decision *d,
		       const struct process_table *t) _nonnull_all_;

/* "host", the cgroup's path, "rlimit", "limit_bytes" or "unknown". Escaped. */
void limit_describe(struct strbuf *s, const struct headroom *h,
		    const struct cgroup_table *t) _nonnull_all_;

/* bulkhead.guard/1. New reference, NULL when memory is short. */
json_t *decision_to_json(const struct decision *d, const struct process_table *t,
			 bool dry_run) _must_check_ _nonnull_all_;
