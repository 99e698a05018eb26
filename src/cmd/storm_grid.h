/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings of `storm run` as a grid: one boot for what only a boot can change (kernel, memory,
 * processors, baud), many runs in it. And the boot as a scenario of the VM bench (docs/VM.md).
 */
#pragma once

#include <stdio.h>

#include "cmd/storm.h"
#include "judge/storm_bench.h"

/* Of vm-run: PLAN_RUNS, PLAN_CPUS and the limits of its keys. */
#define GRID_BOOT_RUNS 256
#define GRID_RUNS_MAX 4096

struct grid_boot {
	struct text kernel;    /* n 0: the newest there is */
	uint32_t first, count; /* runs */
};

struct grid {
	struct storm_setting *setting; /* owned */
	uint32_t count;
	struct grid_boot boot[GRID_RUNS_MAX];
	uint32_t boots;
};

/* Complains and returns -EINVAL for what the bench cannot run; -ENOMEM. */
int grid_make(const struct storm_options *o, struct grid *ret) _must_check_ _nonnull_all_;
void grid_release(struct grid *g) _nonnull_all_;

/* Seconds that a run takes on an idle host, about. */
double grid_run_seconds(const struct storm_setting *s) _nonnull_all_;

/* The scenario of one boot. */
void grid_scenario(FILE *out, const struct grid *g, const struct grid_boot *b) _nonnull_all_;
