/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exit-without-free, mended: the same block, given back before the end.
 *
 *   held  |      ______
 *         |     |      |
 *         |_____|      |__   <- free, then exit
 *
 * valgrind: "All heap blocks were freed -- no leaks are possible".
 */
#include "lab.h"

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Takes --size bytes in one block, at once, and gives them back after one "
			 "--interval. Healthy.",
		.size = LAB_GIB,
		.interval = 1,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);
	char *p = malloc(lab.size);
	lab_touch(p, lab.size);
	lab_tick(&lab);
	free(p);
	return 0;
}
