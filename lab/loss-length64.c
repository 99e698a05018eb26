/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An allocator on top of malloc that keeps the length in the first eight bytes and hands out what
 * is behind them, as SQLite does. Every pointer of the program is an interior one; valgrind's
 * heuristic "length64" knows the pattern.
 *
 *   static kept[3] ------------+
 *                   [ 200 |    v  200 bytes ]
 */
#include "lab.h"

static void *kept[3];

static void *counted(uint64_t bytes)
{
	uint64_t *block = lab_zeroes(sizeof(*block) + bytes);

	block[0] = bytes;
	return block + 1;
}

static void set_up(void)
{
	for (int i = 0; i < 3; i++)
		kept[i] = counted(200);
	counted(300); /* the leak */
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps three blocks behind their length, loses one." };

	lab_start(&lab, argc, argv);
	set_up();
	lab_ready(&lab);
	return 0;
}
