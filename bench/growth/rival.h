/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The usual detectors, for comparison: each sees a point every 5 min, decides every 30 min. */
#pragma once

#include <stdbool.h>

#define RIVAL_POINTS 72 /* 6 h */

enum rival {
	RIVAL_OLS,	 /* R2 > 0.8 and +5 % over 6 h */
	RIVAL_MK,	 /* Mann-Kendall over 6 h, p < 0.01, up */
	RIVAL_THRESHOLD, /* 80 % of the limit */
	RIVAL_PREDICT,	 /* Prometheus predict_linear([6h], 2 d) beyond the limit */
	RIVALS,
};

struct rivals {
	double t[RIVAL_POINTS], y[RIVAL_POINTS];
	unsigned int n;
	double next_point, next_look;
	bool alarm[RIVALS];
};

extern const char *const rival_name[RIVALS];

/* True when the alarms were decided anew. */
bool rivals_feed(struct rivals *r, double t, double held, double limit);
