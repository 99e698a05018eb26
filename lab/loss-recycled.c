/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks that were never written since malloc handed them out again: they still hold the pointers
 * of their former life, and a scan of memory cannot tell. valgrind can: it knows that these words
 * are undefined. The one principled weakness of every scan from outside.
 *
 *   static kept[16] ---> [256: old contents] - - -> [48] lost
 */
#include "lab.h"

static void *kept[16];

static void lose(void)
{
	for (int i = 0; i < 16; i++) {
		char *block = lab_zeroes(256);

		kept[i] = block;
		*(void **)(block + 128) = lab_zeroes(48);
	}
	for (int i = 0; i < 16; i++)
		free(kept[i]); /* the leak: what it led to is not freed */
	for (int i = 0; i < 16; i++)
		kept[i] = malloc(256);
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses 16 blocks to which recycled memory still points." };

	lab_start(&lab, argc, argv);
	lose();
	lab_ready(&lab);
	return 0;
}
