/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block with pages in the middle that nobody may read: a scan has to step over them and go on
 * behind. One block is lost.
 *
 *   main: block ---> [ page | NONE | NONE | page ]        [100] lost
 *                       +--> [200]             +--> [300]
 */
#include <sys/mman.h>

#include "lab.h"

#define PAGE 4096

static void *set_up(void)
{
	char *block = lab_touch(aligned_alloc(PAGE, 4 * PAGE), 4 * PAGE);

	*(void **)block = lab_zeroes(200);
	*(void **)(block + 4 * PAGE - 64) = lab_zeroes(300);
	if (mprotect(block + PAGE, 2 * PAGE, PROT_NONE) < 0)
		exit(LAB_EXIT_USAGE);
	lab_zeroes(100); /* the leak */
	return block;
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses a block beside one with unreadable pages." };
	void *block;

	lab_start(&lab, argc, argv);
	block = set_up();
	lab_ready(&lab);
	return block == NULL;
}
