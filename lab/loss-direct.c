/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ten blocks to which nothing points, and one that is kept.
 *
 *   main: kept ---> [64]        [100] [100] ... [100]   lost
 */
#include "lab.h"

static void lose(void)
{
	for (int i = 0; i < 10; i++)
		lab_zeroes(100); /* the leak: nobody takes the pointer */
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses ten blocks of 100 bytes and keeps one of 64." };
	void *kept;

	lab_start(&lab, argc, argv);
	kept = lab_zeroes(64);
	lose();
	lab_ready(&lab);
	return kept == NULL;
}
