/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Healthy: fills up and lets go, over and over, as a garbage collector or a batch job does.
 *
 *   held  |    /|    /|    /|      teeth of --size, slope --rate
 *         |   / |   / |   / |
 *         |__/  |__/  |__/  |__    the floor is flat
 *
 * Seen through a window shorter than a tooth it is a leak. The lowest points of several teeth
 * tell the truth.
 */
#include "lab.h"

#define BLOCK (64 * LAB_KIB)

static char **block;

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Healthy: takes --rate bytes a second until it holds --size, frees all of "
			 "it, and begins again, looking at the clock every --interval.",
		.size = 64 * LAB_MIB,
		.rate = 16 * LAB_MIB,
		.interval = 0.05,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);

	size_t blocks = lab.size / BLOCK + 1, used = 0;

	block = lab_zeroes(blocks * sizeof(*block));
	while (lab_tick(&lab))
		while (lab_due(&lab, BLOCK)) {
			block[used++] = lab_touch(malloc(BLOCK), BLOCK);
			if (used < blocks)
				continue;
			while (used > 0)
				free(block[--used]);
			break;
		}
	return 0;
}
