/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target for the scan bench: a heap of blocks of 32 to 256 bytes that point to each other at
 * random, every 500th lost with another that only it holds; and threads that wake every 100 us,
 * write to a block, and keep the longest time in which they did not run.
 *
 *   scan-heap MIB              builds it, says "ready ...", then answers each line on stdin with
 * the longest gap since the last one, in seconds; ends with stdin scan-heap MIB once         builds
 * it and ends: for tools that look at the exit
 *
 * With GLIBC_TUNABLES=glibc.malloc.hugetlb=1 the heap is in huge pages, where the kernel allows it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 4
#define LOST_ONE_IN 500

struct block {
	struct block *other[2];
	uint64_t fill[];
};

static struct block **kept;
static size_t kept_count, lost_count;
static _Atomic int64_t gap_ns[THREADS];

static uint64_t next(void)
{
	static uint64_t state = UINT64_C(88172645463325252);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static struct block *take(size_t bytes)
{
	struct block *b = malloc(bytes);

	if (!b) {
		fprintf(stderr, "scan-heap: no memory\n");
		exit(1);
	}
	memset(b, 0, bytes);
	return b;
}

/* The array of all blocks is itself one block, and the root of what is reachable. */
static void build(uint64_t bytes)
{
	const size_t room = bytes / 144 + bytes / 1440 + 1000;

	kept = calloc(room, sizeof(struct block *));
	if (!kept)
		exit(1);
	for (uint64_t total = 0; total < bytes && kept_count < room;) {
		size_t size = 32 + next() % 225;
		struct block *b = take(size);

		total += size;
		if (kept_count)
			b->other[0] = kept[next() % kept_count];
		if (next() % LOST_ONE_IN == 0) {
			b->other[1] = take(64);
			lost_count++;
		} else {
			kept[kept_count++] = b;
		}
	}
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void *work(void *arg)
{
	const size_t me = (size_t)arg;
	const struct timespec rest = { 0, 100000 };
	int64_t before = now_ns();
	uint64_t random = me * 7919 + 1;

	for (;;) {
		int64_t now;

		random = random * UINT64_C(6364136223846793005) + 1;
		*(volatile uint64_t *)kept[(random >> 33) % kept_count]->fill += 1;
		nanosleep(&rest, NULL);
		now = now_ns();
		if (now - before > gap_ns[me])
			gap_ns[me] = now - before;
		before = now;
	}
	return NULL;
}

static double longest_gap(void)
{
	int64_t most = 0;

	for (size_t i = 0; i < THREADS; i++) {
		int64_t gap = atomic_exchange(&gap_ns[i], 0);

		most = gap > most ? gap : most;
	}
	return (double)most * 1e-9;
}

int main(int argc, char **argv)
{
	char line[16];
	uint64_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (mib == 0 || mib > 64 << 10) {
		fprintf(stderr, "usage: scan-heap MIB [once]\n");
		return 2;
	}
	build(mib << 20);
	printf("ready blocks=%zu lost=%zu\n", kept_count, lost_count);
	fflush(stdout);
	if (argc > 2)
		return 0;
	for (size_t i = 0; i < THREADS; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, work, (void *)i) != 0)
			return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		printf("%.6f\n", longest_gap());
		fflush(stdout);
	}
	return 0;
}
