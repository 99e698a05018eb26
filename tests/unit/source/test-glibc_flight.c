/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heaps as they are at single instructions of malloc.c, each found by
 * tests/system/glibc/test-steps.c in running programs: whatever is in flight, no other block is
 * missing, and its memory is as it was.
 */
#include <errno.h>

#include "unit.h"

#include "glibc_sample.h"
#include "source/glibc_walk.h"
#include "source/heap_roots.h"

static const struct glibc_sample usual = {
	.arena = 1, .par = 1, .tcache = 1, .has_tcache = true, .mangled = true, .long_info = true
};

#define TOP (SAMPLE_MAIN + 0x60)
#define UNSORTED (SAMPLE_MAIN + 0x70)
#define SYSTEM_MEM (SAMPLE_MAIN + 0x888)
#define MAX_SYSTEM_MEM (SAMPLE_MAIN + 0x890)
#define N_MMAPS (SAMPLE_SBRK_BASE - 0x24)
#define MMAPPED_MEM (SAMPLE_SBRK_BASE - 0x10)
#define OTHER (SAMPLE_ARENA + 0x30) /* the arena of the other thread */

static int by_start(const void *x, const void *y)
{
	const struct mapping *a = x, *b = y;

	return (a->start > b->start) - (a->start < b->start);
}

static uint64_t word_at(const struct memory_image *m, uint64_t address)
{
	uint64_t word = 0;

	assert_true(image_word(m, address, &word));
	return word;
}

/* A chunk in use of the main arena that others follow. */
static uint64_t some_used(const struct memory_image *m)
{
	/* The tcache struct, and the first with what is free behind it. */
	(void)m;
	return SAMPLE_HEAP + 0x290 + 3 * (0x70 + 0x40 + 0x30);
}

/*
 * 0x500 bytes in the unsorted bin are split; what is behind its 0x100 is stale, if anything.
 * Linked, and then the size of the rest is in a register.
 */
static void split(struct memory_image *m, uint64_t stale, uint64_t step, bool linked)
{
	const uint64_t chunk = word_at(m, UNSORTED);

	sample_put(m, chunk + 8, 0x101);
	for (uint64_t at = chunk + 0x100; stale && at < chunk + 0x500; at += step)
		sample_put(m, at + 8, stale);
	if (linked) {
		m->thread[0].reg[IMAGE_RCX] = 0x400;
		sample_put(m, UNSORTED, chunk + 0x100);
		sample_put(m, UNSORTED + 8, chunk + 0x100);
		sample_put(m, chunk + 0x110, UNSORTED - CHUNK_HEAD);
		sample_put(m, chunk + 0x118, UNSORTED - CHUNK_HEAD);
	}
}

static void split_onto_zeros(struct memory_image *m)
{
	split(m, 0, 0, true);
}

static void split_onto_chunks(struct memory_image *m)
{
	split(m, 0x41, 0x40, true);
}

/* The stale header leads over the block behind, to the top. */
static void split_and_astray(struct memory_image *m)
{
	split(m, 0x401 + SAMPLE_USED_SIZE + 8, 0x1000, true);
}

/* Two stale headers, and then nothing. */
static void split_and_far_astray(struct memory_image *m)
{
	const uint64_t chunk = word_at(m, UNSORTED);

	split(m, 0x401, 0x1000, false);
	sample_put(m, chunk + 0x108, 0x101);
	sample_put(m, chunk + 0x208, 0x10001);
}

/* realloc() makes a block of 0x70 one of 0x30; the rest has what the program wrote. */
static void shrink(struct memory_image *m)
{
	const uint64_t chunk = some_used(m);

	sample_put(m, chunk + 8, 0x31);
	sample_put(m, chunk + 0x38, 0x5a5a5a5a5a5a5a5a);
}

static void shrink_onto_zeros(struct memory_image *m)
{
	sample_put(m, some_used(m) + 8, 0x31);
}

/* sysmalloc(): the arena has more than ever, the top is not told yet. */
static void grow(struct memory_image *m)
{
	sample_put(m, SYSTEM_MEM, 0x20000);
}

/* systrim(): the top is still what it was. */
static void trim(struct memory_image *m)
{
	sample_put(m, SYSTEM_MEM, 0x1000);
}

/* The top is moved, the head of what was cut off is not written; or the other way round. */
static void cut(struct memory_image *m)
{
	sample_put(m, TOP, word_at(m, TOP) + 0x100);
}

static void take_mapping(struct memory_image *m)
{
	sample_put(m, N_MMAPS, 3);
}

static void give_mapping(struct memory_image *m)
{
	sample_put(m, N_MMAPS, 0x1000000000000);
}

/* heap_trim(): the heap of the top is unmapped; the one before ends with a fence. */
static void heap_is_gone(struct memory_image *m)
{
	const uint64_t top = word_at(m, OTHER + 0x60), end = SAMPLE_ARENA + 0x8000;

	sample_put(m, top + 8, (end - 32 - top) | CHUNK_PREV_INUSE | CHUNK_NON_MAIN);
	sample_put(m, end - 32, end - 32 - top);
	sample_put(m, end - 24, CHUNK_FENCE);
	sample_put(m, end - 8, CHUNK_PREV_INUSE);
	sample_put(m, OTHER + 0x60, SAMPLE_ARENA + (UINT64_C(64) << 20) + 0x30);
}

/* shrink_heap(): less is mapped than it says. */
static void heap_is_less(struct memory_image *m)
{
	sample_put(m, SAMPLE_ARENA + 16, 0x9000);
}

static const struct {
	const char *what;
	void (*stop)(struct memory_image *m);
	uint32_t more; /* blocks besides those that were there */
	uint32_t lost; /* of them, in hand */
	uint32_t doubts;
} rows[] = {
	{ "split onto zeros", split_onto_zeros, 1, 0, DOUBT_ARENA_BUSY },
	{ "split onto chunks", split_onto_chunks, 1, 0, DOUBT_ARENA_BUSY },
	{ "split, astray over a block", split_and_astray, 1, 0, DOUBT_ARENA_BUSY },
	{ "split, astray twice", split_and_far_astray, 1, 0, DOUBT_ARENA_BUSY },
	{ "shrunk", shrink, 0, 1, DOUBT_WALK },
	{ "shrunk onto zeros", shrink_onto_zeros, 0, 1, DOUBT_WALK },
	{ "system_mem grew", grow, 0, 0, DOUBT_SYSTEM_MEM },
	{ "system_mem shrank", trim, 0, 0, DOUBT_SYSTEM_MEM },
	{ "cut from the top", cut, 0, 0, DOUBT_ARENA_BUSY | DOUBT_SYSTEM_MEM },
	{ "one mapping more", take_mapping, 0, 0, DOUBT_MMAPPED },
	{ "none, but bytes", give_mapping, 0, 0, DOUBT_MMAPPED },
	{ "a heap was unmapped", heap_is_gone, 0, 0, DOUBT_ARENA_BUSY },
	{ "a heap is being shrunk", heap_is_less, 0, 0, DOUBT_WALK | DOUBT_SYSTEM_MEM },
};

/* Blocks of `a` that `b` does not have with this size. */
static uint32_t missing(const struct heap *a, const struct heap *b)
{
	struct heap_block x = { 0 }, y;
	uint32_t n = 0;

	for (bool more = heap_next(a, 0, 0, &x); more;
	     more = heap_next(a, x.area, x.granule + 1, &x))
		n += !heap_block_at(b, x.address, &y) || y.address != x.address || y.size != x.size;
	return n;
}

static void test_windows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_image_ struct memory_image m;
		struct glibc_heap whole = { 0 }, g = { 0 };
		struct scan_quality q = { 0 }, q_whole = { 0 };
		int r;

		glibc_sample_make(&usual, &m);
		assert_int_equal(glibc_walk(&m, &whole, &q_whole), 0);
		rows[i].stop(&m);
		r = glibc_walk(&m, &g, &q);
		if (r < 0)
			fail_msg("%s: %s", rows[i].what, strerror(-r));
		if (missing(&whole.heap, &g.heap) != rows[i].lost ||
		    missing(&g.heap, &whole.heap) != rows[i].lost + rows[i].more ||
		    q.doubts != rows[i].doubts || !g.mp)
			fail_msg("%s: %u missing, %u more, doubts %#x", rows[i].what,
				 missing(&whole.heap, &g.heap), missing(&g.heap, &whole.heap),
				 q.doubts);
		glibc_heap_release(&whole);
		glibc_heap_release(&g);
	}
}

static bool is_in_registers(const struct roots *r, uint64_t word)
{
	bool is = false;

	for (uint32_t i = 0; i < r->ranges; i++)
		for (uint64_t at = 0; r->range[i].kind == ROOT_REGISTERS && at < r->range[i].bytes;
		     at += 8)
			is |= memcmp(r->range[i].copy + at, &word, 8) == 0;
	return is;
}

/* The chunk that malloc has in a register is no pointer to the end of the block before it. */
static void test_chunk_in_register(void **state)
{
	const uint64_t code = SAMPLE_LIBC - 0x10000;

	for (int in_libc = 0; in_libc < 2; in_libc++) {
		_cleanup_image_ struct memory_image m;
		_cleanup_roots_ struct roots r = ROOTS_NONE;
		struct glibc_heap g = { 0 };
		struct scan_quality q = { 0 };
		uint64_t chunk;

		glibc_sample_make(&usual, &m);
		chunk = some_used(&m);
		sample_map(&m, code, 0x1000, MAPPING_READ | MAPPING_EXEC, 77, "/usr/lib/libc.so.6");
		qsort(m.mapping, m.mappings, sizeof(*m.mapping), by_start);
		m.thread[0].reg[IMAGE_RIP] = in_libc ? code + 0x10 : SAMPLE_HEAP;
		m.thread[0].reg[IMAGE_RBX] = chunk + 0x70;
		m.thread[0].reg[IMAGE_RBP] = chunk + 0x70 + CHUNK_HEAD;
		assert_int_equal(glibc_walk(&m, &g, &q), 0);
		assert_int_equal(heap_roots(&m, &g, &r), 0);
		assert_int_equal(is_in_registers(&r, chunk + 0x70), !in_libc);
		assert_true(is_in_registers(&r, chunk + 0x70 + CHUNK_HEAD));
		glibc_heap_release(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_chunk_in_register),
	};

	return cmocka_run_group_tests_name("glibc_flight", tests, NULL, NULL);
}
