/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory state of the machine, as /proc/{meminfo,vmstat,pressure/memory,zoneinfo} tell it. */
#pragma once

#include <stdint.h>

#include "base/opt.h"

/* /proc/meminfo, in bytes. total, free and available must be there; the rest may be ABSENT. */
struct meminfo {
	uint64_t total_bytes, free_bytes, available_bytes;
	struct opt_u64 swap_total_bytes, swap_free_bytes;
	struct opt_u64 anon_bytes, shmem_bytes, slab_unreclaimable_bytes, slab_reclaimable_bytes;
	struct opt_u64 pagetables_bytes, kernel_stack_bytes, percpu_bytes, cached_bytes;
	struct opt_u64 zswap_bytes, zswapped_bytes; /* 5.19+: compressed pool, and what is in it */
	struct opt_u64 committed_bytes, commit_limit_bytes;
	struct opt_u64 hugetlb_bytes;
};

/* One line of /proc/pressure/FILE or memory.pressure. Averages in percent, total in seconds. */
struct psi_line {
	bool present;
	double avg10, avg60, avg300;
	double total_seconds;
};
struct psi {
	struct psi_line some, full;
};

/* The counters of /proc/vmstat that guard and watch use. */
struct vmstat {
	struct opt_u64 oom_kill; /* 4.13+ */
	struct opt_u64 pswpin, pswpout, pgmajfault, workingset_refault_anon;
	struct opt_u64 allocstall; /* sum of allocstall_* */
};

/* /proc/zoneinfo: pages on per-CPU lists, which MemAvailable does not count (facts: 6.7+). */
struct zoneinfo {
	uint64_t pcp_pages;			   /* sum of `count:` over pagesets */
	uint64_t min_pages, low_pages, high_pages; /* sums of the watermarks */
	uint32_t nodes, populated_zones;	   /* what an OOM report lists; 0: unknown */
};

struct host {
	struct meminfo meminfo;
	struct psi memory_pressure; /* .some.present == false: PSI off or absent */
	struct vmstat vmstat;
	/* zram devices in use as swap; ABSENT when none is. SwapFree holds zram_free_bytes too, at
	 * its logical size; what a page stored there really costs is used / data. */
	struct opt_u64 zram_size_bytes, zram_free_bytes;
	struct opt_u64 zram_used_bytes;	     /* sum of mem_used_total */
	struct opt_u64 zram_data_bytes;	     /* sum of orig_data_size */
	struct opt_u64 arc_shrinkable_bytes; /* ZFS ARC above its minimum: free in effect, not in
						MemAvailable */
	uint32_t cpus;			     /* online; 0 = unknown */
	uint64_t page_bytes;		     /* of the kernel we run on, also for a captured tree */
	double boot_seconds;		     /* uptime; 0 = unknown */
};

/*
 * How far the RSS that /proc shows may be from the truth, so that growth below it proves nothing.
 * Linux 6.2 to 6.15 read a per-CPU counter without summing it: each CPU may hold back up to
 * max(32, 2 x CPUs) pages (lib/percpu_counter.c; commit f1a7941243c1). Half of that worst case is
 * taken: a process rarely runs on all CPUs between two folds. Before 6.2 it was 64 pages a thread,
 * since 6.16 (commit 82241a83cd15, widely backported) it is exact: the floor then errs on the safe
 * side. 4 MiB are added for what is no leak at any CPU count: a huge page or two, a stack, an
 * arena's top pad. cpus 0 (unknown) adds nothing.
 */
uint64_t rss_noise_floor_bytes(uint32_t cpus, uint64_t page_bytes);
