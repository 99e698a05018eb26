/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LEAK_STEP (1 << 20)
#define ALLOCATOR_STEP (64 << 10)

void load_worker(int number)
{
	char name[16];

	/* 11 characters, so that every row of the task table has one length. */
	(void)snprintf(name, sizeof(name), "worker-%04d", number);
	(void)prctl(PR_SET_NAME, name);
	for (;;)
		pause();
}

void load_allocator(void)
{
	(void)prctl(PR_SET_NAME, "allocator");
	for (;;) {
		void *p = mmap(NULL, ALLOCATOR_STEP, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		guest_sleep(0.02);
		if (p != MAP_FAILED)
			(void)munmap(p, ALLOCATOR_STEP);
	}
}

void load_leaker(long long bytes_per_second, long long limit_bytes)
{
	double start = guest_now();
	long long held = 0;

	(void)prctl(PR_SET_NAME, "leaker");
	for (;;) {
		void *p = MAP_FAILED;

		if (limit_bytes == 0 || held < limit_bytes)
			p = mmap(NULL, LEAK_STEP, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (p == MAP_FAILED)
			guest_sleep(0.02);
		else
			held += LEAK_STEP;
		if (bytes_per_second > 0) {
			double due = start + (double)held / (double)bytes_per_second;

			if (due > guest_now())
				guest_sleep(due - guest_now());
		}
	}
}
