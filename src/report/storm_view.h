/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reports of `storm predict` show: a prediction and all that it stands on. */
#pragma once

#include "base/strbuf.h"
#include "judge/oom_shape.h"

struct storm_view {
	const struct machine *machine;
	struct oom_report_shape shape;
	uint32_t assumptions; /* a bit each, enum shape_assumption */
	uint64_t loglevel;    /* that the prediction used; UINT64_MAX: ignore_loglevel */
	struct storm_prediction prediction;
	uint32_t kill_count; /* 0: not asked for */
	struct storm_kills kills;
};

/* Are the consoles known, and is there a number for the printing time? */
bool storm_time_known(const struct storm_view *v) _nonnull_all_;
/* Does a console print this part? */
bool storm_part_printed(const struct storm_view *v, enum oom_part part,
			uint32_t console) _nonnull_all_;

/* "0.09 s", "13.7 s", "2.1 min"; of an interval its mid. */
void storm_seconds(struct strbuf *s, double seconds) _nonnull_all_;
/* "13.7 s (12.9 to 14.8)", or "unknown". */
void storm_interval(struct strbuf *s, const struct interval *seconds) _nonnull_all_;
