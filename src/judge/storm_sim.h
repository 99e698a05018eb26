/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A storm of OOM kills, simulated event by event: one producer of records (the process that holds
 * oom_lock), printk's ring buffer, its consumers (consoles in the caller's time or with threads of
 * their own, log daemons), allocating processes that retry, and leakers that die one after the
 * other. Deterministic: the same configuration gives the same result.
 *
 * Exact, an event each: every record, its way to every consumer, every successful or first failing
 * allocation, every kill and exit. Aggregated exactly: the retries of a process that waits; they
 * change nothing until memory is freed, and the one after that is computed. Aggregated by a mean:
 * the CPU time that retries take from a dying victim and from each other (fair shares).
 * Not in the model: reclaim and swap, printing that moves to another processor, several nodes.
 */
#pragma once

#include <stdint.h>

#include "judge/console_cost.h"

#define STORM_SIM_READERS_MAX 4

/* A log daemon. */
struct storm_sim_reader {
	double bytes_per_second;
	double record_seconds; /* a read() and what follows it, a record */
};

struct storm_sim_config {
	struct oom_report_shape shape;
	const struct console_list *consoles;
	const struct printk *printk;
	struct storm_sim_reader reader[STORM_SIM_READERS_MAX];
	uint32_t readers;
	double ring_bytes;
	uint32_t allocators, leakers;
	double request_bytes, period_seconds; /* of an allocator: so much memory, so often */
	double leak_bytes_per_second;	      /* of one leaker */
	double jiffy_seconds;
	double record_seconds;	  /* printk into the ring, a record */
	double search_seconds;	  /* choosing the victim, a task */
	double exit_cpu_seconds;  /* of a victim */
	double retry_cpu_seconds; /* one failing allocation: direct reclaim */
	double limit_seconds;	  /* ends here at the latest */
	uint64_t events_max;	  /* more work than this is refused */
	uint64_t seed;		  /* phases of the processes */
};

struct storm_sim_result {
	double duration_seconds;   /* until the last process has memory again */
	double print_seconds;	   /* that oom_lock was held for printing */
	double stall_max_seconds;  /* longest wait of an allocator */
	double stall_mean_seconds; /* all waits of an allocator, mean over them */
	double stalled_share;	   /* of the allocators' time */
	uint32_t kills, full_reports, rcu_reports;
	uint64_t records;
	uint64_t lost_console; /* records that a threaded console was too late for, and would have
				  printed */
	uint64_t lost_daemon;  /* the same for the log daemons, the worst of them */
	uint64_t events;
	bool complete; /* false: ended at the limit, and the seconds are lower bounds */
};

/* The defaults of everything that the shape, the consoles and the counts do not say; each constant
 * has its source in storm_sim_defaults.c. */
void storm_sim_defaults(struct storm_sim_config *c) _nonnull_all_;

/* 0 or -ENOMEM; -E2BIG with .events_max events and no end; -EINVAL when a synchronous console that
 * prints has no known speed, or without leakers. */
int storm_sim_run(const struct storm_sim_config *c,
		  struct storm_sim_result *ret) _must_check_ _nonnull_all_;
