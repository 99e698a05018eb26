/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a pass of the sampler to the rows of a view; for the stream and for the terminal. */
#pragma once

#include "base/root.h"
#include "cmd/watch.h"
#include "source/sampler.h"

struct watch_collector {
	const struct watch_options *o;
	struct root root;
	struct sampler *sampler;
	struct ranking ranking;
	struct ranked *row; /* as many as the table has slots */
	uint32_t rows;
	int32_t missing[WATCH_PIDS_MAX];
	struct watch_view view; /* all but the order of the rows */
	bool partial;		/* something that was asked for could not be read */
	struct fault fault;
};

/* Opens the root and the sampler. 0 or negative errno with .fault. watch_collect_done either way.
 */
int watch_collect_open(struct watch_collector *c,
		       const struct watch_options *o) _must_check_ _nonnull_all_;
/* One pass. 0 or negative errno with .fault. */
int watch_collect_pass(struct watch_collector *c) _must_check_ _nonnull_all_;
/* Fills .row anew from the last pass, for another order or filter. */
void watch_collect_rows(struct watch_collector *c) _nonnull_all_;
void watch_collect_done(struct watch_collector *c) _nonnull_all_;
