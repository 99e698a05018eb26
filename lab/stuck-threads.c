/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts workers that never finish: each keeps its stack for ever.
 *
 *   Threads  |        _,-~'`     one more for every --size bytes of --rate
 *   RssAnon  |  _,-~'`           by --size each
 *
 * A worker waits for an answer that never comes (a lock, a reply, a closed socket). malloc knows
 * nothing of stacks. Compare unjoined-threads, whose workers do finish.
 */
#include <pthread.h>

#include "lab.h"

static size_t depth; /* bytes of stack each worker uses */

static void *worker(void *arg)
{
	char work[depth];

	lab_touch(work, depth);
	for (;;)
		pause(); /* the leak: never returns */
	return arg;
}

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Leaks --rate bytes a second in stacks of threads that wait for ever, "
			 "--size bytes each, looking at the clock every --interval.",
		.size = 256 * LAB_KIB,
		.rate = 4 * LAB_MIB,
		.interval = 0.05,
	};
	pthread_attr_t attr;
	pthread_t thread;

	lab_start(&lab, argc, argv);
	depth = lab.size;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, (depth / LAB_MIB + 2) * LAB_MIB);
	while (lab_tick(&lab))
		while (lab_due(&lab, lab.size)) {
			lab_take(&lab, lab.size);
			if (pthread_create(&thread, &attr, worker, NULL) != 0)
				lab_hold(&lab); /* pids.max, RLIMIT_NPROC */
		}
	return 0;
}
