/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four threads that do nothing but malloc, calloc, realloc, aligned_alloc and free, and check what
 * their blocks hold. Nothing is ever lost: a scan that says so has seen the heap in between, and a
 * scan that disturbs a thread shows in the sums.
 *
 *   static slot[4][...] ---> blocks of 16 bytes to 200 KiB, each filled from a seed of its own
 *
 * At the end, on SIGTERM or after --duration: how many operations, how many blocks were not as they
 * were left (exit code 3 when there is one), and the longest time in which a thread did not run.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "lab.h"

#define THREADS 4
#define SLOTS 2000
#define LAB_EXIT_DAMAGED 3

struct slot {
	uint64_t *block;
	size_t words;
	uint64_t seed;
};

static struct worker {
	pthread_t thread;
	uint64_t random;
	uint64_t operations, damaged;
	double gap;
	struct slot slot[SLOTS];
} workers[THREADS];
static const struct lab *options;
static atomic_bool stop;

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Never a pointer: the upper half of the word is all ones. */
static uint64_t content(uint64_t seed, size_t i)
{
	return ((seed * UINT64_C(0x9e3779b97f4a7c15) + i) & UINT32_MAX) |
	       UINT64_C(0xffffffff00000000);
}

static void fill(struct slot *s, size_t from)
{
	for (size_t i = from; i < s->words; i++)
		s->block[i] = content(s->seed, i);
}

static bool intact(const struct slot *s, size_t words)
{
	for (size_t i = 0; i < words; i++)
		if (s->block[i] != content(s->seed, i))
			return false;
	return true;
}

/* Mostly small; one in 4096 gets a mapping of its own. */
static size_t words_for(uint64_t random, uint64_t mean)
{
	if (random % 4096 == 0)
		return 25 * LAB_KIB;
	return 2 + (random >> 20) % (2 * mean / sizeof(uint64_t));
}

static void take(struct worker *w, struct slot *s, uint64_t random)
{
	s->words = words_for(random, options->size / THREADS / SLOTS);
	s->seed = random;
	if (random >> 60 < 10)
		s->block = malloc(s->words * sizeof(*s->block));
	else if (random >> 60 < 14)
		s->block = calloc(s->words, sizeof(*s->block));
	else
		s->block = aligned_alloc(256, s->words * sizeof(*s->block));
	if (!s->block)
		exit(LAB_EXIT_NO_MEMORY);
	fill(s, 0);
}

static void resize(struct worker *w, struct slot *s, uint64_t random)
{
	size_t words = words_for(random, options->size / THREADS / SLOTS);
	size_t common = words < s->words ? words : s->words;
	uint64_t *block = realloc(s->block, words * sizeof(*block));

	if (!block)
		exit(LAB_EXIT_NO_MEMORY);
	s->block = block;
	w->damaged += !intact(s, common);
	s->words = words;
	fill(s, common);
}

static void release(struct worker *w, struct slot *s)
{
	w->damaged += !intact(s, s->words);
	free(s->block);
	s->block = NULL;
}

static void step(struct worker *w)
{
	uint64_t random = next(&w->random);
	struct slot *s = &w->slot[random % SLOTS];

	if (!s->block)
		take(w, s, next(&w->random));
	else if (random >> 62 == 0)
		resize(w, s, next(&w->random));
	else
		release(w, s);
	w->operations++;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	double before = lab_now();

	while (!stop) {
		for (int i = 0; i < 200; i++)
			step(w);
		lab_sleep(options->interval);
		w->gap = fmax(w->gap, lab_now() - before - options->interval);
		before = lab_now();
	}
	return NULL;
}

static void wait_for_end(struct lab *lab)
{
	const struct timespec moment = { 0, 20000000 };
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	while (sigtimedwait(&term, NULL, &moment) != SIGTERM && !lab_over(lab))
		;
}

static int tell(void)
{
	uint64_t operations = 0, damaged = 0;
	double gap = 0;

	for (int i = 0; i < THREADS; i++) {
		operations += workers[i].operations;
		damaged += workers[i].damaged;
		gap = fmax(gap, workers[i].gap);
	}
	printf("operations=%ju damaged=%ju gap_seconds=%.6f\n", (uintmax_t)operations,
	       (uintmax_t)damaged, gap);
	return damaged ? LAB_EXIT_DAMAGED : 0;
}

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Four threads keep some --size bytes of blocks and change them all the "
			 "time, "
			 "each pausing for --interval after 200 operations. Healthy.",
		.size = 4 * LAB_MIB,
	};
	sigset_t term;

	lab_start(&lab, argc, argv);
	options = &lab;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	for (int i = 0; i < THREADS; i++) {
		workers[i].random = UINT64_C(88172645463325252) + (uint64_t)i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			exit(LAB_EXIT_NO_MEMORY);
	}
	printf("ready\n");
	fflush(stdout);
	wait_for_end(&lab);
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	return tell();
}
