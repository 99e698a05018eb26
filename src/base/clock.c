/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <time.h>

static double clock_seconds(clockid_t id)
{
	struct timespec t = { 0 };

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double clock_boot_seconds(void)
{
	return clock_seconds(CLOCK_BOOTTIME);
}

double clock_wall_seconds(void)
{
	return clock_seconds(CLOCK_REALTIME);
}

double clock_thread_cpu_seconds(void)
{
	return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}
