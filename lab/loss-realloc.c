/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Eight blocks that realloc has made larger, then lost. "p = realloc(p, n)" in a loop is how a
 * buffer grows, and each was moved: a tool that counts malloc and free has to follow.
 *
 *   malloc(100) -> realloc(1000) -> realloc(5000) -x->
 */
#include "lab.h"

static void lose(void)
{
	for (int i = 0; i < 8; i++) {
		char *p = lab_zeroes(100);

		p = lab_touch(realloc(p, 1000), 1000);
		p = lab_touch(realloc(p, 5000), 5000);
	} /* the leak */
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses eight blocks of 5000 bytes that realloc moved." };

	lab_start(&lab, argc, argv);
	lose();
	lab_ready(&lab);
	return 0;
}
