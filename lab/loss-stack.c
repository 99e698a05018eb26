/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks held by locals of two threads, and one that a thread has lost.
 *
 *   main:   mine --> [100]
 *   worker: mine --> [200]       [300] lost
 */
#include <pthread.h>

#include "lab.h"

static void lose(void)
{
	lab_zeroes(300); /* the leak */
}

static void *worker(void *arg)
{
	void *mine = lab_zeroes(200);

	lose();
	lab_park((bool *)arg);
	return mine;
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps two blocks by locals of two threads and loses one." };
	static bool parked;
	pthread_t thread;
	void *mine;

	lab_start(&lab, argc, argv);
	mine = lab_zeroes(100);
	pthread_create(&thread, NULL, worker, &parked);
	lab_await(&parked);
	lab_ready(&lab);
	return mine == NULL;
}
