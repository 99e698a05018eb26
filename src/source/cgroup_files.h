/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory files of one cgroup, v1 and v2. */
#pragma once

#include "base/macro.h"
#include "base/opt.h"
#include "model/cgroup.h"

/*
 * One number and a newline. ABSENT for "max" (v2), and for a v1 limit that is none: the kernel
 * shows PAGE_COUNTER_MAX, the largest multiple of the page size below 2^63; no machine has 2^62
 * bytes. -EPROTO for anything else.
 */
int cgroup_number_parse(const char *buf, size_t len,
			struct opt_u64 *ret) _must_check_ _nonnull_all_;

/* memory.stat, with the descendants' pages. What the kernel does not show is ABSENT. */
struct cgroup_stat {
	struct opt_u64 anon_bytes, shmem_bytes;
	struct opt_u64 reclaimable_bytes; /* active_file + inactive_file + slab_reclaimable */
};
int cgroup_stat_parse(const char *buf, size_t len, enum cgroup_version version,
		      struct cgroup_stat *ret) _must_check_ _nonnull_all_;

/* v2 memory.events and v1 memory.oom_control (oom_kill: 4.13+). -EPROTO: double, no number. */
int cgroup_oom_kill_parse(const char *buf, size_t len,
			  struct opt_u64 *ret) _must_check_ _nonnull_all_;

/* "memory" among the words of cgroup.controllers. */
bool cgroup_controllers_have_memory(struct text in);

/*
 * Reads usage, limits and events of the cgroup directory `dirfd` into c, and memory.stat when the
 * cgroup has a limit (it is the one costly file, and only a limit needs it). A file that is not
 * there gives ABSENT, one that cannot be read or understood UNREADABLE; never an error, since a
 * cgroup can vanish at any time.
 */
void cgroup_files_read(int dirfd, enum cgroup_version version, char *buf, size_t size,
		       struct cgroup *c) _nonnull_(3, 5);

/* Only the usage: one read. */
void cgroup_usage_read(int dirfd, enum cgroup_version version, struct cgroup *c) _nonnull_(3);

/* Only the limits, and whether they hold for the children: max and high, v1 limit and memsw limit.
 */
void cgroup_limits_read(int dirfd, enum cgroup_version version, struct cgroup *c) _nonnull_(3);

/* memory.max or memory.high, v1 limit or memsw limit is finite. */
bool cgroup_is_limited(const struct cgroup *c) _nonnull_all_;
