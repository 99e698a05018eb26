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
	/* Seconds after series.first_seconds; levels in series units. */
	uint32_t held_since;	 /* when the present evidence first held; meaningful when pending */
	uint32_t held_last;	 /* when it last held */
	uint32_t window_seconds; /* of the evidence that decided */
	uint32_t review_level, review_at; /* floor and time of the last look at an alarm */
	float rate;			  /* units per second when it was called */
	uint8_t class;			  /* enum verdict_class as of the last evaluation */
	uint8_t scale;			  /* that decided */
	uint8_t pending;		  /* evidence held at the last look, not yet twice */
};

_Static_assert(sizeof(struct track) <= 704, "guard's budget for 4,096 processes");

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
