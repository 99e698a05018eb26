/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report that is being read: the report, and what is only needed until it is passed on. The
 * oom_take functions fill it from one line each; a number that is garbled stays unknown, a line
 * that is not what its kind promised changes nothing. They return 0 or -ENOMEM unless said
 * otherwise.
 */
#pragma once

#include "source/log_line.h"
#include "source/oom_line.h"

enum oom_open_state {
	OOM_OPEN_FREE = 0,
	OOM_OPEN_TENTATIVE, /* lines that a report holds, but others too: Mem-Info, rows */
	OOM_OPEN_REPORT,
	OOM_OPEN_DONE, /* its kill was read; what may still come is bounded */
};

/* How far the printing has come. */
enum oom_phase {
	OOM_PHASE_HEADER = 0,
	OOM_PHASE_STACK,
	OOM_PHASE_MEMORY,
	OOM_PHASE_TASKS,
	OOM_PHASE_VERDICT,
};

/* Lines without a mark of their own, that follow a heading. */
enum oom_block {
	OOM_BLOCK_NONE = 0,
	OOM_BLOCK_STATS,
	OOM_BLOCK_SLAB,
	OOM_BLOCK_ALLOCATIONS,
};

#define OOM_COLUMNS_MAX 16
#define OOM_VICTIM_BITS 32768u
#define OOM_COMM_LEN 15 /* TASK_COMM_LEN - 1 */

struct oom_open {
	struct oom_report r;
	enum oom_open_state state;
	enum oom_phase phase;
	enum oom_block block;
	struct opt_u64 caller;
	uint64_t sequence;    /* of opening: the newest has the highest */
	uint64_t lines_since; /* lines of the input since the last one of it */
	uint32_t foreign_since;
	bool other_dump; /* somebody else's CPU line, stack or Mem-Info is being printed */
	bool other_mem_info;
	bool mem_info_seen;   /* its own */
	bool failure;	      /* a page allocation failed meanwhile: the next Mem-Info is of that */
	uint64_t last_serial; /* of its last line: one may come here in two pieces */
	uint32_t line_time_capacity;

	/* The names of a stack whose every frame has a '?' (2.6.32 without frame pointers). */
	uint32_t unsure_count;
	char unsure[OOM_FRAMES_MAX][OOM_FRAME_SIZE];

	uint32_t zone; /* index + 1 of the last zone line: "lowmem_reserve[]" follows it */
	uint32_t node_capacity, zone_capacity, hugepages_capacity, slab_capacity,
		allocation_capacity, cgroup_capacity, victim_capacity;

	/* memory.stat: what printk cut off one record is found by its length. */
	uint32_t stat_rows, stat_bytes;
	struct opt_u64 *stat_last;
	bool stat_end_seen;

	/* Which pids may be among the victims: a group kill has thousands, and each a line or two.
	 */
	uint64_t victim_seen[OOM_VICTIM_BITS / 64];
	uint32_t victim_hint; /* of the last that was asked for */

	uint8_t column[OOM_COLUMNS_MAX]; /* index of enum oom_column's bit, in order */
	uint32_t column_count;		 /* without the name */
	uint32_t rows_plausible;	 /* without header: tgid is pid */
	bool rows_pages_of_bytes;	 /* column 6 held multiples of 4096 only */
	bool rows_old_adj;		 /* column 7 held -17 to 15 only */

	bool kill_cut;	    /* the text of the kill ends within a field */
	bool one_line_kill; /* "Out of memory: Killed process": 5.1+ */
};

/* A further element at the end of an array, zeroed; *ret NULL when it holds `max`. */
int oom_array_add(void **array, uint32_t *count, uint32_t *capacity, uint32_t max, size_t size,
		  void **ret) _must_check_ _nonnull_all_;

/* dump_header(), dump_stack(): none of them can fail. oom_take_trigger.c */
void oom_take_trigger(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_cpuset(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_cpu(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_hardware(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_frame(struct oom_open *o, struct text t) _nonnull_all_;

/* show_mem(). oom_take_memory.c, oom_take_zone.c */
void oom_take_counters(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_total(struct oom_open *o, struct text t) _nonnull_all_;
int oom_take_node(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;
int oom_take_zone(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;
void oom_take_reserve(struct oom_open *o, struct text t) _nonnull_all_;
int oom_take_buddy(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;
int oom_take_hugepages(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;

/* Tables of kernel memory: rows return 1 when the line is one. oom_take_slab.c */
int oom_take_slab(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;
int oom_take_allocation(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;

/* oom_take_memcg.c; oom_take_stat() returns whether the line is a row of memory.stat. */
void oom_take_memcg_task(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_memcg_limit_reached(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_memcg_usage(struct oom_open *o, struct text t) _nonnull_all_;
/* What follows on the same line, since the kernel prints no newline there, is left in *t. */
void oom_take_memcg_protection(struct oom_open *o, struct text *t) _nonnull_all_;
int oom_take_memcg_stats(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;
bool oom_take_stat(struct oom_open *o, struct text t) _nonnull_all_;
/* Forgets the last number of a record that printk cut. */
void oom_stats_finish(struct oom_open *o) _nonnull_all_;

/* dump_tasks(). oom_take_task.c; oom_take_task() returns 1 when the line is a row, 0 when not. */
void oom_take_task_header(struct oom_open *o, struct text t) _nonnull_all_;
int oom_take_task(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;
/* Decides what the columns of rows without a header were. */
void oom_tasks_finish(struct oom_open *o) _nonnull_all_;

/* oom_take_constraint.c */
void oom_take_constraint(struct oom_open *o, struct text t) _nonnull_all_;

/* oom_take_kill.c */
enum oom_message oom_message_of(struct text t);
void oom_take_choice(struct oom_open *o, struct text t) _nonnull_all_;
/* Without a kill line, the process that was chosen is the victim, and told as that. */
int oom_choose_victim(struct oom_open *o) _must_check_ _nonnull_all_;
int oom_take_killed(struct oom_open *o, struct text t,
		    const struct log_line *l) _must_check_ _nonnull_all_;
void oom_take_exiting(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_group(struct oom_open *o, struct text t) _nonnull_all_;
void oom_take_panic(struct oom_open *o, struct text t) _nonnull_all_;
/* "process 12 (x)", "pid:12 (x)" wherever that is in the line. */
bool oom_take_process(struct text t, int64_t *ret_pid, struct text *ret_comm) _nonnull_all_;
int oom_take_reaped(struct oom_open *o, struct text t,
		    const struct log_line *l) _must_check_ _nonnull_all_;
struct oom_victim *oom_victim_of(struct oom_open *o, int64_t pid) _nonnull_all_;

/* The ladder of the constraint, parts and missing, contradictions. oom_finish.c */
int oom_finish(struct oom_open *o) _must_check_ _nonnull_all_;
