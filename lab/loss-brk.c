/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Something is mapped right behind the heap, so that the break cannot grow: malloc goes on in
 * mappings of its own, of 1 MiB each. 60 of 600 blocks are lost, on both sides.
 *
 *   [heap] [1000]...[1000] | wall |      mapping: [1000][1000]...
 */
#include <sys/mman.h>

#include "lab.h"

static void *kept[600];

static void set_up(void)
{
	for (int i = 0; i < 600; i++) {
		kept[i] = lab_zeroes(1000);
		if (i % 10 == 0)
			kept[i] = NULL; /* the leak */
		if (i == 50) /* Where it fails (valgrind has no such heap) nothing changes. */
			mmap(sbrk(0), 4096, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	}
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses 60 of 600 blocks, half of them behind a wall." };

	lab_start(&lab, argc, argv);
	set_up();
	lab_ready(&lab);
	return 0;
}
