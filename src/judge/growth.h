/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The growth judge: (series, headroom, policy, now) -> verdict. Pure; reads no clock, keeps
 * nothing. The rule, its sources and its measured quality are in docs/GROWTH.md.
 *
 * It looks at every time scale for a window of bucket minima whose floor (1) rises, by a test
 * that random walks do not pass, (2) in many steps rather than one, (3) still at its end, (4) on
 * ground never held before, (5) without slowing in a way that would end below the limit, and
 * (6) by enough of the remaining headroom: window x factor >= time to exhaustion.
 * All six: leaking. All but the sixth, near it or over days: suspect. Rising otherwise: growing.
 */
#pragma once

#include <stdbool.h>

#include "judge/trend.h"
#include "model/headroom.h"
#include "model/policy.h"
#include "model/series.h"
#include "model/verdict.h"

/*
 * Scale numbers of the judge: those of the series, and the floor of the trailing 24 hours taken
 * every 4 hours, which a daily load cannot move.
 */
#define GROWTH_DAILY SERIES_SCALES
#define GROWTH_SCALES (SERIES_SCALES + 1)

/* Which parts of the rule a window meets. */
enum growth_gate {
	GROWTH_ABOVE_NOISE = 1 << 0,
	GROWTH_RISES = 1 << 1,
	GROWTH_SPREAD = 1 << 2,
	GROWTH_CONTINUES = 1 << 3,
	GROWTH_NEW_GROUND = 1 << 4,
	GROWTH_STRAIGHT = 1 << 5, /* second half at least 0.7 x as steep as the first */
	GROWTH_REACHES = 1 << 6,  /* extrapolated with its deceleration, it reaches the limit */
	GROWTH_URGENT = 1 << 7,
};
#define GROWTH_LEAK_GATES                                                                          \
	(GROWTH_ABOVE_NOISE | GROWTH_RISES | GROWTH_SPREAD | GROWTH_CONTINUES |                    \
	 GROWTH_NEW_GROUND | GROWTH_REACHES | GROWTH_URGENT)

/* What one window shows. Levels and growth in bytes, slopes in bytes per second. */
struct growth_evidence {
	unsigned int scale; /* 0 .. GROWTH_SCALES-1 */
	unsigned int steps, rises;
	unsigned int gates; /* enum growth_gate */
	double window_seconds;
	double floor_bytes;		/* at the end: the lower of the last two minima */
	double growth_bytes;		/* floor_bytes above the first minimum */
	double start_bytes;		/* the first minimum */
	double before_bytes;		/* highest floor before the window; 0 = none known */
	double peak_bytes;		/* highest before it and in its first three quarters */
	double returned_bytes;		/* most that a floor came down, before and within */
	double new_bytes;		/* growth above both */
	double noise_bytes;		/* of the counters */
	double least_bytes;		/* growth that counts: above noise and 1 % of the start */
	double need_bytes;		/* new_bytes that would be urgent */
	double largest_step;		/* share of growth_bytes, 0-1 */
	double first_half, second_half; /* slopes */
	struct slope slope;
};

/* Five rises of five: 1 in 32 for a random walk. */
#define GROWTH_POINTS_MIN 6

static inline bool growth_has(const struct growth_evidence *e, unsigned int gates)
{
	return (e->gates & gates) == gates;
}

/* The tuned values, for a machine with this many online CPUs. */
struct growth_policy growth_policy_default(uint32_t cpus);

void growth_judge(const struct series *s, const struct headroom *h, const struct growth_policy *p,
		  double now_seconds, struct verdict *ret) _nonnull_all_;

/*
 * The best window of one scale. False when it holds too few minima, or none that are recent.
 */
bool growth_evidence(const struct series *s, unsigned int scale, const struct headroom *h,
		     const struct growth_policy *p, double now_seconds,
		     struct growth_evidence *ret) _must_check_ _nonnull_all_;

/*
 * The same question when only GROWTH_LEAK_GATES matter, for callers that feed millions of samples:
 * nearly always a few loads and compares. *ret is written only when all those gates are open.
 */
bool growth_leaks(const struct series *s, unsigned int scale, const struct headroom *h,
		  const struct growth_policy *p, double now_seconds,
		  struct growth_evidence *ret) _must_check_ _nonnull_all_;

/*
 * Time to gain `room` from the window's end if the slope keeps growing by the factor that it grew
 * by from the first half to the second, r each W/2: tau = (W/2) / ln r, T = tau ln(1 + room /
 * (slope now x tau)). The mirror image of how a deceleration is extrapolated. Infinite when the
 * slope does not grow by a tenth.
 */
double growth_accelerated_seconds(const struct growth_evidence *e, double room) _nonnull_all_;
