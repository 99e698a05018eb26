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
};

struct host {
	struct meminfo meminfo;
	struct psi memory_pressure; /* .some.present == false: PSI off or absent */
	struct vmstat vmstat;
	struct opt_u64
		zram_used_bytes; /* sum of mem_used_total; what zram swap really costs in RAM */
	struct opt_u64 zram_data_bytes;	     /* sum of orig_data_size */
	struct opt_u64 arc_shrinkable_bytes; /* ZFS ARC above its minimum: free in effect, not in
						MemAvailable */
	uint32_t cpus;			     /* online */
	uint64_t page_bytes;
	double boot_seconds; /* uptime; for starttime of captured trees */
};
