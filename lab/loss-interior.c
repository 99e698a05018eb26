/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two blocks of which only the inside is known: with a pointer to it the program may still find its
 * way back to the start, or the pointer is a chance. valgrind calls them possibly lost, and so what
 * only they lead to.
 *
 *   main: cursor[0] ------+      cursor[1] ------+
 *                   [....v....]            [....v....]
 *                    +-> [32]
 */
#include "lab.h"

static void set_up(char *cursor[2])
{
	for (int i = 0; i < 2; i++) {
		char **block = lab_zeroes(1000);

		if (i == 0)
			block[0] = lab_zeroes(32);
		cursor[i] = (char *)block + 400;
	}
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps two blocks by pointers to their middle." };
	char *cursor[2];

	lab_start(&lab, argc, argv);
	set_up(cursor);
	lab_ready(&lab);
	return cursor[0] == cursor[1];
}
