/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of one row of the report, and the intervals that go with counts. */
#pragma once

#include "rival.h"

struct range {
	double low, high;
};

/* 95 % interval of a Poisson mean after `count` events (Garwood, Biometrika 28:437, 1936). */
struct range poisson_interval(unsigned int count);
/* 95 % interval of a proportion (Wilson, JASA 22:209, 1927). */
struct range wilson_interval(unsigned int hits, unsigned int of);

struct healthy_tally {
	unsigned int series;
	double days_after, days_first; /* after and within the first 24 h of age */
	unsigned int after, first;     /* alarms, each time the class becomes leaking */
	unsigned int flagged;	       /* series with an alarm after 24 h */
	unsigned int rival[RIVALS];    /* alarms after 24 h */
	unsigned int final_class[5];
};

#define TALLY_FRACTIONS 4096

struct leak_tally {
	unsigned int series, found, third; /* before exhaustion, before a third of the way */
	unsigned int final_leaking;
	unsigned int early; /* alarms before the leak began */
	double early_days;
	unsigned int rival_third[RIVALS];
	unsigned int intervals, covered;	 /* at the alarm */
	unsigned int mid_intervals, mid_covered; /* half way from there to exhaustion */
	double fraction[TALLY_FRACTIONS]; /* alarm, as share of the way to exhaustion; found ones */
};

void healthy_add(struct healthy_tally *to, const struct healthy_tally *from);
void leak_add(struct leak_tally *to, const struct leak_tally *from);
/* q-quantile of the fractions, where a leak that was not found counts as 1. Sorts. */
double leak_fraction(struct leak_tally *l, double q);
