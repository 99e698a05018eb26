/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts workers that finish, and forgets to join them.
 *
 *   Threads  |_________________   flat: each worker is gone within a moment
 *   VmSize   |        _,-~'`      8 MiB (ulimit -s) of address space each
 *   RssAnon  |  _,-~'`            20-28 KiB each: what glibc does not give back of the stack
 *
 * A joinable thread keeps its stack until pthread_join. At its end glibc returns the stack's pages
 * below the last PTHREAD_STACK_MIN bytes (nptl, advise_stack_range), so that the real memory is
 * lost slowly while the address space runs away: the process hits RLIMIT_AS, vm.max_map_count or
 * a 32-bit address space first.
 */
#include <pthread.h>

#include "lab.h"

/* What stays of one thread: 16 KiB of stack, its descriptor, and the thread's first frames. */
#define KEPT (24 * LAB_KIB)

static size_t depth; /* bytes of stack each worker uses */

static void *worker(void *arg)
{
	char work[depth];

	lab_touch(work, depth);
	return arg;
}

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Leaks --rate bytes a second in stacks of threads that nobody joins, each "
			 "having used --size bytes, looking at the clock every --interval.",
		.size = 256 * LAB_KIB,
		.rate = 2 * LAB_MIB,
		.interval = 0.05,
	};
	pthread_t thread;

	lab_start(&lab, argc, argv);
	depth = lab.size < LAB_MIB ? lab.size : LAB_MIB;
	while (lab_tick(&lab))
		while (lab_due(&lab, KEPT)) {
			lab_take(&lab, KEPT);
			if (pthread_create(&thread, NULL, worker, NULL) != 0)
				lab_hold(&lab); /* no address space, no mappings left */
		}				/* the leak: no pthread_join, no pthread_detach */
	return 0;
}
