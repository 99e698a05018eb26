/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loses small blocks at an even rate: the textbook leak.
 *
 *   held  |              .
 *         |          .
 *         |      .            slope: --rate
 *         |  .
 *         |___________________ time
 *
 * With --rate 8M it holds 80 MiB more after ten seconds. Every block is definitely lost: the
 * variable that held its address is overwritten by the next one.
 */
#include "lab.h"

#define BLOCK (4 * LAB_KIB)

int main(int argc, char **argv)
{
	struct lab lab = {
		.about =
			"Leaks --rate bytes a second by malloc, in blocks of 4 KiB, looking at the "
			"clock every --interval; --size bytes are its healthy working set.",
		.size = 4 * LAB_MIB,
		.rate = 8 * LAB_MIB,
		.interval = 0.05,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);
	char *work = lab_touch(malloc(lab.size), lab.size);
	do {
		lab_touch(work, lab.size);
		while (lab_due(&lab, BLOCK)) {
			lab_take(&lab, BLOCK);
			lab_touch(malloc(BLOCK), BLOCK); /* the leak */
		}
	} while (lab_tick(&lab));
	free(work);
	return 0;
}
