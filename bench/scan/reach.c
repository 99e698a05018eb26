/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast the heap is judged once its chunks are known: a heap made in memory, chunks of 32 to 256
 * bytes, 0.2 % lost pairs (a leader and what it points to), and of all others one graph: a tree
 * whose edges go to random places, one in order of allocation, an array of all blocks, which point
 * to another one at random (as bench/scan/heap.c), a list in random order; and one where nine
 * blocks of ten are lost. Fails when the classes are not exactly those. Prints GiB of heap a second
 * with 1 and 2 threads (best of some runs), and the memory beside the heap and its bitmaps. Target:
 * >= 1.5 GiB/s on one core, <= 15 % of the heap. Usage: bench-reach [--gib N] [--runs N] [--shape
 * N]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "judge/loss_groups.h"

#define START UINT64_C(0x555555000000)
#define ARRAY UINT64_C(0x7f0000000010)
#define OVERHEAD 8
#define LOST_EVERY 1000 /* of two blocks each: 0.2 % */

enum shape {
	TREE_RANDOM = 0,
	TREE_IN_ORDER,
	ARRAY_OF_ALL,
	LIST_RANDOM,
	MOSTLY_LOST,
	SHAPES,
};

struct bench {
	struct heap heap;
	uint8_t *copy;
	uint64_t *array; /* ARRAY_OF_ALL */
	uint64_t bytes, blocks, pairs;
	uint32_t *granule; /* of each block */
	struct roots roots;
	uint64_t root; /* the one root word */
};

static uint64_t state = 1;

static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717);
}

static double now(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t status_kib(const char *key)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	uint64_t value = 0;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0 &&
		    sscanf(line + strlen(key), " %lu", &value))
			break;
	if (f)
		(void)fclose(f);
	return value;
}

/* VmHWM counts from now on (proc(5), clear_refs). */
static void reset_peak(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "we");

	if (f) {
		(void)fputs("5", f);
		(void)fclose(f);
	}
}

static uint64_t address(const struct bench *b, uint64_t i)
{
	return START + b->granule[i] * GRANULE;
}

static uint8_t *memory(const struct bench *b, uint64_t i)
{
	return b->copy + b->granule[i] * GRANULE;
}

static int make_chunks(struct bench *b)
{
	struct page_run all = { START, START + b->bytes };
	struct mapping m = { .start = START, .end = START + b->bytes, .run = &all, .runs = 1 };
	struct heap_area *a;
	uint64_t at = 0;

	if (mapping_reserve(&m) < 0 || heap_add_area(&b->heap, START, START + b->bytes - OVERHEAD,
						     m.copy, OVERHEAD, 0, &a) < 0)
		return -1;
	b->copy = m.copy;
	b->granule = malloc(b->bytes / 32 * sizeof(*b->granule));
	if (!b->granule)
		return -1;
	b->array = malloc(b->bytes / 32 * sizeof(*b->array));
	if (!b->array)
		return -1;
	while (at < b->bytes - 256) {
		const uint64_t step = GRANULE * (2 + next_random() % 15);

		heap_mark(a, START + at, true);
		b->granule[b->blocks++] = (uint32_t)(at / GRANULE);
		/* Numbers and text, as programs have beside their pointers. */
		for (uint64_t word = 2; word < step / 8; word++)
			((uint64_t *)(void *)(b->copy + at))[word] =
				word % 2 ? next_random() % 1000 : UINT64_C(0x6f6c6c656820);
		at += step;
	}
	heap_mark(a, START + at, false);
	return 0;
}

static void shuffle(struct bench *b)
{
	for (uint64_t i = b->blocks - 1; i > 0; i--) {
		const uint64_t k = next_random() % (i + 1);
		const uint32_t swap = b->granule[i];

		b->granule[i] = b->granule[k];
		b->granule[k] = swap;
	}
}

static void point(const struct bench *b, uint64_t i, uint64_t first, uint64_t second)
{
	uint64_t *word = (uint64_t *)(void *)memory(b, i);

	word[0] = first;
	word[1] = second;
}

/* Block i of `n` that one root leads to. */
static void link_block(struct bench *b, enum shape shape, uint64_t i, uint64_t n)
{
	if (shape == ARRAY_OF_ALL) {
		b->array[i] = address(b, i);
		point(b, i, address(b, next_random() % n), 0);
	} else if (shape == LIST_RANDOM) {
		point(b, i, i + 1 < n ? address(b, i + 1) : 0, 0);
	} else {
		point(b, i, 2 * i + 1 < n ? address(b, 2 * i + 1) : 0,
		      2 * i + 2 < n ? address(b, 2 * i + 2) : 0);
	}
}

/* The first blocks are the graph, the rest lost pairs. */
static int link_blocks(struct bench *b, enum shape shape)
{
	const uint64_t n = shape == MOSTLY_LOST ? b->blocks - b->blocks * 9 / 20 * 2
						: b->blocks - 2 * (b->blocks / LOST_EVERY);

	b->pairs = (b->blocks - n) / 2;
	for (uint64_t i = 0; i < n; i++)
		link_block(b, shape, i, n);
	for (uint64_t i = n; i + 1 < b->blocks; i += 2) {
		memcpy(memory(b, i), &(uint64_t){ address(b, i + 1) }, sizeof(uint64_t));
		memset(memory(b, i + 1), 0, 16);
	}
	b->root = shape == ARRAY_OF_ALL ? ARRAY : address(b, 0);
	if (shape != ARRAY_OF_ALL)
		return 0;
	return heap_add_single(&b->heap, ARRAY, ARRAY + n * sizeof(*b->array),
			       (const uint8_t *)b->array);
}

static int make(struct bench *b, double gib, enum shape shape)
{
	b->bytes = (uint64_t)(gib * (double)GIB) / 4096 * 4096;
	if (make_chunks(b) < 0)
		return -1;
	if (shape == TREE_RANDOM || shape == LIST_RANDOM)
		shuffle(b);
	if (link_blocks(b, shape) < 0)
		return -1;
	free(b->granule);
	return roots_add(&b->roots, &(struct root_range){
					    .start = 0x1000,
					    .copy = (const uint8_t *)&b->root,
					    .bytes = sizeof(b->root),
					    .kind = ROOT_DATA,
				    });
}

static bool is_right(const struct bench *b, const struct reach *r)
{
	struct loss total[LOSS_CLASSES];

	reach_totals(r, total);
	return total[LOSS_DEFINITE].blocks == b->pairs && total[LOSS_INDIRECT].blocks == b->pairs &&
	       total[LOSS_POSSIBLE].blocks == 0 &&
	       total[LOSS_REACHABLE].blocks == b->heap.used_blocks - 2 * b->pairs;
}

struct cost {
	double wall, cpu, groups;
	uint64_t peak_kib; /* beside what was there before */
};

static int run(struct bench *b, uint32_t threads, struct cost *best)
{
	const struct reach_options o = { .heuristics = HEURISTIC_ALL, .threads = threads };
	const struct loss_group_options groups = { .limit = 100 };
	const struct memory_image image = MEMORY_IMAGE_NONE;
	const uint64_t before = status_kib("VmRSS:");
	struct leak_report report = { 0 };
	double wall, cpu, grouped;
	struct reach *r;
	bool right;

	reset_peak();
	wall = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	if (heap_index(&b->heap) < 0 || reach_judge(&b->heap, &b->roots, &o, &r) < 0)
		return -1;
	wall = now(CLOCK_MONOTONIC) - wall;
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	grouped = now(CLOCK_MONOTONIC);
	if (loss_groups(&image, &b->heap, &b->roots, r, &groups, &report) < 0)
		return -1;
	grouped = now(CLOCK_MONOTONIC) - grouped;
	right = is_right(b, r);
	best->wall = best->wall > 0 ? MIN(best->wall, wall) : wall;
	best->cpu = best->cpu > 0 ? MIN(best->cpu, cpu) : cpu;
	best->groups = best->groups > 0 ? MIN(best->groups, grouped) : grouped;
	best->peak_kib = MAX(best->peak_kib, status_kib("VmHWM:") - before);
	reach_free(r);
	leak_report_release(&report);
	return right ? 0 : -1;
}

static int measure(double gib, uint64_t runs, enum shape shape)
{
	static const char *const names[SHAPES] = {
		[TREE_RANDOM] = "random", [TREE_IN_ORDER] = "in order", [ARRAY_OF_ALL] = "array",
		[LIST_RANDOM] = "list",	  [MOSTLY_LOST] = "lost",
	};
	struct bench b = { .heap = HEAP_NONE, .roots = ROOTS_NONE };
	int r = make(&b, gib, shape);

	if (r < 0) {
		(void)fputs("bench-reach: the heap could not be made\n", stderr);
		return 1;
	}
	for (uint32_t threads = 1; threads <= 2 && r == 0; threads++) {
		struct cost best = { 0 };

		for (uint64_t i = 0; i < runs && r == 0; i++)
			r = run(&b, threads, &best);
		printf("%-10s %.1f GiB %6.1f M blocks  %u thread%s %6.2f s  %5.2f GiB/s  cpu %6.2f "
		       "s  "
		       "groups %5.2f s  beside the heap %4.1f %%  %s\n",
		       names[shape], gib, (double)b.blocks * 1e-6, threads,
		       threads == 1 ? " " : "s", best.wall, gib / best.wall, best.cpu, best.groups,
		       100 * (double)best.peak_kib * 1024 / (double)b.bytes,
		       r == 0 ? "exact" : "WRONG");
		(void)fflush(stdout);
	}
	heap_release(&b.heap);
	roots_release(&b.roots);
	free(b.array);
	(void)munmap(b.copy, b.bytes);
	return r < 0;
}

int main(int argc, char **argv)
{
	uint64_t gib = 1, runs = 3, only = SHAPES;
	int failed = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		uint64_t *value = strcmp(argv[i], "--gib") == 0	    ? &gib
				  : strcmp(argv[i], "--shape") == 0 ? &only
								    : &runs;

		if (text_u64(text_of(argv[i + 1], strlen(argv[i + 1])), value) < 0 ||
		    (*value == 0 && value != &only)) {
			(void)fputs("usage: bench-reach [--gib N] [--runs N] [--shape N]\n",
				    stderr);
			return 2;
		}
	}
	for (uint64_t shape = 0; shape < SHAPES; shape++)
		if (only == SHAPES || only == shape)
			failed |= measure((double)gib, runs, (enum shape)shape);
	return failed;
}
