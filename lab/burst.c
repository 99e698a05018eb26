/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Healthy, but violent: takes a lot as fast as it can, uses it for a moment, gives it back, ends.
 *
 *   held  |   ,-----.      --size
 *         |   |     |
 *         |___|     |___   top: one --interval
 *
 * No leak, and yet it may exhaust the memory before anybody can judge it: a compiler, a sort, an
 * import. Something must then give way, but not because it "leaks".
 */
#include "lab.h"

#define BLOCK (64 * LAB_KIB)

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Healthy: takes --size bytes at --rate, holds them "
			 "for one --interval, frees them and ends.",
		.size = 512 * LAB_MIB,
		.rate = 4 * LAB_GIB, /* as fast as it can */
		.interval = 2,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);

	size_t blocks = lab.size / BLOCK + 1;
	char **block = lab_zeroes(blocks * sizeof(*block));

	for (size_t i = 0; i < blocks; i++) {
		while (!lab_due(&lab, BLOCK)) {
			if (lab_over(&lab))
				return 0;
			lab_sleep(0.01);
		}
		block[i] = lab_touch(malloc(BLOCK), BLOCK);
	}
	lab_tick(&lab);
	for (size_t i = 0; i < blocks; i++)
		free(block[i]);
	free(block);
	return 0;
}
