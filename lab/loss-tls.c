/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks held only by thread-local storage, in two threads: a __thread variable, and
 * pthread_setspecific with an early key (its slot is in the thread's descriptor) and with a late
 * one (its slot is in a table of 512 bytes that glibc allocates for it).
 *
 *   __thread slot ------------> [100]
 *   key 0 --------------------> [200]
 *   key 40 -> [512, glibc's] -> [300]      each of it twice: main and worker
 */
#include <pthread.h>

#include "lab.h"

#define KEYS 41

static __thread void *slot;
static pthread_key_t key[KEYS];

static void set_up(void)
{
	slot = lab_zeroes(100);
	pthread_setspecific(key[0], lab_zeroes(200));
	pthread_setspecific(key[KEYS - 1], lab_zeroes(300));
}

static void *worker(void *arg)
{
	set_up();
	lab_park((bool *)arg);
	return NULL;
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps six blocks by thread-local storage: healthy." };
	static bool parked;
	pthread_t thread;

	lab_start(&lab, argc, argv);
	for (int i = 0; i < KEYS; i++)
		pthread_key_create(&key[i], NULL);
	set_up();
	pthread_create(&thread, NULL, worker, &parked);
	lab_await(&parked);
	lab_ready(&lab);
	return 0;
}
