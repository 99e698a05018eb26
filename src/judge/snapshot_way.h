/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the memory of a process is to be copied, and whether there is room for it: a scan must never
 * cause the OOM it looks for. Pure.
 *
 *   a fork takes, of the target's limits:  page tables, RSS / 512 (8 bytes a page of 4 KiB), and
 *       10 % of its memory, at least 16 MiB, for pages it writes while the copy lives. A program
 *       that rewrites all of its memory needs more: one writes some 0.5 GiB/s that way (2 us a
 *       page), the copy takes 0.3 s/GiB. So the room is looked at while copying, too.
 *   the copy takes, of our own limits:     its bytes, and 15 % for what the analysis keeps, at
 *       least 16 MiB. (Heap bitmaps are 1.6 %, marks as much, the rest lists.)
 *   both, of what limits both (the host, a common cgroup): the sum.
 *
 * Up to 8 MiB the process is stopped while they are copied: that takes some 2 ms, as the fork of
 * such a process and its reaping do, and costs it no faults on writing later. See docs/SCAN.md for
 * the measurement.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "base/opt.h"
#include "model/leak.h"

#define SNAPSHOT_SMALL_BYTES (8 * MIB)
/* Less than this left to either while copying: give up. Half of the least room asked for. */
#define SNAPSHOT_FLOOR_BYTES (8 * MIB)

struct snapshot_facts {
	uint64_t copy_bytes;	 /* what would be read */
	uint64_t resident_bytes; /* of the target, VmRSS */
	/* What is left until a limit; unknown: none is known, and so none binds. */
	struct opt_u64 target_left, own_left, common_left;
};

struct snapshot_need {
	uint64_t target_bytes, own_bytes; /* target: 0 for stop-and-copy */
};
struct snapshot_need snapshot_need_of(const struct snapshot_facts *facts,
				      enum snapshot_method method) _nonnull_all_;

enum snapshot_short {
	SHORT_OF_NOTHING = 0,
	SHORT_OF_TARGET, /* its own limit */
	SHORT_OF_OWN,
	SHORT_OF_COMMON,
};
/* Which limit has no room for that method. */
enum snapshot_short snapshot_short_of(const struct snapshot_facts *facts,
				      enum snapshot_method method) _nonnull_all_;

/*
 * `wish`: SNAPSHOT_NONE to choose, else that one. *ret_reason: a constant text. SNAPSHOT_NONE is
 * returned when there is no room: snapshot_short_of tells of what.
 */
enum snapshot_method snapshot_choose(const struct snapshot_facts *facts, enum snapshot_method wish,
				     const char **ret_reason) _nonnull_all_;
