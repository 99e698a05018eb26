/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Healthy, though it does not look it: frees nearly all, but the kernel gets nothing back.
 *
 *   RSS   |          __,,-----    ratchets up towards --size with each peak of load, stays there
 *         |     _,-'`
 *   live  |  /\  /\  /\  /\       after each peak an eighth of it lives on
 *         |_/__\/__\/__\/__\___ time
 *
 *   one page of the heap after a peak:  [free|free|free|LIVE|free|free|free|free]
 *
 * One small survivor a page pins the page, and malloc can only return what is free as a whole at
 * the top of its heap. Nothing is lost: malloc uses the holes again, so the growth ends at the
 * highest peak. Peak number k of load is size * k / (k + 1): each a little higher than the last.
 */
#include "lab.h"

#define BLOCK 512
#define SURVIVORS 8 /* one block in so many outlives the peak */

static char **block;

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Healthy: every --interval a peak of load in small blocks, each higher "
			 "than "
			 "the last and none above --size; an eighth survives until the next one.",
		.size = 64 * LAB_MIB,
		.interval = 0.5,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);

	/* 16 bytes of every block are malloc's own. */
	size_t blocks = lab.size / (BLOCK + 16);

	block = lab_zeroes((blocks + 1) * sizeof(*block));
	for (size_t peak = 1; lab_tick(&lab); peak++) {
		size_t high = blocks * peak / (peak + 1);

		for (size_t i = 0; i < high; i++) {
			free(block[i]); /* the last peak's survivor */
			block[i] = lab_touch(malloc(BLOCK), BLOCK);
		}
		for (size_t i = 0; i < high; i++)
			if (i % SURVIVORS != 0) {
				free(block[i]);
				block[i] = NULL;
			}
	}
	return 0;
}
