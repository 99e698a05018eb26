/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One OOM report of the kernel, as the text of a log has it. A log may be cut, interleaved or
 * rate-limited: every number may be missing, and nothing here is computed from another. Amounts are
 * in the unit of their name; what the kernel prints in pages stays in pages, since the page size is
 * a fact of its own (.page_bytes). Names are as printed: hostile, to be escaped before they are
 * shown.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/opt.h"
#include "model/machine.h"

#define OOM_COMM_SIZE 32    /* TASK_COMM_LEN is 16; a longer name in a log is cut */
#define OOM_CGROUP_SIZE 512 /* a longer path keeps its end: that names the service */
#define OOM_GFP_SIZE 320
#define OOM_WORD_SIZE 96

/* Bounds of one report's memory; what does not fit is counted (.tasks_dropped, ...). */
#define OOM_TASKS_MAX 131072
#define OOM_ZONES_MAX 1024
#define OOM_NODES_MAX 256
#define OOM_VICTIMS_MAX 4096
#define OOM_CGROUPS_MAX 256
#define OOM_SLABS_MAX 512
#define OOM_HUGEPAGES_MAX 64
#define OOM_ALLOCATIONS_MAX 32
#define OOM_FRAMES_MAX 40
#define OOM_FRAME_SIZE 48 /* a longer name of a function is cut */
#define OOM_ORDERS_MAX 16
#define OOM_LINES_MAX 8192

/* Where in time a line stands. */
struct oom_stamp {
	struct opt_u64 boot_usec; /* printk timestamp: microseconds since boot */
	/* The log's own clock, for order and differences: no zone, and a syslog stamp has no year.
	 */
	struct opt_u64 wall_usec;
	char wall_text[40]; /* as it was written, "" when there is none */
};

enum oom_constraint {
	OOM_CONSTRAINT_UNKNOWN = 0,
	OOM_CONSTRAINT_NONE,
	OOM_CONSTRAINT_CPUSET,
	OOM_CONSTRAINT_MEMPOLICY,
	OOM_CONSTRAINT_MEMCG,
};

/* What told the constraint, best first. */
enum oom_constraint_source {
	OOM_CONSTRAINT_NOT_TOLD = 0,
	OOM_CONSTRAINT_PRINTED, /* oom-kill:constraint= */
	OOM_CONSTRAINT_MESSAGE, /* "Memory cgroup out of memory", "... (MPOL_BIND)" */
	OOM_CONSTRAINT_BLOCK,	/* "Task in A killed as a result of limit of B", "memory: usage" */
	OOM_CONSTRAINT_STACK,	/* mem_cgroup_out_of_memory and the like in the call trace */
	/* A report of the whole machine: Mem-Info, "Out of memory:"; that a nodemask or a cpuset
	 * narrowed it is then not excluded */
	OOM_CONSTRAINT_SHAPE,
};

struct oom_trigger {
	bool known;		  /* there was an "invoked oom-killer" line */
	char comm[OOM_COMM_SIZE]; /* of that line, or of the CPU line; "" unknown */
	struct opt_u64 pid, uid, cpu;
	struct opt_u64 gfp_mask;
	char gfp_flags[OOM_GFP_SIZE]; /* "GFP_KERNEL|__GFP_COMP" as printed; "" not printed */
	struct opt_i64 order;	      /* -1: SysRq-f */
	struct opt_i64 oom_score_adj, oom_adj;
	char nodemask[OOM_WORD_SIZE]; /* "(null)", "0-1"; "" not printed */
	struct opt_u64
		suppressed; /* reports that the rate limit had dropped just before this one */
};

/* Counters of Mem-Info: the block of all nodes (in pages), a node's line and a zone's (in bytes).
 * oom_counter_name() has the words that the kernel prints. */
enum oom_counter {
	OOM_ACTIVE_ANON = 0,
	OOM_INACTIVE_ANON,
	OOM_ISOLATED_ANON,
	OOM_ACTIVE_FILE,
	OOM_INACTIVE_FILE,
	OOM_ISOLATED_FILE,
	OOM_UNEVICTABLE,
	OOM_DIRTY,
	OOM_WRITEBACK,
	OOM_UNSTABLE,
	OOM_SLAB_RECLAIMABLE,
	OOM_SLAB_UNRECLAIMABLE,
	OOM_MAPPED,
	OOM_SHMEM,
	OOM_PAGETABLES,
	OOM_SEC_PAGETABLES,
	OOM_BOUNCE,
	OOM_KERNEL_MISC_RECLAIMABLE,
	OOM_FREE,
	OOM_FREE_PCP,
	OOM_FREE_CMA,
	OOM_SHMEM_THP,
	OOM_SHMEM_PMDMAPPED,
	OOM_ANON_THP,
	OOM_WRITEBACK_TMP,
	OOM_KERNEL_STACK,
	OOM_SHADOW_CALL_STACK,
	OOM_BALLOON,
	OOM_GPU_ACTIVE,
	OOM_GPU_RECLAIM,
	OOM_BOOST,
	OOM_MIN,
	OOM_LOW,
	OOM_HIGH,
	OOM_RESERVED_HIGHATOMIC,
	OOM_FREE_HIGHATOMIC,
	OOM_WRITEPENDING,
	OOM_PRESENT,
	OOM_MANAGED,
	OOM_MLOCKED,
	OOM_LOCAL_PCP,
	OOM_ZSPAGES,
	OOM_COUNTER_COUNT,
};

struct oom_counters {
	struct opt_u64 value[OOM_COUNTER_COUNT];
};

struct oom_buddy {
	bool known;
	uint32_t orders;		 /* how many were printed: MAX_ORDER of that kernel */
	uint64_t blocks[OOM_ORDERS_MAX]; /* free blocks of each order */
	char types[OOM_ORDERS_MAX][8];	 /* "UME": whose they are; "" not printed */
	struct opt_u64 total_bytes;	 /* the sum that the kernel printed */
};

struct oom_node {
	int32_t id;
	struct oom_counters counters; /* bytes */
	bool all_unreclaimable;	      /* "yes" */
};

struct oom_zone {
	int32_t node; /* 0 where the line names none (!CONFIG_NUMA) */
	char name[16];
	struct oom_counters counters; /* bytes; none when only the free lists were in the text */
	bool all_unreclaimable;
	uint32_t reserve_count;
	uint64_t lowmem_reserve_pages[8];
	struct oom_buddy buddy;
};

struct oom_hugepages {
	int32_t node; /* -1: not named */
	uint64_t size_bytes, total, free, surplus;
};

struct oom_slab {
	char name[48];
	uint64_t used_bytes, total_bytes;
};

/* A line of the memory allocation profile (CONFIG_MEM_ALLOC_PROFILING, 6.10+). */
struct oom_allocation {
	uint64_t bytes, calls;
	char where[128]; /* "mm/slub.c:2345 func:alloc_slab_page" */
};

/* usage, limit, failcnt of one counter of a cgroup; UINT64_MAX: no limit. */
struct oom_charge {
	struct opt_u64 usage_bytes, limit_bytes, failcnt;
};

/* memory.stat of v1 and of v2 under one name each; the comment has the words printed. */
enum oom_memcg_stat {
	OOM_MEMCG_ANON = 0, /* v1 rss, v2 anon */
	OOM_MEMCG_FILE,	    /* v1 cache (with shmem), v2 file (with shmem) */
	OOM_MEMCG_SHMEM,
	OOM_MEMCG_SWAP, /* v1 swap, v2: see .swap.usage_bytes */
	OOM_MEMCG_MAPPED_FILE,
	OOM_MEMCG_DIRTY,
	OOM_MEMCG_WRITEBACK,
	OOM_MEMCG_ANON_THP, /* v1 rss_huge */
	OOM_MEMCG_INACTIVE_ANON,
	OOM_MEMCG_ACTIVE_ANON,
	OOM_MEMCG_INACTIVE_FILE,
	OOM_MEMCG_ACTIVE_FILE,
	OOM_MEMCG_UNEVICTABLE,
	OOM_MEMCG_KERNEL,
	OOM_MEMCG_KERNEL_STACK,
	OOM_MEMCG_PAGETABLES,
	OOM_MEMCG_PERCPU,
	OOM_MEMCG_SOCK,
	OOM_MEMCG_VMALLOC,
	OOM_MEMCG_SLAB_RECLAIMABLE,
	OOM_MEMCG_SLAB_UNRECLAIMABLE,
	OOM_MEMCG_SLAB,
	OOM_MEMCG_ZSWAP,
	OOM_MEMCG_ZSWAPPED,
	OOM_MEMCG_STAT_COUNT,
};

struct oom_cgroup {
	char path[OOM_CGROUP_SIZE];
	struct opt_u64 stat[OOM_MEMCG_STAT_COUNT]; /* bytes */
};

struct oom_memcg {
	bool known;			  /* any line of the block */
	char limit_path[OOM_CGROUP_SIZE]; /* whose limit was hit: oom_memcg=, "limit of" */
	char task_path[OOM_CGROUP_SIZE];  /* where the victim (before 5.0 the trigger) was */
	struct oom_charge memory, memsw, swap, kmem;
	struct opt_u64 min_bytes, low_bytes;
	bool stats_cut; /* 5.3 to 6.3: the record ends in the middle of memory.stat */
	uint32_t cgroup_count, cgroups_dropped;
	struct oom_cgroup *cgroup; /* [0] is the one whose limit was hit, then its tree */
};

struct oom_memory {
	struct oom_counters pages; /* the block of all nodes, in pages */
	struct opt_u64 pages_ram, pages_highmem, pages_reserved, pages_cma, pages_hwpoisoned;
	struct opt_u64 pages_pagecache, pages_swapcache;
	struct opt_u64 swap_free_bytes, swap_total_bytes;
	uint32_t node_count, zone_count, hugepages_count, slab_count, allocation_count;
	struct oom_node *node;
	struct oom_zone *zone;
	struct oom_hugepages *hugepages;
	struct oom_slab *slab; /* as printed */
	bool slab_not_dumped;  /* "excessive unreclaimable slab but cannot dump stats" */
	struct oom_allocation *allocation;
};

/* Columns of the task table that its header names, a bit each. */
enum oom_column {
	OOM_COLUMN_PID = 1 << 0,
	OOM_COLUMN_UID = 1 << 1,
	OOM_COLUMN_TGID = 1 << 2,
	OOM_COLUMN_TOTAL_VM = 1 << 3,
	OOM_COLUMN_RSS = 1 << 4,
	OOM_COLUMN_RSS_ANON = 1 << 5,
	OOM_COLUMN_RSS_FILE = 1 << 6,
	OOM_COLUMN_RSS_SHMEM = 1 << 7,
	OOM_COLUMN_PGTABLES_BYTES = 1 << 8,
	OOM_COLUMN_NR_PTES = 1 << 9,
	OOM_COLUMN_NR_PMDS = 1 << 10,
	OOM_COLUMN_NR_PUDS = 1 << 11,
	OOM_COLUMN_SWAPENTS = 1 << 12,
	OOM_COLUMN_CPU = 1 << 13,
	OOM_COLUMN_OOM_ADJ = 1 << 14,
	OOM_COLUMN_OOM_SCORE_ADJ = 1 << 15,
	OOM_COLUMN_NAME = 1 << 16,
};

/* A row; pages unless named otherwise. A field whose column is not in .columns means nothing. */
struct oom_task {
	int64_t pid, tgid;
	uint32_t uid;
	int16_t oom_score_adj, oom_adj;
	int64_t total_vm, rss, rss_anon, rss_file, rss_shmem; /* counters drift: may be negative */
	int64_t nr_ptes, nr_pmds, nr_puds, pgtables_bytes, swapents;
	char comm[OOM_COMM_SIZE];
	bool victim; /* its pid is in .victim[] (oom_report_link) */
};

enum oom_reaped {
	OOM_REAPED_UNKNOWN = 0,
	OOM_REAPED,	   /* "oom_reaper: reaped process" */
	OOM_REAPED_UNABLE, /* "unable to reap": mmap_lock was held */
};

#define OOM_NO_TASK UINT32_MAX

struct oom_victim {
	int64_t pid;
	char comm[OOM_COMM_SIZE]; /* "" unknown */
	struct opt_u64 uid;
	struct opt_u64 total_vm_bytes, anon_rss_bytes, file_rss_bytes, shmem_rss_bytes,
		pgtables_bytes;
	struct opt_i64 oom_score_adj;
	enum oom_reaped reaped;
	struct opt_u64 anon_left_bytes; /* after reaping */
	uint32_t row; /* its index in .task[], else by tgid; OOM_NO_TASK (oom_report_link) */
	struct oom_stamp at;
	bool chosen_only; /* it was chosen, and no line says that it (up to 5.0: or a child) died */
};

/* The process that the kernel chose: before 5.1 it may have killed a child of it instead. */
struct oom_choice {
	bool known;
	int64_t pid;
	char comm[OOM_COMM_SIZE];
	struct opt_u64 uid;
	struct opt_i64 score; /* "score S or sacrifice child", up to 5.0 */
};

enum oom_message {
	OOM_MESSAGE_UNKNOWN = 0,
	OOM_MESSAGE_GLOBAL,	     /* "Out of memory" */
	OOM_MESSAGE_ALLOCATING_TASK, /* "Out of memory (oom_kill_allocating_task)" */
	OOM_MESSAGE_MEMCG,
	OOM_MESSAGE_MPOL_BIND,
	OOM_MESSAGE_CPUSET,
};

/* Parts of a report, a bit each: seen in the text, or missing though such a kernel prints them. */
enum oom_report_part {
	OOM_PART_TRIGGER = 1 << 0,
	OOM_PART_CPU = 1 << 1, /* "CPU: .. PID: .. Comm:" with the kernel's release */
	OOM_PART_STACK = 1 << 2,
	OOM_PART_MEM_INFO = 1 << 3, /* or, for a memcg, its usage */
	OOM_PART_MEMCG = 1 << 4,
	OOM_PART_ZONES = 1 << 5,
	OOM_PART_TOTALS = 1 << 6, /* pages RAM, swap */
	OOM_PART_TASK_HEADER = 1 << 7,
	OOM_PART_TASKS = 1 << 8,
	OOM_PART_CONSTRAINT = 1 << 9, /* oom-kill: */
	OOM_PART_KILL = 1 << 10,      /* "Killed process", or what came instead of it */
};

/* A line's share of the printing, for the console's speed. */
struct oom_line_time {
	uint64_t boot_usec;
	uint32_t console_bytes; /* as a console prints it: timestamp, text, CR LF */
};

struct oom_report {
	struct oom_stamp first, last;	/* of the printing: oom_reaper's lines are not of it */
	uint64_t first_line, last_line; /* in the input, from 1; with oom_reaper's */
	uint64_t first_byte;
	char origin[OOM_WORD_SIZE]; /* host of the prefix; "" none */
	uint32_t copies;	    /* printed so many times more in the input */

	struct oom_trigger trigger;
	char release[OOM_WORD_SIZE];   /* "6.1.0-50-amd64"; "" unknown */
	struct kernel_version version; /* 0.0: unknown */
	char taint[OOM_WORD_SIZE], hardware[OOM_WORD_SIZE];
	uint32_t frame_count;
	char frame[OOM_FRAMES_MAX]
		  [OOM_FRAME_SIZE]; /* function names of the call trace, the deepest first */

	enum oom_constraint constraint;
	enum oom_constraint_source constraint_source;
	char constraint_text[OOM_WORD_SIZE]; /* "CONSTRAINT_BPF_X" where the kernel prints it */
	char cpuset[OOM_CGROUP_SIZE], mems_allowed[OOM_WORD_SIZE];
	bool global_oom; /* ",global_oom": the whole machine was out of memory */

	struct opt_u64 page_bytes; /* from the free lists; unknown: 4096 is likely */
	struct oom_memory memory;
	struct oom_memcg memcg;

	uint32_t columns;     /* enum oom_column */
	bool columns_assumed; /* rows without their header: the columns are those that fit */
	uint32_t task_count, task_capacity, tasks_dropped;
	uint32_t rows_unreadable; /* rows that were cut or garbled */
	struct oom_task *task;

	enum oom_message message;
	struct oom_choice choice;
	uint32_t victim_count, victims_dropped;
	struct oom_victim *victim; /* in the order of the text */
	bool group_kill;	   /* memory.oom.group; .group_path has the cgroup */
	char group_path[OOM_CGROUP_SIZE];
	bool no_killable;	   /* "no killable processes" */
	bool already_exiting;	   /* the victim was on its way out: no kill */
	bool limit_reached_only;   /* "Memory limit reached of cgroup" without a victim */
	char panic[OOM_WORD_SIZE]; /* text of the panic; "" none */

	uint32_t parts;	  /* enum oom_report_part: seen */
	uint32_t missing; /* expected and not seen */
	bool cut_at_start, cut_at_end;
	uint32_t foreign_lines; /* other messages in between */

	uint64_t bytes, lines; /* of the report, as a console prints it */
	uint32_t line_time_count;
	struct oom_line_time
		*line_time; /* only lines with a printk timestamp; the first OOM_LINES_MAX */
};

/* Frees what it holds and makes it an empty report. */
void oom_report_clear(struct oom_report *r) _nonnull_all_;
#define _cleanup_oom_report_ _cleanup_(oom_report_clear)

/* Finds the rows of the victims and the victims among the rows, once both are whole: each of up to
 * thousands of victims in up to a hundred thousand rows. Without memory for it none is found. */
void oom_report_link(struct oom_report *r) _nonnull_all_;

/* cut_at_start, cut_at_end, or a part that is missing. */
bool oom_report_truncated(const struct oom_report *r) _nonnull_all_;

/* The words of cli.md: "none", "cpuset", "mempolicy", "memcg", "unknown". */
const char *oom_constraint_name(enum oom_constraint c);
/* "trigger", "memory", "tasks", ...; one part. */
const char *oom_report_part_name(enum oom_report_part part);
/* As the kernel prints it: "active_anon", "isolated(file)" of a zone line is "isolated_file". */
const char *oom_counter_name(enum oom_counter c);
const char *oom_memcg_stat_name(enum oom_memcg_stat s);

/* What else the kernel says about memory, which is no OOM kill. */
enum oom_neighbour_kind {
	OOM_NEIGHBOUR_PAGE_ALLOCATION_FAILURE = 0,
	OOM_NEIGHBOUR_PAGE_ALLOCATION_STALL, /* 4.10 to 4.14 */
	OOM_NEIGHBOUR_VMALLOC_FAILURE,
	OOM_NEIGHBOUR_SLAB_FAILURE,	/* "SLUB: Unable to allocate memory" */
	OOM_NEIGHBOUR_FAULT_OOM_LEAKED, /* "Huh VM_FAULT_OOM leaked out" */
	OOM_NEIGHBOUR_SUPPRESSED,	/* "oom_kill_process: N callbacks suppressed" */
	OOM_NEIGHBOUR_MESSAGES_LOST,	/* a log daemon or printk says that messages are missing */
	OOM_NEIGHBOUR_USERSPACE_KILL,	/* earlyoom, systemd-oomd */
	OOM_NEIGHBOUR_COUNT,
};

struct oom_neighbour {
	enum oom_neighbour_kind kind;
	struct oom_stamp at;
	uint64_t line;
	uint64_t count; /* of what it counts (messages lost, callbacks), else 1 */
	char text[160]; /* the line's clean text, cut */
};

/* "page allocation failure", ... */
const char *oom_neighbour_name(enum oom_neighbour_kind k);
