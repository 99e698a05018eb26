/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes memory, uses it, ends without free().
 *
 *   held  |      ______
 *         |     |      |
 *         |_____|      |____   <- exit: the kernel takes the whole address space back
 *
 * valgrind reports the block (1,073,741,824 bytes in 1 blocks), and rightly so: free() is
 * missing. But it is harmless: the process and its memory end together. Compare dead-weight, the
 * same mistake in a process that stays.
 */
#include "lab.h"

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Takes --size bytes in one block, at once, and ends after one --interval "
			 "without giving it back. Harmless.",
		.size = LAB_GIB,
		.interval = 1,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);
	char *p = malloc(lab.size);
	lab_touch(p, lab.size);
	lab_tick(&lab);
	return 0; /* the missing free(p) */
}
