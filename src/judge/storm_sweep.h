/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a storm's stall grows with one of its parameters: the simulation run along an axis, for a few
 * values of a second parameter. Every such picture is a panel.
 */
#pragma once

#include "judge/storm_sim.h"

enum sweep_param {
	SWEEP_TASKS = 0, /* idle processes; the table has allocators and victims, too */
	SWEEP_ALLOCATORS,
	SWEEP_VICTIMS,
	SWEEP_BAUD,
	SWEEP_LOGLEVEL,
	SWEEP_DUMP_TASKS,
	SWEEP_COUNT,
};

#define SWEEP_VALUES_MAX 64
#define SWEEP_LINES_MAX 6

struct sweep_panel {
	enum sweep_param x, line;
	uint64_t x_value[SWEEP_VALUES_MAX], line_value[SWEEP_LINES_MAX];
	uint32_t x_count, line_count;
	uint64_t value[SWEEP_COUNT]; /* of the parameters that neither axis has */
	struct storm_sim_result result[SWEEP_LINES_MAX][SWEEP_VALUES_MAX];
};

/* "tasks", "dump_tasks", ... */
const char *sweep_param_name(enum sweep_param p);

/* The value that a parameter has at one point of a panel. */
uint64_t sweep_value(const struct sweep_panel *panel, enum sweep_param p, uint32_t line,
		     uint32_t x) _nonnull_all_;

/*
 * Fills .result. `config`: all that no parameter says, with one console; its shape's tasks, its
 * console's speed and its printk level are replaced point by point. What that took is taken off its
 * events_max, for the next panel. 0, -ENOMEM, -EINVAL, or -E2BIG when that is used up.
 */
int storm_sweep(struct storm_sim_config *config,
		struct sweep_panel *panel) _must_check_ _nonnull_all_;

/*
 * The four panels that are shown when nothing in particular is asked for, around `value`, which the
 * caller filled: tasks by baud, allocators by victims, victims with and without the task dump, baud
 * by level.
 */
#define SWEEP_DEFAULT_PANELS 4
void storm_sweep_defaults(const uint64_t value[SWEEP_COUNT],
			  struct sweep_panel panel[SWEEP_DEFAULT_PANELS]) _nonnull_all_;
