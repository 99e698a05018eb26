/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statistics of the growth judge: small, exact, without allocation. */
#pragma once

#include <stddef.h>

#include "base/macro.h"
#include "model/series.h"

#define TREND_POINTS SERIES_RING_MAX

/* Points in time order; t strictly increasing. */
struct points {
	unsigned int n;
	double t[TREND_POINTS]; /* seconds */
	double y[TREND_POINTS]; /* bytes */
};

struct slope {
	double low, mid, high; /* bytes per second */
};

/*
 * Sen's slope: the median of the slopes of all pairs (Sen, JASA 63:1379, 1968). The interval is
 * the rank interval of Gilbert, "Statistical Methods for Environmental Pollution Monitoring"
 * (1987) 16.5: with N = n(n-1)/2 pairs and C = z * sqrt(Var S), the slopes of rank (N-C)/2 and
 * (N+C)/2 + 1, where Var S = [n(n-1)(2n+5) - sum over tie groups q(q-1)(2q+5)] / 18 (Kendall,
 * "Rank Correlation Methods", 1975). A rank outside 1..N takes the extreme slope. n < 2: zeros.
 */
struct slope trend_sen(const struct points *p, double z) _nonnull_all_;

/*
 * Wilcoxon's signed-rank sum (Biometrics Bulletin 1:80, 1945) of n differences, with zeros
 * dropped, mean ranks for ties, the tie correction of the variance and a continuity correction of
 * 1/2, as a share of the standard score that the same number of rises without a fall would have:
 * 1 for a climb without a setback, near 0 for a walk, negative downwards. Differences smaller
 * than `zero` in magnitude count as zero. 0 when fewer than TREND_STEPS_MIN are left.
 *
 * Applied to the increments of a series it asks "drift or random walk?": exact for any walk with
 * symmetric steps, where Mann-Kendall on the levels rejects nearly always.
 */
#define TREND_STEPS_MIN 5
double trend_drift(const double *d, unsigned int n, double zero) _nonnull_all_;

/*
 * The sum of n increments over its standard deviation, from the long-run variance of Newey and
 * West (Econometrica 55:703, 1987) with Bartlett weights and 2 lags, but at least a tenth of the
 * plain variance. Noise on the levels makes neighbouring increments cancel; a random walk's do
 * not. Where noise is large against one step, this sees the trend that the signed ranks miss.
 * 0 when n < 4.
 */
double trend_long_run_z(const double *d, unsigned int n) _nonnull_all_;

/* Ascending, in place, without the allocation that qsort() may do. */
void trend_sort(double *v, size_t n) _nonnull_all_;
