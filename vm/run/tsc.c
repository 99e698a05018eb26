/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tsc.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

#ifdef __x86_64__
#include <x86intrin.h>

struct sample {
	double seconds, uncertainty;
	uint64_t ticks;
};

static double now_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* Of several the one that nothing interrupted. */
static struct sample take_sample(void)
{
	struct sample best = { .uncertainty = INFINITY };

	for (int i = 0; i < 64; i++) {
		double before = now_seconds();
		uint64_t ticks = __rdtsc();
		double after = now_seconds();

		if (after - before < best.uncertainty)
			best = (struct sample){ (before + after) / 2, after - before, ticks };
	}
	return best;
}

unsigned tsc_khz(void)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	struct sample a = take_sample(), b;

	(void)nanosleep(&pause, NULL);
	b = take_sample();
	return (unsigned)lround((double)(b.ticks - a.ticks) / (b.seconds - a.seconds) / 1000);
}
#else
unsigned tsc_khz(void)
{
	return 0;
}
#endif
