/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pointers in a packed struct, at addresses that are no multiple of 8. The program finds its
 * blocks; tools that look at whole words do not, and call them lost.
 *
 *   static row[4]: | tag | pointer ... |---> [100]    (9 bytes each)
 */
#include "lab.h"

static struct __attribute__((packed)) {
	char tag;
	void *block;
} row[4];

static void set_up(void)
{
	char *block;

	for (int i = 0; i < 4; i++) {
		row[i].tag = 'a';
		block = lab_zeroes(100);
		memcpy(&row[i].block, &block, sizeof(block));
	}
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps four blocks by unaligned pointers: healthy." };

	lab_start(&lab, argc, argv);
	set_up();
	lab_ready(&lab);
	return 0;
}
