/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks so large that malloc gives each a mapping of its own (M_MMAP_THRESHOLD, 128 KiB): three
 * are lost, one is kept, and it leads to a fourth.
 *
 *   main: kept ---> [192K] ---> [192K]        [192K] [192K] [192K]   lost
 */
#include "lab.h"

#define LARGE (192 * LAB_KIB)

static void lose(void)
{
	for (int i = 0; i < 3; i++)
		lab_zeroes(LARGE); /* the leak */
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses three blocks of 192 KiB and keeps two." };
	void **kept;

	lab_start(&lab, argc, argv);
	kept = lab_zeroes(LARGE);
	kept[LARGE / sizeof(*kept) - 1] = lab_zeroes(LARGE);
	lose();
	lab_ready(&lab);
	return 0;
}
