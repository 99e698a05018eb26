/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much more a process can take before something stops it. Pure.
 *
 * The least of these; one whose numbers are not known does not count, and with none known
 * .bytes is not known and .kind is LIMIT_UNKNOWN:
 *
 * host    MemAvailable + shrinkable ZFS ARC + swap. Free swap on a disk counts in full (zswap
 *         included: each of its pages has a slot on the disk behind it). Free swap on zram counts
 *         only for what it gains, free x (1 - used/data) as measured now, since a page stored
 *         there still takes RAM; with no data stored yet the ratio is unknown and it counts 0.
 * cgroup  for its own and each ancestor cgroup: limit - (usage - reclaimable) + swap allowance.
 *         The limit is memory.max or memory.high, whichever is lower: a process above memory.high
 *         is not killed, but slowed almost to a stop. The memory.high that guard itself wrote as
 *         a brake does not count (cgroup_high): it would read as exhaustion now, and as memory
 *         that did not come back (seen on 6.1). reclaimable is file cache and (v2) slab. The
 *         allowance is the least of the swap above and swap.max - swap.current along the path.
 *         The capacity is limit + allowance + the swap already used: else a leaker that swaps has
 *         "146 % of the limit left" (seen on 6.12), and a quarter of it is far too late.
 *         v1: memory + swap together are bound by memsw as well. A v1 parent with use_hierarchy 0
 *         does not bind its children.
 * rlimit  RLIMIT_AS - VmSize, RLIMIT_DATA - VmData.
 *
 * Usage above a limit gives 0. Sources: mm/memcontrol.c, Documentation/admin-guide/cgroup-v2.rst,
 * cgroup-v1/memory.rst, Documentation/admin-guide/blockdev/zram.rst (mm_stat).
 */
#pragma once

#include "model/headroom.h"
#include "model/process.h"

struct headroom headroom_of(const struct process *p, const struct process_table *t) _nonnull_all_;

/* Of the host alone, and of one cgroup's own limits alone (unknown when it has none). */
struct headroom headroom_of_host(const struct process_table *t) _nonnull_all_;
struct headroom headroom_of_cgroup(const struct process_table *t, uint32_t cgroup) _nonnull_all_;
