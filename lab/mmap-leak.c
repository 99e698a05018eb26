/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps anonymous memory and never unmaps it: a leak below malloc.
 *
 *   malloc's view   |________________   nothing: it was never asked
 *   the kernel's    |        _,-~'`     RssAnon grows by --rate
 *                   |  _,-~'`
 *
 * Tools that hook malloc see nothing here; valgrind says "no leaks are possible". Language runtimes
 * and buffer pools that manage their own memory leak in this way.
 */
#include <sys/mman.h>

#include "lab.h"

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Leaks --rate bytes a second by mmap, in pieces of --size, looking at the "
			 "clock every --interval.",
		.size = LAB_MIB,
		.rate = 8 * LAB_MIB,
		.interval = 0.05,
	};

	lab_start(&lab, argc, argv);
	while (lab_tick(&lab))
		while (lab_due(&lab, lab.size)) {
			void *p;

			lab_take(&lab, lab.size);
			p = mmap(NULL, lab.size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			lab_touch(p == MAP_FAILED ? NULL : p, lab.size);
		} /* the leak: no munmap */
	return 0;
}
