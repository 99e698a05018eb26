/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/trend.h"

#include <math.h>

#define PAIRS_MAX (TREND_POINTS * (TREND_POINTS - 1) / 2)

/* Shell's sort with Ciura's gaps: 276 slopes at most, 6 us. */
void trend_sort(double *v, size_t n)
{
	static const size_t gaps[] = { 132, 57, 23, 10, 4, 1 };

	for (size_t g = 0; g < ARRAY_SIZE(gaps); g++) {
		for (size_t i = gaps[g]; i < n; i++) {
			double x = v[i];
			size_t j = i;

			for (; j >= gaps[g] && v[j - gaps[g]] > x; j -= gaps[g])
				v[j] = v[j - gaps[g]];
			v[j] = x;
		}
	}
}

/* Sum over groups of equal values of q(q-1)(2q+5). */
static double tie_term(const struct points *p)
{
	double sorted[TREND_POINTS], sum = 0;
	unsigned int run = 1;

	for (unsigned int i = 0; i < p->n; i++)
		sorted[i] = p->y[i];
	trend_sort(sorted, p->n);
	for (unsigned int i = 1; i <= p->n; i++) {
		if (i < p->n && sorted[i] == sorted[i - 1]) {
			run++;
			continue;
		}
		sum += (double)run * (run - 1) * (2.0 * run + 5);
		run = 1;
	}
	return sum;
}

struct slope trend_sen(const struct points *p, double z)
{
	double s[PAIRS_MAX], n = p->n, c;
	unsigned int pairs = 0;
	long low, high;

	if (p->n < 2)
		return (struct slope){ 0, 0, 0 };
	for (unsigned int i = 0; i + 1 < p->n; i++)
		for (unsigned int j = i + 1; j < p->n; j++)
			s[pairs++] = (p->y[j] - p->y[i]) / (p->t[j] - p->t[i]);
	trend_sort(s, pairs);
	c = z * sqrt((n * (n - 1) * (2 * n + 5) - tie_term(p)) / 18);
	low = lround((pairs - c) / 2) - 1;
	high = lround((pairs + c) / 2);
	low = MAX(low, 0L);
	high = MIN(high, (long)pairs - 1);
	return (struct slope){
		.low = s[low],
		.mid = pairs % 2 ? s[pairs / 2] : (s[pairs / 2 - 1] + s[pairs / 2]) / 2,
		.high = s[high],
	};
}

double trend_drift(const double *d, unsigned int n, double zero)
{
	double size[TREND_POINTS], up = 0, ties = 0, m, var, best;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++)
		if (fabs(d[i]) >= zero && d[i] != 0)
			size[kept++] = fabs(d[i]);
	if (kept < TREND_STEPS_MIN)
		return 0;
	for (unsigned int i = 0; i < n; i++) {
		unsigned int below = 0, equal = 0;

		if (fabs(d[i]) < zero || d[i] == 0)
			continue;
		for (unsigned int j = 0; j < kept; j++) {
			below += size[j] < fabs(d[i]);
			equal += size[j] == fabs(d[i]);
		}
		/* Each of q tied members adds q^2-1: together q^3-q. */
		ties += (double)equal * equal - 1;
		if (d[i] > 0)
			up += below + (equal + 1) / 2.0;
	}
	m = kept;
	var = m * (m + 1) * (2 * m + 1) / 24 - ties / 48;
	best = (m * (m + 1) / 4 - 0.5) / sqrt(m * (m + 1) * (2 * m + 1) / 24);
	up -= m * (m + 1) / 4;
	if (fabs(up) <= 0.5 || var <= 0)
		return 0;
	return fmin(1, (up > 0 ? up - 0.5 : up + 0.5) / sqrt(var) / best);
}

double trend_long_run_z(const double *d, unsigned int n)
{
	static const double bartlett[] = { 1, 2.0 / 3, 1.0 / 3 };
	double mean = 0, gamma[3] = { 0, 0, 0 }, var;

	if (n < 4)
		return 0;
	for (unsigned int i = 0; i < n; i++)
		mean += d[i] / n;
	for (unsigned int lag = 0; lag < 3; lag++)
		for (unsigned int i = lag; i < n; i++)
			gamma[lag] += (d[i] - mean) * (d[i - lag] - mean) / (n - 1);
	if (gamma[0] <= 0)
		return mean > 0 ? INFINITY : 0;
	var = gamma[0] + 2 * bartlett[1] * gamma[1] + 2 * bartlett[2] * gamma[2];
	return mean * sqrt(n) / sqrt(fmax(var, gamma[0] / 10));
}
