/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the watch command share: its options, and how a view is put out. */
#pragma once

#include "cmd/common.h"
#include "judge/ranking.h"
#include "report/watch_view.h"

#define WATCH_PIDS_MAX 256

struct watch_options {
	struct common_options common;
	double interval, duration; /* seconds; duration 0 = without end */
	bool once, batch, raw_bytes, reverse, timed;
	uint32_t top; /* 0 = all */
	const char *replay, *filter;
	enum rank_key sort;
	int32_t pid[WATCH_PIDS_MAX]; /* watch only these; none = all */
	uint32_t pids;
};

/* Whether the options ask for this process. */
bool watch_wants(const struct watch_options *o, int32_t pid) _nonnull_all_;

/* Counts the leaking among rows, then filters, orders and cuts them as the options say. */
void watch_arrange(const struct watch_options *o, struct ranked *rows, uint32_t count,
		   struct watch_view *v) _nonnull_(1, 4);

/* Of standard output. */
struct style watch_style(const struct watch_options *o) _nonnull_all_;

/* Prints the view as JSON or text. 0, or EXITCODE_UNDETERMINED with a complaint. */
int watch_print(const struct watch_options *o,
		const struct watch_view *v) _must_check_ _nonnull_all_;

int watch_live(const struct watch_options *o) _nonnull_all_;   /* enum exitcode */
int watch_replay(const struct watch_options *o) _nonnull_all_; /* enum exitcode */
