/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaks a big block now and then: what a job that runs every hour forgets.
 *
 *   held  |               ____
 *         |          ____|
 *         |     ____|         each step: --size, each tread: --interval
 *         |____|
 *         |____________________ time
 *
 * Between two steps it looks perfectly steady. One step alone is no evidence of a leak: a restart
 * of a worker, a new configuration and a loaded file look the same. The third one is.
 */
#include "lab.h"

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Leaks --size bytes at once by malloc every --interval.",
		.size = 16 * LAB_MIB,
		.interval = 5,
	};

	lab_start(&lab, argc, argv);
	while (lab_tick(&lab)) {
		lab_take(&lab, lab.size);
		lab_touch(malloc(lab.size), lab.size); /* the leak */
	}
	return 0;
}
