/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A series with the little memory that verdicts need between evaluations (persistence,
 * hysteresis), for owners that feed samples as they come: watch, guard, replay. No pointers, no
 * allocation; sizeof(struct track) <= 704 bytes is tested, because guard holds 4,096 of them.
 */
#pragma once

#include "model/headroom.h"
#include "model/policy.h"
#include "model/series.h"
#include "model/verdict.h"

struct track {
	struct series series;
};

/* Forget everything: a new process life. */
void track_init(struct track *t) _nonnull_all_;

/*
 * Adds one sample; evaluates the judge when this sample closed a bucket that can change the
 * verdict. O(1) amortised. Returns true when the class, the score or the intervals may have
 * changed. A sample that goes back in time is ignored (false).
 */
bool track_feed(struct track *t, const struct sample *x, const struct headroom *h,
		const struct growth_policy *p) _nonnull_all_;

/* Class as of the last evaluation; cheap. */
enum verdict_class track_class(const struct track *t) _nonnull_all_;

/* The full verdict with reasons, recomputed from the series. Pure. */
void track_verdict(const struct track *t, const struct headroom *h, const struct growth_policy *p,
		   double now_seconds, struct verdict *ret) _nonnull_all_;
