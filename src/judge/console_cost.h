/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large the kernel's OOM report is on this machine, which part of it each console prints, and
 * how long the machine stands still meanwhile. Pure functions; every constant has its source beside
 * it in console_cost.c (kernel file and version, or the measurement).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "model/console.h"
#include "model/machine.h"
#include "model/verdict.h"

/* Who asks for memory when it is gone: decides how long the call trace is. */
enum oom_invoker {
	INVOKER_FAULT = 0, /* touches a page: what most processes do most of the time */
	INVOKER_POPULATE,  /* mmap(MAP_POPULATE): the programs of the VM bench */
};

/* What decides the size of a report. Unknown numbers are filled with a stated assumption by the
 * caller, who must say so; this struct has no unknowns but the kernel. */
struct oom_report_shape {
	struct kernel_version kernel;
	double tasks;	   /* processes with memory of their own: the rows of the task table */
	double comm_bytes; /* mean length of a name in that table, at most 15 */
	uint32_t cpus, nodes, zones; /* zones: populated, over all nodes */
	uint64_t memory_bytes;	     /* RAM: decides how many digits its counters have */
	bool dump_tasks;	     /* vm.oom_dump_tasks */
	bool timestamps;	     /* printk.time: 15 characters a line */
	bool caller;		     /* CONFIG_PRINTK_CALLER */
	double rcu_stall_seconds;    /* rcu_cpu_stall_timeout; 0: suppressed */
	enum oom_invoker invoker;
};

enum oom_part {
	PART_HEADER = 0, /* "invoked oom-killer", CPU and hardware lines */
	PART_STACK,	 /* Call Trace, registers */
	PART_MEM_INFO,	 /* Mem-Info, nodes, zones, buddy lists, swap, pages */
	PART_TASK_TABLE, /* "Tasks state", header line, one row a task */
	PART_CONSTRAINT, /* "oom-kill:constraint=", before 5.0 the cpuset line: level 6 */
	PART_VERDICT,	 /* "Out of memory: Killed process": level 3 */
	PART_COUNT,
};

/* Bytes as on a console: with timestamp prefix on every line, and CR LF. The ring buffer holds the
 * same less the CRs. */
struct oom_part_size {
	struct interval bytes; /* low, mid, high; known */
	uint32_t lines;
	uint32_t level; /* of its records: printed where level < console_loglevel */
};

struct oom_report_size {
	struct oom_part_size part[PART_COUNT];
	struct interval bytes; /* all parts */
};

const char *oom_part_name(enum oom_part part);

/* The formats of 2.6.32 to 7.x. O(1): the table is tasks x row. */
void oom_report_size(const struct oom_report_shape *shape,
		     struct oom_report_size *ret) _nonnull_all_;

/* Bytes of the report that a console prints at this level; `task_table`: of that part alone. */
struct interval oom_report_console_bytes(const struct oom_report_size *size,
					 uint64_t loglevel) _nonnull_all_;
struct interval oom_report_task_table_bytes(const struct oom_report_size *size,
					    uint64_t loglevel) _nonnull_all_;

/* One console's part of the cost. Unknown speed, or a console without a baud rate: not known. */
struct console_cost {
	struct interval bytes; /* that it prints */
	struct interval seconds, task_table_seconds;
	bool synchronous; /* holds up the caller, and with it the machine */
};

/*
 * level: console_loglevel, or UINT64_MAX for ignore_loglevel. Printing longer than
 * shape->rcu_stall_seconds draws RCU stall reports, which are printed too: .seconds has them.
 */
struct console_cost console_cost(const struct oom_report_shape *shape,
				 const struct oom_report_size *size, const struct console *console,
				 const struct printk *printk, uint64_t level) _nonnull_all_;

struct storm_prediction {
	struct oom_report_size size;
	struct console_cost console[CONSOLES_MAX]; /* in the order of the list */
	uint32_t console_count;
	uint32_t unknown_consoles; /* synchronous ones whose speed is not known: then the sums below
				      are a lower bound */
	struct interval print_seconds; /* sum over the synchronous consoles: the lock is held */
	struct interval task_table_seconds; /* of that, the task table */
	struct interval stall_seconds;	    /* how long an allocating process waits, per kill */
	struct interval verdict_seconds;    /* of a kill whose report the rate limit cut: only its
					       level 3 lines are printed */
	double ring_bytes; /* of one report in the ring buffer, metadata included */
};

/* console_loglevel, UINT64_MAX with ignore_loglevel, the kernel's default when it is not known. */
uint64_t storm_loglevel(const struct printk *printk) _nonnull_all_;

/* The whole for one OOM kill of one machine. */
void storm_predict(const struct oom_report_shape *shape, const struct console_list *consoles,
		   const struct printk *printk, struct storm_prediction *ret) _nonnull_all_;

/* Is there a number for the printing time? Not when consoles print in the caller's time and none of
 * them has a known speed. */
bool storm_print_known(const struct storm_prediction *p) _nonnull_all_;
/* Does the machine tell its consoles? */
bool storm_consoles_known(const struct machine *m) _nonnull_all_;

/*
 * `kills` OOM kills in a row, each with its own report, after the rate limit of the report
 * (mm/oom_kill.c, oom_rs: 10 in 5 s). A slow console never reaches that limit.
 */
struct storm_kills {
	struct interval print_seconds, stall_seconds; /* of all */
	uint32_t full_reports;			      /* the rest was cut */
};
struct storm_kills storm_kills(const struct storm_prediction *p, uint32_t kills) _nonnull_all_;
