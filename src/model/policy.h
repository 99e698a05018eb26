/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator may set: plain data, with the defaults documented where they are defined. */
#pragma once

#include <stdint.h>

/* For the growth judge. growth_policy_default() in judge/growth.h gives the tuned values. */
struct growth_policy {
	uint64_t noise_floor_bytes; /* growth below it over a window is counter noise: 4 MiB +
				       f(cpus) */
	double urgency_factor; /* leaking only when exhaustion <= factor x window of evidence */
};
