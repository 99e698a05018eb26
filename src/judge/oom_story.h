/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report means: the badness that the kernel saw, where the memory was, why the allocation
 * failed, whether the victim was the leaker, how long the printing held the machine up. Pure: a
 * report and what was seen before it in the same log -> a story. Each part has its own file
 * (oom_rank, oom_breakdown, oom_failure, oom_cause, oom_printing), called by oom_story_tell(). The
 * rules with their numbers and sources: docs/EXPLAIN.md.
 */
#pragma once

#include "model/oom_report.h"
#include "model/verdict.h"

/* ---- badness (judge/oom_rank.c) ---- */

/* How the kernel computed it; chosen by version, else by the shape of the report. */
enum oom_badness_rule {
	OOM_BADNESS_UNKNOWN = 0,
	OOM_BADNESS_CHILDREN, /* up to 2.6.35: total_vm, children, runtime, nice: not computable */
	OOM_BADNESS_PERMILLE, /* 2.6.36-3.4, RHEL 6: points of 1000, root's bonus 30 */
	OOM_BADNESS_ROOT_30,  /* 3.5-3.13: pages, adj -30/1000 for CAP_SYS_ADMIN */
	OOM_BADNESS_ROOT_3_PERCENT, /* 3.14-4.16: 3 % less for CAP_SYS_ADMIN */
	OOM_BADNESS_PLAIN,	    /* 4.17-5.8: at least 1 */
	OOM_BADNESS_SIGNED,	    /* 5.9+: may be negative */
};

/* Where totalpages came from. */
enum oom_totalpages_source {
	OOM_TOTALPAGES_UNKNOWN = 0,
	OOM_TOTALPAGES_HOST,  /* RAM - reserved + swap */
	OOM_TOTALPAGES_NODES, /* present pages of the zones in mems_allowed + swap */
	OOM_TOTALPAGES_MEMCG, /* limit (+ swap as the cgroup version has it) */
	OOM_TOTALPAGES_SCORE, /* solved from the printed score: it cannot verify itself */
};

struct oom_ranked {
	uint32_t task; /* index into report->task */
	double points; /* in pages; PERMILLE: of 1000 */
	bool eligible; /* not oom_score_adj -1000, not init, known rss */
};

#define OOM_RANKED 24
struct oom_badness {
	enum oom_badness_rule rule;
	bool rule_assumed; /* the version is not in the text */
	enum oom_totalpages_source totalpages_source;
	struct opt_u64 totalpages;
	uint32_t ranked_count; /* the highest OOM_RANKED, and the victim's if it is lower */
	struct oom_ranked ranked[OOM_RANKED];
	struct opt_u64 victim_rank; /* from 1, among all eligible; unknown: not in the table */
	struct opt_i64 printed_score, computed_score; /* of the chosen process */
	bool children_considered; /* up to 5.0 a child with a mm of its own may die instead */
	/* The oom_score_adj of the top-ranked other than the victim (or of the victim, when that
	 * was first) that would have changed the choice; unknown when none would. */
	struct opt_i64 adj_to_spare_victim; /* with this the victim would not have been first */
	struct opt_i64 adj_to_choose_rival; /* with this rival_task would have been */
	struct opt_u64 rival_task;	    /* index: highest-ranked other process */
};

/* Why this process: first in the ranking, allocating_task, only one in the cgroup, ... */
enum oom_why_victim {
	OOM_WHY_UNKNOWN = 0,
	OOM_WHY_RANKED_FIRST,
	OOM_WHY_ADJ_RAISED,	  /* first only because of its oom_score_adj */
	OOM_WHY_OTHERS_PROTECTED, /* larger ones had a lower oom_score_adj or -1000 */
	OOM_WHY_ONLY_ONE,	  /* no other eligible in the table */
	OOM_WHY_ALLOCATING_TASK,
	OOM_WHY_CHILD,	   /* of the process chosen */
	OOM_WHY_GROUP,	   /* memory.oom.group */
	OOM_WHY_NOT_FIRST, /* the table ranks others higher: says how the two differ */
	OOM_WHY_NO_TABLE,
	OOM_WHY_COUNT,
};

/* ---- where the memory went (judge/oom_breakdown.c) ---- */

enum oom_share {
	OOM_SHARE_PROCESSES = 0, /* anonymous memory of processes, locked or not */
	OOM_SHARE_FILE,		 /* page cache without shmem */
	OOM_SHARE_SHMEM,	 /* shmem, tmpfs, memfd */
	OOM_SHARE_SLAB_RECLAIMABLE,
	OOM_SHARE_SLAB_UNRECLAIMABLE,
	OOM_SHARE_PAGETABLES,
	OOM_SHARE_KERNEL_STACK,
	OOM_SHARE_PERCPU,
	OOM_SHARE_SOCK,
	OOM_SHARE_KERNEL_OTHER, /* of a cgroup: counted as the kernel's, and none of the above */
	OOM_SHARE_HUGETLB,
	OOM_SHARE_UNEVICTABLE_OTHER, /* unevictable that the shares above do not hold */
	OOM_SHARE_FREE,
	OOM_SHARE_UNACCOUNTED, /* total less all others: drivers, vmalloc, balloon, pages direct */
	OOM_SHARE_COUNT,
};

/* Processes of one name together: a service, as far as a log tells. */
#define OOM_SERVICES 8
struct oom_service {
	char comm[OOM_COMM_SIZE];
	uint32_t processes;
	uint64_t rss_bytes; /* rss_anon where there is that column; else rss, which counts shared
			       pages once a process */
	uint64_t swap_bytes;
	bool anon_only;
};

struct oom_breakdown {
	bool known;
	bool of_memcg; /* of the cgroup, not of the machine */
	bool partial;  /* zones or nodes are missing in the text (6.0+ leaves some out) */
	struct opt_u64 total_bytes; /* RAM - reserved, or the cgroup's limit */
	struct opt_u64 share_bytes[OOM_SHARE_COUNT];
	struct opt_u64 swap_total_bytes, swap_used_bytes;
	/* Sums over the table; rss counts a shared page in every process that maps it. */
	struct opt_u64 tasks_anon_bytes, tasks_rss_bytes, tasks_swap_bytes;
	/* .tasks_anon_bytes of a complete table and share_bytes[OOM_SHARE_PROCESSES] are more than
	 * 10 % and 64 MiB apart */
	bool sums_disagree;
	bool shares_exceed_total; /* by more than 2 %: one of the numbers is wrong */
	uint32_t service_count;
	struct oom_service service[OOM_SERVICES]; /* largest first */
	uint32_t tasks_of_largest_comm; /* how many processes share the most common name */
	char largest_comm[OOM_COMM_SIZE];
};

/* ---- why the allocation failed (judge/oom_failure.c) ---- */

enum oom_failure_kind {
	OOM_FAILURE_UNKNOWN = 0,
	OOM_FAILURE_WATERMARK,	   /* every eligible zone's free pages below min + reserve */
	OOM_FAILURE_FRAGMENTATION, /* free memory, but no block of that order */
	OOM_FAILURE_LIMIT,	   /* cgroup at its limit */
	OOM_FAILURE_CPUSET,	   /* the allowed nodes are full, others may not be */
	OOM_FAILURE_MEMPOLICY,
	OOM_FAILURE_ZONE,   /* the zones that this request may use are full, higher ones are not */
	OOM_FAILURE_CMA,    /* what is free is CMA, which this request may not use */
	OOM_FAILURE_MANUAL, /* SysRq-f: no allocation failed */
	OOM_FAILURE_PAGE_FAULT, /* pagefault_out_of_memory: the fault returned VM_FAULT_OOM; where
				   memory was refused is not in the report */
	OOM_FAILURE_FREE_NOW, /* enough is free in the text: freed between the failure and the print
			       */
	OOM_FAILURE_COUNT,
};

struct oom_failure {
	enum oom_failure_kind kind;
	bool swap_full, no_swap;
	uint32_t zone; /* index of the zone that shows it; UINT32_MAX: none */
	struct opt_u64 free_bytes,
		min_bytes; /* of that zone, without CMA where it cannot be used */
	/* What had to stay free of it by the rule that refused, with lowmem_reserve; fragmentation:
	 * the mark that it was above. */
	struct opt_u64 mark_bytes;
	bool high_mark; /* the high watermark, that of the last attempt; else min */
	bool reserve;	/* lowmem_reserve is a part of it */
	struct opt_u64 usage_bytes, limit_bytes; /* of the cgroup */
	struct opt_u64 free_elsewhere_bytes; /* in zones or nodes that the request could not use */
};

/* ---- how long the printing took (judge/oom_printing.c) ---- */

struct oom_printing {
	struct opt_u64 bytes; /* as a console prints it */
	bool seconds_known;   /* needs printk timestamps of the first and the last line */
	double seconds;
	bool coarse; /* only a log daemon's whole seconds */
	/* Only when the lines' times follow one speed: >= 10 lines, half of them within 5 % of the
	 * median, and that at most 1 MB/s; or all bytes a standard rate. */
	bool baud_known;
	double bytes_per_second;
	uint64_t inferred_baud;	   /* a standard rate within 3 %, else 0 */
	bool console_slow;	   /* printing held the machine up by more than a second */
	double task_table_seconds; /* of .seconds; NAN: no table in the text, or no time */
};

/* ---- the verdict (judge/oom_cause.c) ---- */

enum oom_cause {
	OOM_CAUSE_CANNOT_TELL = 0,
	OOM_CAUSE_LEAKER_KILLED,
	OOM_CAUSE_INNOCENT_KILLED, /* .suspect is the likely leaker */
	OOM_CAUSE_LIMIT_TOO_SMALL,
	OOM_CAUSE_KERNEL_LEAK,
	OOM_CAUSE_FORK_BOMB,
	OOM_CAUSE_FRAGMENTATION,
	OOM_CAUSE_BURST,
	OOM_CAUSE_SHMEM,  /* tmpfs or shared memory fills the machine: no kill frees it */
	OOM_CAUSE_MANUAL, /* SysRq-f */
	OOM_CAUSE_COUNT,
};

/* Numbers in the order given; {x} is .subject. Sentences: report/explain_words.c. */
enum oom_reason_id {
	OOM_REASON_NONE = 0,
	OOM_REASON_VICTIM_LARGEST,  /* victim bytes, share of the memory of all processes, share of
				       total */
	OOM_REASON_VICTIM_SMALL,    /* victim bytes, share of total */
	OOM_REASON_LARGER_PROCESS,  /* {x}: its bytes, its pid, its oom_score_adj, victim bytes */
	OOM_REASON_SERVICE_LARGER,  /* {x}: bytes of all processes of that name, how many, victim
				       bytes */
	OOM_REASON_GREW_BETWEEN,    /* {x}: bytes before, bytes now, seconds between */
	OOM_REASON_KILLED_BEFORE,   /* {x}: times killed in this log, seconds since the last */
	OOM_REASON_SAME_SIZE_AGAIN, /* {x}: bytes now, seconds since it was killed with as many */
	OOM_REASON_AT_LIMIT,	    /* {x} cgroup: usage, limit, failcnt */
	OOM_REASON_LIMIT_SMALL,	    /* limit bytes */
	OOM_REASON_HOST_HAS_MEMORY, /* free and cache bytes of the machine */
	OOM_REASON_SLAB,	    /* unreclaimable slab bytes, share of total */
	OOM_REASON_SLAB_CACHE,	    /* {x} cache: bytes */
	OOM_REASON_ALLOCATION_SITE, /* {x}: bytes */
	OOM_REASON_UNACCOUNTED,	    /* bytes, share of total */
	OOM_REASON_CGROUP_KERNEL, /* bytes that the cgroup counts as the kernel's, share of limit */
	OOM_REASON_CGROUP_UNNAMED, /* bytes in none of the cgroup's statistics, share of limit */
	OOM_REASON_SOCKETS,	   /* bytes, share of total */
	OOM_REASON_PAGETABLES,	   /* bytes, share of total */
	OOM_REASON_SHMEM,	   /* bytes, share of total */
	OOM_REASON_HUGETLB,	   /* bytes reserved, of that free */
	OOM_REASON_MANY_PROCESSES, /* {x}: processes of that name, of so many in all */
	OOM_REASON_ORDER,      /* order, bytes asked for, free bytes, largest free block bytes */
	OOM_REASON_ZONE_LOW,   /* {x} zone: free, what must stay, free elsewhere */
	OOM_REASON_CMA_FREE,   /* {x} zone: free without CMA, what must stay, free CMA */
	OOM_REASON_PAGE_FAULT, /* free bytes of the machine */
	OOM_REASON_SWAP_FULL,  /* total, free */
	OOM_REASON_NO_SWAP,
	OOM_REASON_CACHE_LEFT, /* file cache bytes, dirty and writeback bytes */
	OOM_REASON_ADJ,	       /* {x}: oom_score_adj of the victim, points by it, points by size */
	OOM_REASON_PROTECTED,  /* {x}: larger process with oom_score_adj: its bytes, adj */
	OOM_REASON_TABLE_INCOMPLETE, /* rows in the text */
	OOM_REASON_NO_TABLE,
	OOM_REASON_NO_MEMORY_INFO,
	OOM_REASON_SYSRQ,
	OOM_REASON_UNABLE_TO_REAP, /* {x} pid */
	OOM_REASON_NO_KILLABLE,
	OOM_REASON_PANICKED,
	OOM_REASON_SUPPRESSED,	     /* reports dropped by the rate limit */
	OOM_REASON_RATE_LIMITED,     /* no more than the kill was printed, and that is why */
	OOM_REASON_ONE_REPORT_ONLY,  /* {x}: a size, not growth: a second report or `bulkhead watch`
					would tell a leak from a need */
	OOM_REASON_SEVERAL_VICTIMS,  /* processes of different names killed, within seconds */
	OOM_REASON_SUMS_DISAGREE,    /* anonymous bytes of the task table, of the memory counters */
	OOM_REASON_CHOSEN_BY_KERNEL, /* {x} victim: bytes; nothing else is in the text to weigh it
					against */
	OOM_REASON_OUTLIER, /* {x}: its bytes, mean bytes of the others of its name, how many */
	OOM_REASON_COUNT,
};

#define OOM_REASON_NUMBERS 4
#define OOM_REASONS 12
struct oom_reason {
	enum oom_reason_id id;
	char subject[OOM_WORD_SIZE];	   /* not escaped; a cgroup's end */
	double number[OOM_REASON_NUMBERS]; /* NAN: not known */
};

/* What to do; sentences and commands in report/explain_words.c. */
enum oom_advice_id {
	OOM_ADVICE_FIND_LEAK = 0, /* {x} process: watch, scan and trace it */
	OOM_ADVICE_LIMIT_LEAKER,  /* {x}: a cgroup limit of its own */
	OOM_ADVICE_PROTECT,	  /* {x}: oom_score_adj for the innocent */
	OOM_ADVICE_RAISE_LIMIT,	  /* {x} cgroup; limit now, version of the cgroups */
	OOM_ADVICE_READ_SLABINFO,
	OOM_ADVICE_TMPFS,      /* find what fills tmpfs, size= */
	OOM_ADVICE_PIDS_MAX,   /* {x} */
	OOM_ADVICE_COMPACTION, /* order; min_free_kbytes, compaction */
	OOM_ADVICE_ADD_SWAP,
	OOM_ADVICE_CONSOLE,    /* seconds, baud: bulkhead doctor --fix */
	OOM_ADVICE_DUMP_TASKS, /* no table: vm.oom_dump_tasks=1 */
	OOM_ADVICE_FULL_LOG,   /* the text is cut: journalctl -k, dmesg -T */
	OOM_ADVICE_CPUSET,     /* {x}: the last name of its path, all that the kernel prints */
	OOM_ADVICE_MEMPOLICY,  /* {x} who asked */
	OOM_ADVICE_HUGEPAGES,
	OOM_ADVICE_GUARD,	 /* bulkhead guard would have acted before */
	OOM_ADVICE_DIRTY,	 /* dirty or writeback pages: slow writes */
	OOM_ADVICE_KERNEL_PAGES, /* of no counter: vmalloc, drivers, pipes, a balloon */
	OOM_ADVICE_PAGETABLES,
	OOM_ADVICE_SOCKETS,
	OOM_ADVICE_ZONE, /* {x}: only that zone ran out */
	OOM_ADVICE_CMA,
	OOM_ADVICE_PAGE_FAULT,
	OOM_ADVICE_COUNT,
};

#define OOM_ADVICES 6
struct oom_advice {
	enum oom_advice_id id;
	char subject[OOM_WORD_SIZE];
	double number[2]; /* NAN: not known */
};

struct oom_story {
	struct oom_badness badness;
	enum oom_why_victim why;
	struct oom_breakdown breakdown;
	struct oom_failure failure;
	struct oom_printing printing;

	/* Anonymous memory and swap of the first victim, of the whole group when that was killed */
	struct opt_u64 victim_bytes;
	enum oom_cause cause;
	double confidence; /* 0-1; 0 for CANNOT_TELL */
	/* Likely leaker; "" none. Also set when nobody was killed, or the verdict is CANNOT_TELL:
	 * then only the largest of the table, if it has a tenth of the memory. */
	char suspect[OOM_COMM_SIZE];
	struct opt_i64 suspect_pid;
	uint32_t reason_count, advice_count;
	struct oom_reason reason[OOM_REASONS];
	struct oom_advice advice[OOM_ADVICES];

	bool rate_limited; /* the kill alone, for the kernel had printed its ten reports in 5 s */
	struct kernel_version version; /* of the report, or the newest that its shape allows */
	struct kernel_version since, before; /* the span that its shape allows; 0.0: open */
	char gfp_flags[OOM_GFP_SIZE]; /* as printed, else decoded from the number; "" unknown */
	bool gfp_decoded;	      /* decoded by us, for the era of .since to .before */
};

/* ---- several reports of one log ---- */

/* What earlier reports of the same log and host said: bounded, oldest forgotten. */
#define OOM_HISTORY 64
#define OOM_HISTORY_TASKS 8
struct oom_past {
	struct oom_stamp at;
	char origin[OOM_WORD_SIZE];
	bool memcg, header;		  /* more than the kill */
	char limit_path[OOM_CGROUP_SIZE]; /* "" not known, or no cgroup's */
	char victim[OOM_COMM_SIZE];
	int64_t victim_pid;
	uint64_t victim_bytes;
	uint32_t task_count;
	struct {
		char comm[OOM_COMM_SIZE];
		int64_t pid;
		uint64_t bytes;	   /* rss and swap */
	} task[OOM_HISTORY_TASKS]; /* the largest */
};

struct oom_history {
	uint32_t count, next; /* a ring */
	struct oom_past past[OOM_HISTORY];
};

/* The whole judgement. `h` may be empty; the report is not added to it. */
void oom_story_tell(const struct oom_report *r, const struct oom_history *h,
		    struct oom_story *ret) _nonnull_all_;
void oom_history_add(struct oom_history *h, const struct oom_report *r) _nonnull_all_;
/* Before a report is judged: when it is of a later boot of its machine than those before it, their
 * processes and the kernel's clock of then are forgotten. */
void oom_history_next_boot(struct oom_history *h, const struct oom_report *r) _nonnull_all_;
/* Another input follows: what has no .origin is forgotten, for it may be of another machine. */
void oom_history_next_input(struct oom_history *h) _nonnull_all_;

/* Reports of one cause within a window: the same host, constraint, and cgroup or allowed nodes,
 * each at most OOM_STORM_GAP_SECONDS after the one before. One that tells no constraint, or not the
 * cgroup's path, goes with the last that it may belong to. */
#define OOM_STORM_GAP_SECONDS 300
#define OOM_STORMS 256
#define OOM_STORM_NAMES 4
struct oom_storm {
	uint32_t first, last; /* numbers of the reports, from 1 */
	uint32_t reports, kills;
	struct opt_u64 suppressed; /* reports that the rate limit dropped */
	bool cause_known;	   /* else the two that follow are of no report yet */
	enum oom_constraint constraint;
	char subject[OOM_CGROUP_SIZE]; /* cgroup or allowed nodes; "" the machine */
	char origin[OOM_WORD_SIZE];
	struct oom_stamp begin, end;
	double print_seconds; /* of the reports whose time is known */
	uint32_t printed_known;
	char victim[OOM_COMM_SIZE]; /* most frequent so far, of the first OOM_STORM_NAMES names */
	uint32_t victim_kills;
	struct {
		char comm[OOM_COMM_SIZE];
		uint32_t kills;
	} killed[OOM_STORM_NAMES]; /* counted for that */
	bool closed;		   /* no further report belongs to it */
};

struct oom_storms {
	uint32_t count, dropped, reports;
	struct oom_storm storm[OOM_STORMS];
};

/* The index of its storm, UINT32_MAX when there is no room for another (.dropped). */
uint32_t oom_storms_add(struct oom_storms *s, const struct oom_report *r,
			const struct oom_story *story) _nonnull_all_;
/* Another input follows: storms without .origin do not go on in it. */
void oom_storms_next_input(struct oom_storms *s) _nonnull_all_;

/* Words of the JSON: "leaker_killed", ... */
const char *oom_cause_name(enum oom_cause c);
const char *oom_reason_name(enum oom_reason_id id);
const char *oom_advice_name(enum oom_advice_id id);
const char *oom_share_name(enum oom_share s);
const char *oom_failure_name(enum oom_failure_kind k);
const char *oom_why_name(enum oom_why_victim w);
const char *oom_badness_rule_name(enum oom_badness_rule r);
