/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a machine as it was read to what decides the size of its OOM report. What the machine does
 * not tell is assumed, and every assumption is named: a prediction on assumptions says so.
 */
#pragma once

#include "judge/console_cost.h"

enum shape_assumption {
	ASSUMED_KERNEL = 0,
	ASSUMED_TASKS,
	ASSUMED_TASKS_INCOMPLETE, /* a captured tree or a cut list: there may be more */
	ASSUMED_COMM,
	ASSUMED_CPUS,
	ASSUMED_NODES,
	ASSUMED_ZONES,
	ASSUMED_MEMORY,
	ASSUMED_DUMP_TASKS,
	ASSUMED_TIMESTAMPS,
	ASSUMED_CALLER,
	ASSUMED_RCU,
	ASSUMED_LOGLEVEL,
	ASSUMED_COUNT,
};

/* "the kernel is not known: the newest format", one sentence without a stop. */
const char *shape_assumption_text(enum shape_assumption a);

/* Returns the assumptions that were made, a bit each (1 << ASSUMED_x). */
uint32_t oom_report_shape_of(const struct machine *m, struct oom_report_shape *ret) _nonnull_all_;
