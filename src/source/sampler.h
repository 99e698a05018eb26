/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads every process of the machine into a process_table, pass after pass. All memory is
 * allocated by sampler_open; a pass allocates nothing (guard runs it under memory pressure).
 *
 * Cost: O(processes) per pass; one read of /proc/PID/statm each, by a kept descriptor for the first
 * `max_statm` of them (a quarter of the price of opening it, and nothing that the kernel must
 * allocate while memory is short), and one openat+read+close of status (nine times that) when statm
 * shows that more than anon changed, when anything was swapped, and every `slow_seconds`. threads,
 * uid, VmPTE are as of then. Both by a kept directory descriptor of /proc/PID: it names the process
 * life, not the number, so a reused pid fails with ESRCH instead of passing for its predecessor.
 * Past `max_dirfds` (or on EMFILE, when some are given back for good) the identity is taken from
 * /proc/PID/stat in each pass instead. stat (CPU, comm, session) is read on first sight and every
 * `slow_seconds`, cgroup, limits and oom_score_adj one after the other at every third of those. All
 * are spread over the passes. A kernel thread costs one lookup. Never reads maps, smaps, cmdline or
 * environ: those can block on the target's mmap_lock.
 *
 * A process whose leader has exited while other threads run counts as alive; its memory is read
 * from one of those threads. On kernels before 4.5 anon comes from statm, and shmem is unknown.
 */
#pragma once

#include <stdint.h>

#include "base/fault.h"
#include "base/root.h"
#include "model/process.h"

struct sampler;

struct sampler_config {
	uint32_t max_processes; /* slots; a process past them is counted in over_capacity */
	uint32_t max_cgroups;
	uint32_t cgroup_path_bytes; /* arena for all cgroup paths */
	uint32_t max_dirfds;	    /* 0: never keep descriptors */
	uint32_t max_statm;	    /* kept descriptors of statm; 4.4 KiB of kernel memory each */
	double slow_seconds;	    /* refresh of what changes rarely */
	double cgroup_seconds;	    /* refresh of cgroup numbers (memory.stat is not free) */
};

/* 65,536 processes, 16,384 cgroups: for watch. Memory is touched as it is used. */
struct sampler_config sampler_config_watch(void);
/* 4,096 processes, 1,024 cgroups: the stated capacity of guard. */
struct sampler_config sampler_config_guard(void);

/*
 * The root must outlive the sampler. 0, or negative errno with *f. Raises the soft RLIMIT_NOFILE of
 * this process to the hard one when max_dirfds does not fit (a child started later should be given
 * its own limit back: programs that use select() expect 1,024).
 */
int sampler_open(const struct root *root, const struct sampler_config *config, struct sampler **ret,
		 struct fault *f) _must_check_ _nonnull_(1, 2, 3);
void sampler_free(struct sampler *s); /* NULL is fine */

/*
 * One pass over all processes, cgroups and the host. `now_seconds` is the caller's clock
 * (clock_boot_seconds on a live root). Only a failure to read the host or to list /proc is an
 * error; processes that could not be read are counted in table->counts.
 */
int sampler_pass(struct sampler *s, double now_seconds, struct fault *f) _must_check_ _nonnull_(1);

/* Only the host numbers (meminfo, pressure; a few microseconds by kept descriptors): the fast
 * clock. */
int sampler_host(struct sampler *s, double now_seconds, struct fault *f) _must_check_ _nonnull_(1);

/*
 * The usage of cgroups that have a limit, at most 64 a call (the next call goes on): for the fast
 * clock; each pass does it too. The reclaimable part stays that of the last full refresh. Returns
 * how many were read.
 */
uint32_t sampler_cgroup_usage(struct sampler *s) _nonnull_all_;

/*
 * Tells the table that memory.high of this cgroup is guard's own brake (cgroup_high), and what was
 * there before. Needs no end: it holds only while the file has this very value.
 */
void sampler_set_brake(struct sampler *s, uint32_t cgroup, uint64_t bytes,
		       struct opt_u64 before) _nonnull_all_;

/*
 * /proc/zoneinfo, which no pass reads: what freed memory still sits on per-CPU lists just after a
 * kill, where MemAvailable does not see it. Negative errno when it cannot be read.
 */
int sampler_zoneinfo(struct sampler *s, struct zoneinfo *ret) _must_check_ _nonnull_all_;

/* The result of the last pass; owned by the sampler. */
const struct process_table *sampler_table(const struct sampler *s);
