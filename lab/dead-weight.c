/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaks once, then stays: the mistake of exit-without-free in a service.
 *
 *   held  |      __________________________ ...
 *         |     |
 *         |_____|            never used again, never returned
 *
 * It does not grow, so no look at growth finds it. What gives it away is that the memory is cold
 * and that no pointer leads to it any more.
 */
#include "lab.h"

static void forget(struct lab *lab)
{
	char *p = malloc(lab->size);

	lab_touch(p, lab->size);
} /* the only pointer ends here */

int main(int argc, char **argv)
{
	struct lab lab = {
		.about =
			"Takes --size bytes in one block at once, loses the pointer, and sleeps in "
			"a loop of --interval.",
		.size = LAB_GIB,
		.interval = 1,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);
	forget(&lab);
	while (lab_tick(&lab))
		;
	return 0;
}
