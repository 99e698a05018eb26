/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live stack frame with words that were never written: an earlier call left pointers in them.
 * They are undefined, but a scan of memory cannot tell; valgrind can.
 *
 *   earlier call:  | block[2] |---> [100] [100]
 *   this call:     | unused   |- - ->             the same place on the stack
 */
#include "lab.h"

static __attribute__((noinline)) void earlier(void)
{
	void *volatile block[64];

	for (int i = 0; i < 64; i++)
		block[i] = NULL;
	for (int i = 20; i < 22; i++)
		block[i] = lab_zeroes(100);
	__asm__ volatile("" : : "r"(block) : "memory");
} /* the leak */

static __attribute__((noinline)) void now_and_for_long(struct lab *lab)
{
	void *volatile unused[64];

	__asm__ volatile("" : : "r"(unused), "r"(lab) : "memory");
	lab_ready(lab);
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses two blocks to which unwritten stack still points." };

	lab_start(&lab, argc, argv);
	lab_scrub();
	earlier();
	now_and_for_long(&lab);
	return 0;
}
