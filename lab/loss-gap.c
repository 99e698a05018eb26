/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody else moves the break: malloc's main heap has holes that are not its own. 60 of 600
 * blocks are lost, around the holes.
 *
 *   [heap]  [1000][1000]...[1000] (foreign) [1000][1000]... (foreign) ...
 */
#include "lab.h"

static void *kept[600];

static void set_up(void)
{
	for (int i = 0; i < 600; i++) {
		kept[i] = lab_zeroes(1000);
		if (i % 10 == 0)
			kept[i] = NULL; /* the leak */
		if (i % 100 == 50)
			sbrk(5000);
	}
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses 60 of 600 blocks in a heap with holes." };

	lab_start(&lab, argc, argv);
	set_up();
	lab_ready(&lab);
	return 0;
}
