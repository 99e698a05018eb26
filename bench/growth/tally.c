/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tally.h"

#include <math.h>
#include <stdlib.h>

/* P(X <= k) for a Poisson mean. */
static double poisson_cdf(unsigned int k, double mean)
{
	double term = exp(-mean), sum = term;

	for (unsigned int i = 1; i <= k; i++) {
		term *= mean / i;
		sum += term;
	}
	return sum;
}

/* The mean at which P(X <= k) is p; it falls with the mean. */
static double solve(unsigned int k, double p)
{
	double low = 0, high = 2.0 * k + 20;

	for (int i = 0; i < 100; i++) {
		double mid = (low + high) / 2;

		if (poisson_cdf(k, mid) > p)
			low = mid;
		else
			high = mid;
	}
	return low;
}

struct range poisson_interval(unsigned int count)
{
	/* Past a few hundred the exact sum underflows, and the normal interval is as good. */
	if (count > 300)
		return (struct range){ count - 1.96 * sqrt(count), count + 1.96 * sqrt(count) };
	return (struct range){ count > 0 ? solve(count - 1, 0.975) : 0, solve(count, 0.025) };
}

struct range wilson_interval(unsigned int hits, unsigned int of)
{
	double n = of, p = hits / fmax(1, n), z = 1.96, d = 1 + z * z / fmax(1, n);
	double mid = p + z * z / (2 * fmax(1, n));
	double half = z * sqrt(p * (1 - p) / fmax(1, n) + z * z / (4 * fmax(1, n) * n));

	if (of == 0)
		return (struct range){ 0, 1 };
	return (struct range){ fmax(0, (mid - half) / d), fmin(1, (mid + half) / d) };
}

void healthy_add(struct healthy_tally *to, const struct healthy_tally *from)
{
	to->series += from->series;
	to->days_after += from->days_after;
	to->days_first += from->days_first;
	to->after += from->after;
	to->first += from->first;
	to->flagged += from->flagged;
	for (int i = 0; i < RIVALS; i++)
		to->rival[i] += from->rival[i];
	for (int i = 0; i < 5; i++)
		to->final_class[i] += from->final_class[i];
}

void leak_add(struct leak_tally *to, const struct leak_tally *from)
{
	for (unsigned int i = 0; i < from->found && to->found + i < TALLY_FRACTIONS; i++)
		to->fraction[to->found + i] = from->fraction[i];
	to->series += from->series;
	to->found += from->found;
	to->third += from->third;
	to->final_leaking += from->final_leaking;
	to->early += from->early;
	to->early_days += from->early_days;
	for (int i = 0; i < RIVALS; i++)
		to->rival_third[i] += from->rival_third[i];
	to->intervals += from->intervals;
	to->covered += from->covered;
	to->mid_intervals += from->mid_intervals;
	to->mid_covered += from->mid_covered;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double leak_fraction(struct leak_tally *l, double q)
{
	unsigned int i = (unsigned int)(q * l->series);

	qsort(l->fraction, l->found, sizeof(l->fraction[0]), ascending);
	return i < l->found ? l->fraction[i] : 1;
}
