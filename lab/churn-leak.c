/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaks slowly while it allocates and frees a lot: the leak of a busy server.
 *
 *   held  |                      _.-~'`
 *         |  ,'`-~._,-~'`-._.-~'`          the level wavers with the load,
 *         | /                              its floor rises by --rate
 *         |/__________________________ time
 *
 * A working set of --size is replaced once a second, block by block. With the defaults 32 MiB are
 * allocated and freed for every 256 KiB that are lost: of 128 calls of malloc, one has no free.
 */
#include "lab.h"

#define MEAN_BLOCK (4 * LAB_KIB)

static char **slot; /* the working set: reachable to the end */

static size_t some_bytes(void)
{
	return 64 + (size_t)random() % (2 * MEAN_BLOCK - 64);
}

/* Replaces every slot once a second, in a step's share, at random places. */
static void serve(struct lab *lab, size_t slots)
{
	size_t share = (size_t)((double)slots * fmin(lab->interval, 1.0)) + 1;

	for (size_t i = 0; i < share; i++) {
		char **s = &slot[(size_t)random() % slots];
		size_t n = some_bytes();

		free(*s);
		*s = lab_touch(malloc(n), n);
	}
}

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Keeps a working set of about --size bytes and replaces it once a second, "
			 "a part every --interval; loses --rate bytes a second along the way.",
		.size = 32 * LAB_MIB,
		.rate = 256 * LAB_KIB,
		.interval = 0.05,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);

	size_t slots = lab.size / MEAN_BLOCK + 1;

	slot = lab_zeroes(slots * sizeof(*slot));
	for (size_t i = 0; i < slots; i++) {
		size_t n = some_bytes();

		slot[i] = lab_touch(malloc(n), n);
	}
	while (lab_tick(&lab)) {
		serve(&lab, slots);
		for (size_t n = some_bytes(); lab_due(&lab, n); n = some_bytes()) {
			lab_take(&lab, n);
			lab_touch(malloc(n), n); /* the leak */
		}
	}
	return 0;
}
