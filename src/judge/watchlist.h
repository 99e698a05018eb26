/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The growth judge over all processes in guard's budget: for each slot a track and the plain rate
 * between the last two scans, nothing else (full verdicts are recomputed for the few that matter).
 */
#pragma once

#include "judge/track.h"
#include "model/process.h"

struct watchlist {
	struct track *track; /* one per slot of the table */
	float *recent; /* bytes per second between the last two scans; all that a life holds which
			  began since the last one */
	uint32_t capacity;
	double time_seconds; /* of the last scan; 0 before the first */
};

/* 0 or -ENOMEM. watchlist_release accepts a zeroed one. */
int watchlist_init(struct watchlist *w, uint32_t slots) _must_check_ _nonnull_all_;
void watchlist_release(struct watchlist *w) _nonnull_all_;

/* After each pass of the sampler: starts new lives, feeds the others. Allocates nothing. */
void watchlist_feed(struct watchlist *w, const struct process_table *t,
		    const struct growth_policy *p) _nonnull_all_;
