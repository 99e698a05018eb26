/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The storm of the VM bench as the cost model sees it: which machine a setting makes, what is
 * predicted for it, and when a prediction counts as met. What is predicted follows from the setting
 * and the bench's own programs (vm/guest), never from a measurement.
 */
#pragma once

#include "judge/console_cost.h"

struct storm_setting {
	uint64_t baud, loglevel, memory_bytes;
	uint32_t tasks, allocators, leakers, cpus; /* tasks: idle workers */
	bool dump_tasks;
	uint32_t repetition; /* from 1 */
};

/* Of all kills of a run together. */
struct storm_expectation {
	struct interval bytes, console_bytes;
	struct interval print_seconds, task_table_seconds;
	struct interval stall_seconds; /* the longest: of one kill */
	struct interval all_stalls_seconds;
};

/* What a run measured; where .there is false nothing else has a meaning. A figure that the bench
 * did not have is NAN or not known. */
struct storm_measured {
	bool there, valid;    /* valid: says the bench */
	double print_seconds; /* on the wire, first byte of a report to its last, summed */
	double task_table_seconds;
	double stall_seconds; /* largest gap of an allocating heartbeat */
	double bytes;	      /* of the reports, in the ring */
	struct opt_u64 kills;
	char why[160]; /* why it is not valid, not escaped */
};

void storm_expect(const struct storm_setting *s, struct kernel_version kernel,
		  struct storm_expectation *ret) _nonnull_all_;

/* NULL when the run counts: valid, with a kill, a report of it in the ring, and a time on the wire.
 * Otherwise why it does not, not escaped. */
const char *storm_invalid_because(const struct storm_measured *m) _must_check_ _nonnull_all_;

/* Within 10 % of what was measured; nothing predicted and no time measured is met, too. A time that
 * is not known never is. */
bool storm_met(const struct storm_expectation *e, const struct storm_measured *m) _nonnull_all_;
