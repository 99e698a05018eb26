/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rival.h"

#include <math.h>
#include <string.h>

const char *const rival_name[RIVALS] = {
	[RIVAL_OLS] = "OLS+R2 6h",
	[RIVAL_MK] = "Mann-Kendall 6h",
	[RIVAL_THRESHOLD] = "80% of limit",
	[RIVAL_PREDICT] = "predict_linear",
};

struct line {
	double slope, end, r2;
};

static struct line fit(const struct rivals *r)
{
	double mt = 0, my = 0, tt = 0, ty = 0, yy = 0;

	for (unsigned int i = 0; i < r->n; i++) {
		mt += r->t[i] / r->n;
		my += r->y[i] / r->n;
	}
	for (unsigned int i = 0; i < r->n; i++) {
		tt += (r->t[i] - mt) * (r->t[i] - mt);
		ty += (r->t[i] - mt) * (r->y[i] - my);
		yy += (r->y[i] - my) * (r->y[i] - my);
	}
	return (struct line){
		.slope = ty / tt,
		.end = my + ty / tt * (r->t[r->n - 1] - mt),
		.r2 = yy > 0 ? ty * ty / (tt * yy) : 0,
	};
}

static double kendall_z(const struct rivals *r)
{
	double n = r->n, s = 0;

	for (unsigned int i = 0; i + 1 < r->n; i++)
		for (unsigned int j = i + 1; j < r->n; j++)
			s += (r->y[j] > r->y[i]) - (r->y[j] < r->y[i]);
	return (s - (s > 0)) / sqrt(n * (n - 1) * (2 * n + 5) / 18);
}

bool rivals_feed(struct rivals *r, double t, double held, double limit)
{
	struct line l;

	if (t < r->next_point)
		return false;
	r->next_point = t + 299;
	if (r->n == RIVAL_POINTS) {
		memmove(r->t, r->t + 1, sizeof(r->t) - sizeof(r->t[0]));
		memmove(r->y, r->y + 1, sizeof(r->y) - sizeof(r->y[0]));
		r->n--;
	}
	r->t[r->n] = t;
	r->y[r->n++] = held;
	if (t < r->next_look || r->n < 12)
		return false;
	r->next_look = t + 1799;
	l = fit(r);
	r->alarm[RIVAL_OLS] = l.r2 > 0.8 && l.slope * (t - r->t[0]) > 0.05 * r->y[0];
	r->alarm[RIVAL_MK] = kendall_z(r) > 2.326;
	r->alarm[RIVAL_THRESHOLD] = held > 0.8 * limit;
	r->alarm[RIVAL_PREDICT] = l.end + l.slope * 2 * 86400 > limit;
	return true;
}
