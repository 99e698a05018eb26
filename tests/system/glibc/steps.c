/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What test-steps.c steps through, instruction by instruction: does one kind of thing with malloc
 * between two int3, keeps book of its blocks, and marks the one that malloc has just now. Links
 * libc only; also built for other versions of it.
 *
 * usage: steps CASE, under a tracer; the book's address on descriptor 1.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "book.h"

#define STEP() __asm__ volatile("int3" : : : "memory")
#define STACK 65536
/* The last of the book are what is lost: a list of which nothing knows the head. */
#define LOST 40
#define FIRST_LOST 1100
#define BLOCKS (FIRST_LOST + LOST)

static struct book the_book; /* not mapped: its neighbours would be one with the TLS */
static struct book *const book = &the_book;
static unsigned filled;

static void *block(uint32_t i)
{
	return (void *)(uintptr_t)(book->block[i].address - BOOK_HIDE);
}

/*
 * Free memory is full of what it held before: texts, zeros, small numbers, and numbers that pass
 * for a chunk's size. Not by memset(), which would be stepped through.
 */
static void fill(void *p, size_t bytes)
{
	static const uint64_t with[] = { 0x5a5a5a5a5a5a5a5a, 0, 0x31, 7, 0x411, 0x21 };
	volatile uint64_t *word = p;
	const uint64_t value = with[filled++ % (sizeof(with) / sizeof(with[0]))];

	/* The second of two is what a header's size would be. */
	for (size_t i = 1; i < bytes / 8 && i < 200; i += i < 8 ? 2 : 8)
		word[i] = value;
}

static void note(uint32_t i, void *p)
{
	if (!p)
		_exit(3);
	book->block[i].size = malloc_usable_size(p);
	fill(p, book->block[i].size);
	book->block[i].address = (uintptr_t)p + BOOK_HIDE;
}

static void enter(uint32_t i)
{
	__atomic_store_n(&book->flight[0], 1 + i, __ATOMIC_SEQ_CST);
}

static void leave(void)
{
	__atomic_store_n(&book->flight[0], 0, __ATOMIC_SEQ_CST);
}

static void take(uint32_t i, size_t size)
{
	enter(i);
	note(i, malloc(size));
	leave();
}

static void take_aligned(uint32_t i, size_t align, size_t size)
{
	enter(i);
	note(i, memalign(align, size));
	leave();
}

static void give(uint32_t i)
{
	enter(i);
	free(block(i));
	book->block[i].address = 0;
	leave();
}

static void resize(uint32_t i, size_t size)
{
	enter(i);
	note(i, realloc(block(i), size));
	leave();
}

static void take_many(uint32_t from, uint32_t end, size_t size)
{
	for (uint32_t i = from; i < end; i++)
		take(i, size);
}

static void give_many(uint32_t from, uint32_t end)
{
	for (uint32_t i = from; i < end; i++)
		give(i);
}

static __attribute__((noinline)) void scrub(void)
{
	volatile char waste[16384];

	for (size_t i = 0; i < sizeof(waste); i++)
		waste[i] = 0;
}

/* Between others, so that a walk that goes astray loses some. */
static __attribute__((noinline)) void lose(void)
{
	for (uint32_t i = 0; i < LOST; i++) {
		take(FIRST_LOST + i, 72);
		take(1000 + i, 40);
		book->block[FIRST_LOST + i].fate = FATE_LOST;
		if (i)
			*(void **)block(FIRST_LOST + i - 1) = block(FIRST_LOST + i);
	}
	give_many(1000, 1000 + LOST);
}

/* malloc before it was ever called. */
static void case_first(void)
{
	if (book->block[0].address)
		return;
	STEP();
	take(0, 100);
	STEP();
}

/* Large free chunks, which what follows is cut from. */
static void case_split(void)
{
	for (uint32_t i = 0; i < 24; i += 2) {
		take(i, 3000);
		take(i + 1, 24);
	}
	for (uint32_t i = 0; i < 24; i += 2)
		give(i);
	STEP();
	for (uint32_t i = 0; i < 40; i++)
		take(100 + i, 40 + i * 91 % 1400);
	STEP();
}

static void case_top(void)
{
	mallopt(M_TOP_PAD, 0);
	mallopt(M_TRIM_THRESHOLD, 8192);
	STEP();
	for (uint32_t i = 0; i < 10; i++)
		take(i, 1500 + 700 * i);
	for (uint32_t i = 9; i > 2; i--)
		give(i);
	take(9, 30000);
	give(9);
	STEP();
}

/* Half of them into fastbins, which the next large one empties; a free() empties them too. */
static void case_consolidate(void)
{
	take_many(0, 60, 100);
	take_many(60, 100, 24);
	take(100, 80000);
	take(101, 24);
	for (uint32_t i = 0; i < 100; i += 1 + i % 3)
		give(i);
	STEP();
	take(200, 2000);
	STEP();
	for (uint32_t i = 1; i < 100; i++)
		if (book->block[i].address)
			give(i);
	STEP();
	give(100);
	STEP();
}

/* What malloc takes along into the tcache from the fastbin and small bin that it takes from. */
static void case_stash(void)
{
	for (uint32_t i = 0; i < 40; i += 2) {
		take(i, 500);
		take(i + 1, 24);
	}
	take_many(40, 60, 88);
	for (uint32_t i = 0; i < 40; i += 2)
		give(i);
	take(60, 5000);
	take_many(61, 68, 500);
	give_many(40, 60);
	take_many(70, 77, 88);
	STEP();
	take(80, 500);
	take(81, 88);
	take_many(82, 90, 500);
	take_many(90, 98, 88);
	STEP();
}

static void case_mmapped(void)
{
	mallopt(M_MMAP_THRESHOLD, 1 << 17);
	take(0, 100);
	STEP();
	take_many(1, 4, 200000);
	resize(2, 900000);
	resize(2, 300000);
	resize(3, 100);
	take_aligned(4, 16384, 200000);
	give(1);
	give(2);
	give(4);
	STEP();
}

static void case_realloc(void)
{
	take_many(0, 20, 700);
	take_many(20, 40, 1500);
	for (uint32_t i = 21; i < 40; i += 4)
		give(i);
	STEP();
	resize(39, 1900);
	resize(39, 600);
	for (uint32_t i = 20; i < 36; i += 4) {
		resize(i, 2200);
		resize(i, 1540);
		resize(i, 2900);
	}
	for (uint32_t i = 0; i < 20; i += 3)
		resize(i, 40 + 30 * i);
	resize(38, 1800);
	STEP();
}

static void case_memalign(void)
{
	take_many(0, 10, 300);
	give_many(2, 4);
	STEP();
	for (uint32_t i = 0; i < 8; i++)
		take_aligned(20 + i, (size_t)32 << i, 50 + 100 * i);
	give_many(20, 26);
	take_aligned(30, 256, 1200);
	STEP();
}

/* Another one moves the break: the main arena goes on behind what it took. */
static void case_gap(void)
{
	mallopt(M_TOP_PAD, 0);
	take(0, 100);
	STEP();
	for (uint32_t i = 1; i < 6; i++) {
		volatile uint64_t *mine;

		take(2 * i, 3000 * i);
		mine = sbrk(4096 + 24 * (intptr_t)(i % 2));
		for (size_t k = 0; k < 64; k++)
			mine[k] = i % 2 ? 0x41 : 0;
		take(2 * i + 1, 9000);
	}
	STEP();
}

/* A mapping stands where the break would grow. */
static void case_blocked(void)
{
	void *wall = (void *)(((uintptr_t)sbrk(0) + 4095) & ~(uintptr_t)4095);

	mallopt(M_TOP_PAD, 0);
	mallopt(M_MMAP_THRESHOLD, 1 << 24);
	take(0, 100);
	if (mmap(wall, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
	    MAP_FAILED)
		_exit(3);
	STEP();
	take_many(1, 4, 60000);
	take_many(4, 6, 600000);
	give_many(2, 6);
	STEP();
}

static void in_thread(void *(*run)(void *))
{
	pthread_attr_t attr;
	pthread_t t;

	if (pthread_attr_init(&attr) != 0 || pthread_attr_setstacksize(&attr, STACK) != 0 ||
	    pthread_create(&t, &attr, run, NULL) != 0 || pthread_join(t, NULL) != 0)
		_exit(3);
}

/* The first malloc of a thread, and its end. */
static void *whole_life(void *arg)
{
	STEP();
	take(100, 100);
	take_many(101, 110, 40);
	give_many(102, 107);
	take(110, 3000);
	give(110);
	STEP();
	take_many(120, 140, 200);
	give_many(120, 140);
	give_many(107, 110);
	STEP();
	return arg;
}

static void case_thread(void)
{
	take_many(0, 20, 100);
	give_many(5, 15);
	in_thread(whole_life);
	/* The next one gets its arena, and memory that was used. */
	in_thread(whole_life);
}

/* Past the end of a heap of 64 MiB, and back. */
static void *new_heaps(void *arg)
{
	take_many(200, 300, 100);
	take(300, 25 << 20);
	take_many(301, 310, 700);
	STEP();
	take(310, 25 << 20);
	take(311, 25 << 20);
	STEP();
	take_many(312, 320, 700);
	give_many(312, 320);
	STEP();
	give(311);
	take(311, 300000);
	give(311);
	give(310);
	give(300);
	STEP();
	return arg;
}

static void case_heaps(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TOP_PAD, 0);
	mallopt(M_TRIM_THRESHOLD, 1 << 16);
	take_many(0, 20, 100);
	in_thread(new_heaps);
}

static size_t any_size(uint64_t state)
{
	static const size_t most[] = { 100, 100, 300, 1000, 1000, 1800, 5000, 40000 };

	return (state >> 20) % most[state >> 50 & 7];
}

static void any(uint64_t seed, uint32_t times)
{
	uint64_t state = 88172645463325252u * (2 * seed + 1);

	for (uint32_t n = 0; n < times; n++) {
		uint32_t i;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		i = 300 + (uint32_t)(state % 150);
		if (!book->block[i].address) {
			if (state >> 61)
				take(i, any_size(state));
			else
				take_aligned(i, (size_t)16 << (state >> 55 & 7), any_size(state));
		} else if (state >> 63 && book->block[i].size < 1900) {
			resize(i, any_size(state) + 1);
		} else {
			give(i);
		}
	}
}

static uint64_t seed;

static void case_any(void)
{
	mallopt(M_TOP_PAD, 4096);
	mallopt(M_TRIM_THRESHOLD, 16384);
	mallopt(M_MMAP_THRESHOLD, 30000);
	any(seed, 600);
	STEP();
	any(seed + 1000, 100);
	STEP();
}

static void *any_thread(void *arg)
{
	any(seed, 600);
	STEP();
	any(seed + 1000, 100);
	STEP();
	return arg;
}

static void case_any_thread(void)
{
	mallopt(M_TOP_PAD, 4096);
	mallopt(M_TRIM_THRESHOLD, 16384);
	mallopt(M_MMAP_THRESHOLD, 30000);
	in_thread(any_thread);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "first", case_first },     { "split", case_split },
	{ "top", case_top },	     { "consolidate", case_consolidate },
	{ "stash", case_stash },     { "mmapped", case_mmapped },
	{ "realloc", case_realloc }, { "memalign", case_memalign },
	{ "gap", case_gap },	     { "blocked", case_blocked },
	{ "thread", case_thread },   { "heaps", case_heaps },
	{ "any", case_any },	     { "any_thread", case_any_thread },
};

int main(int argc, char **argv)
{
	char line[64];
	int n;

	if (argc < 2)
		return 2;
	for (const char *s = argc > 2 ? argv[2] : ""; *s >= '0' && *s <= '9'; s++)
		seed = 10 * seed + (uint64_t)(*s - '0');
	book->blocks = BLOCKS;
	n = snprintf(line, sizeof(line), "%lx\n", (unsigned long)(uintptr_t)book);
	if (write(1, line, (size_t)n) != n)
		return 3;
	if (strcmp(argv[1], "first") == 0)
		case_first();
	lose();
	scrub();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(cases[i].name, argv[1]) == 0) {
			cases[i].run();
			_exit(0);
		}
	return 2;
}
