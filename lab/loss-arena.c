/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that has ended, and left blocks in its arena: 40 lost pairs and two that main still has.
 * Its stack is kept by glibc for the next thread, and what is left on it counts for nothing.
 *
 *   ended thread's arena: [80] -> [24]  (40 times, lost)     [500] [500] <--- static kept[2]
 */
#include <pthread.h>

#include "lab.h"

static void *kept[2];

static void work(void)
{
	for (int i = 0; i < 40; i++) {
		void **pair = lab_zeroes(80);

		pair[0] = lab_zeroes(24);
	} /* the leak */
	for (int i = 0; i < 2; i++)
		kept[i] = lab_zeroes(500);
}

static void *worker(void *arg)
{
	work();
	lab_scrub();
	return arg;
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "A thread loses 40 pairs of blocks, keeps two, and ends." };
	pthread_t thread;

	lab_start(&lab, argc, argv);
	pthread_create(&thread, NULL, worker, NULL);
	pthread_join(thread, NULL);
	lab_ready(&lab);
	return 0;
}
