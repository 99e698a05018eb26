/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator may set: plain data, with the defaults documented where they are defined. */
#pragma once

#include <stdint.h>

/* For the growth judge. growth_policy_default() in judge/growth.h gives the tuned values. */
struct growth_policy {
	uint64_t noise_floor_bytes; /* growth below it over a window is counter noise: 4 MiB +
				       f(cpus) */
	double urgency_factor;	/* leaking only when exhaustion <= factor x window of evidence; for
				   windows under an hour, longer ones earn more (judge/growth.c) */
	double young_share;	/* of that factor while the window reaches back to the start */
	double largest_step;	/* share of the growth that one bucket may carry, 0-1 */
	double plateau_margin;	/* a slowing growth leaks when its plateau >= margin x headroom */
	double drift_share;	/* least score of the drift test, as share of a perfect climb */
	double long_run_z;	/* least score of the drift test for noise on the levels */
	double returned_share;	/* growth must exceed this share of the most ever given back */
	double reference_share; /* no limit known: headroom is taken as share x size held */
};
