/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `storm run`: what was predicted beside what was measured, as a table that grows, as Markdown and
 * as JSON. */
#pragma once

#include <stdio.h>

#include "judge/storm_bench.h"
#include "report/json.h"

struct storm_run {
	struct storm_setting setting;
	char release[72]; /* of the kernel that ran, not escaped; "" when it did not boot */
	struct storm_expectation expected;
	struct storm_measured measured;
	json_t *details; /* "measured" as the bench gave it; NULL when there was none. Owned */
};

void storm_run_release(struct storm_run *run) _nonnull_all_;

/* Head, then a row as soon as it is there, then the summary. 0, or -EIO when the stream failed. */
int storm_runs_head(FILE *out, bool markdown) _must_check_ _nonnull_all_;
int storm_runs_row(FILE *out, bool markdown,
		   const struct storm_run *run) _must_check_ _nonnull_all_;
int storm_runs_summary(FILE *out, const struct storm_run *run, uint32_t count,
		       bool interrupted) _must_check_ _nonnull_(1);

/* The whole object; "predicted" and "measured" are filled when there is one run only. */
json_t *storm_runs_json(const struct storm_run *run, uint32_t count, bool interrupted) _must_check_;
