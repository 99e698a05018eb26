/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each row of the layouts on a heap that is made up from it; tests/system/test-glibc.c has real
 * ones. */
#include <errno.h>

#include "unit.h"

#include "glibc_sample.h"
#include "source/glibc_walk.h"
#include "source/heap_roots.h"

static const struct {
	const char *name;
	struct glibc_sample sample;
	const char *layout;
} rows[] = {
	{ "2.23", { .arena = 0, .par = 0 }, "2.23-2.26" },
	{ "2.26", { .arena = 0, .par = 0, .tcache = 0, .has_tcache = true }, "2.23-2.26" },
	{ "2.27", { .arena = 1, .par = 0, .tcache = 0, .has_tcache = true }, "2.27-2.42" },
	{ "2.30", { .arena = 1, .par = 0, .tcache = 1, .has_tcache = true }, "2.27-2.42" },
	{ "2.32",
	  { .arena = 1, .par = 0, .tcache = 1, .has_tcache = true, .mangled = true },
	  "2.27-2.42" },
	{ "2.35",
	  { .arena = 1,
	    .par = 1,
	    .tcache = 1,
	    .has_tcache = true,
	    .mangled = true,
	    .long_info = true },
	  "2.27-2.42" },
	{ "2.42",
	  { .arena = 1,
	    .par = 1,
	    .tcache = 2,
	    .has_tcache = true,
	    .mangled = true,
	    .long_info = true },
	  "2.27-2.42" },
	{ "2.43",
	  { .arena = 2,
	    .par = 1,
	    .tcache = 2,
	    .has_tcache = true,
	    .mangled = true,
	    .long_info = true },
	  "2.43" },
	{ "2.43, the tcache from a bin",
	  { .arena = 2,
	    .par = 1,
	    .tcache = 2,
	    .has_tcache = true,
	    .mangled = true,
	    .long_info = true,
	    .tcache_more = 32 },
	  "2.43" },
};

static void check_row(size_t i)
{
	const struct glibc_sample *s = &rows[i].sample;
	const bool has_fastbins = glibc_arena_layouts[s->arena].fastbins;
	_cleanup_image_ struct memory_image m;
	struct glibc_heap g = { 0 };
	struct scan_quality q = { 0 };
	struct heap_block b = { 0 };
	uint32_t sized = 0, single = 0;
	int r;

	glibc_sample_make(s, &m);
	r = glibc_walk(&m, &g, &q);
	if (r < 0)
		fail_msg("%s: %s", rows[i].name, strerror(-r));
	assert_string_equal(g.layout, rows[i].layout);
	assert_int_equal(g.main_arena, SAMPLE_MAIN);
	assert_int_equal(g.mp,
			 SAMPLE_SBRK_BASE + (uint64_t)(int64_t)glibc_par_layouts[s->par].start);
	for (bool more = heap_next(&g.heap, 0, 0, &b); more;
	     more = heap_next(&g.heap, b.area, b.granule + 1, &b)) {
		sized += b.size == SAMPLE_USED_SIZE;
		single += !g.heap.area[b.area].bound;
	}
	if (sized != 2 * SAMPLE_USED_EACH + 1 || g.heap.used_blocks != sized + 2)
		fail_msg("%s: %u and %lu blocks", rows[i].name, sized, g.heap.used_blocks);
	assert_int_equal(single, 2);
	assert_int_equal(q.mmapped, 2);
	assert_int_equal(q.arenas, 2);
	assert_int_equal(q.heaps, 1);
	assert_int_equal(q.tcache_chunks, s->has_tcache ? SAMPLE_FREED : 0);
	assert_int_equal(q.fastbin_chunks, has_fastbins ? SAMPLE_FREED : 0);
	assert_int_equal(q.checks, q.checks_passed);
	/* 2.23 has no tcache, and is told from 2.26 by nothing else. */
	assert_int_equal(q.doubts, s->has_tcache ? 0 : DOUBT_TCACHE);
	assert_int_equal(g.tcache_offset, s->has_tcache ? 0 - (uint64_t)SAMPLE_SLOT : 0);
	glibc_heap_release(&g);
}

static void test_layouts(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(i);
}

static const struct glibc_sample usual = {
	.arena = 1, .par = 1, .tcache = 1, .has_tcache = true, .mangled = true, .long_info = true
};

/* One word is changed; what the walk then says. */
static void test_broken(void **state)
{
	static const struct {
		const char *what;
		uint64_t address, word;
		int result;
		uint32_t doubts;
	} broken[] = {
		{ "nothing", SAMPLE_STACK, 0, 0, 0 },
		{ "the mutex is held", SAMPLE_MAIN, 1, 0, DOUBT_ARENA_BUSY },
		{ "a mapping is not counted", SAMPLE_SBRK_BASE - 0x10, 0x2000, 0, DOUBT_MMAPPED },
		{ "the ring is open", SAMPLE_ARENA + 0x30 + 0x870, 0, -ENOENT, 0 },
		{ "the top is nowhere", SAMPLE_MAIN + 0x60, 0x1000, -ENOENT, 0 },
		{ "a heap names another arena", SAMPLE_ARENA, SAMPLE_MAIN, 0, DOUBT_WALK },
		{ "system_mem is less", SAMPLE_MAIN + 0x888, 0x7ff0, 0, DOUBT_SYSTEM_MEM },
		{ "a chunk has no size", SAMPLE_ARENA + 0x8d0 + 0x70 + 8, 0, 0, DOUBT_WALK },
		{ "a chunk is longer than the heap", SAMPLE_ARENA + 0x8d0 + 0x70 + 8, 0x100001, 0,
		  DOUBT_WALK },
	};

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		_cleanup_image_ struct memory_image m;
		struct glibc_heap g = { 0 };
		struct scan_quality q = { 0 };
		int r;

		glibc_sample_make(&usual, &m);
		sample_put(&m, broken[i].address, broken[i].word);
		r = glibc_walk(&m, &g, &q);
		if (r != broken[i].result || q.doubts != broken[i].doubts)
			fail_msg("%s: %d, doubts %#x", broken[i].what, r, q.doubts);
		glibc_heap_release(&g);
	}
}

/* A list of free chunks that leads into itself ends, and its chunks are free once. */
static void test_list_cycle(void **state)
{
	_cleanup_image_ struct memory_image m;
	struct glibc_heap g = { 0 };
	struct scan_quality q = { 0 };
	uint64_t tcache, first, last;

	glibc_sample_make(&usual, &m);
	assert_true(image_word(&m, SAMPLE_FS - SAMPLE_SLOT, &tcache));
	assert_true(image_word(&m, tcache + 0x80 + 16, &first));
	assert_true(image_word(&m, first, &last));
	last ^= first >> 12;
	sample_put(&m, last, first ^ last >> 12);
	assert_int_equal(glibc_walk(&m, &g, &q), 0);
	assert_int_equal(q.tcache_chunks, 2);
	glibc_heap_release(&g);
}

/*
 * Stopped in _int_malloc() between the two heads of a free chunk that is split: what is behind it
 * is found by its note of the old size, not by the stale chunks in between.
 */
static void test_split(void **state)
{
	_cleanup_image_ struct memory_image m;
	struct glibc_heap whole = { 0 }, g = { 0 };
	struct scan_quality q = { 0 };
	uint64_t chunk;

	glibc_sample_make(&usual, &m);
	assert_int_equal(glibc_walk(&m, &whole, &q), 0);
	assert_true(image_word(&m, SAMPLE_MAIN + 0x70, &chunk));
	/* The first chunks are as they were, or mp_ would not be known. */
	sample_put(&m, chunk + 8, 0x101);
	for (uint64_t stale = chunk + 0x140; stale < chunk + 0x500; stale += 0x40)
		sample_put(&m, stale + 8, 0x41);
	assert_int_equal(glibc_walk(&m, &g, &q), 0);
	assert_int_equal(q.doubts, DOUBT_WALK);
	/* The split chunk itself counts, in use: who got it is to have it. */
	assert_int_equal(g.heap.used_blocks, whole.heap.used_blocks + 1);
	glibc_heap_release(&whole);
	glibc_heap_release(&g);
}

static void test_no_malloc(void **state)
{
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	struct glibc_heap g = { 0 };
	struct scan_quality q = { 0 };

	assert_int_equal(glibc_walk(&m, &g, &q), -ENOENT);
	sample_map(&m, SAMPLE_LIBC, 0x2000, MAPPING_READ | MAPPING_WRITE, 77, "/usr/lib/libc.so.6");
	assert_int_equal(glibc_walk(&m, &g, &q), -ENOENT);
}

/* A kernel splits a mapping where the program advised it: a chunk crosses the border. */
static void test_join(void **state)
{
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	const uint32_t rw = MAPPING_READ | MAPPING_WRITE;
	const uint8_t *p;

	sample_map(&m, 0x10000, 0x2000, rw, 0, "");
	sample_map(&m, 0x12000, 0x1000, rw, 0, "");
	sample_map(&m, 0x13000, 0x1000, rw, 5, "/file");
	sample_map(&m, 0x15000, 0x1000, rw, 0, "");
	memset(m.mapping[0].copy, 1, 0x2000);
	memset(m.mapping[1].copy, 2, 0x1000);
	memset(m.mapping[2].copy, 3, 0x1000);
	assert_int_equal(image_join(&m), 0);
	p = image_at(&m, 0x11fff, 1);
	assert_non_null(p);
	assert_true(p[0] == 1 && p[1] == 2);
	assert_ptr_equal(p + 1, m.mapping[1].copy);
	assert_int_equal(*(const uint8_t *)image_at(&m, 0x13000, 1), 3);
}

#define LOADER UINT64_C(0x7ffff8000000)

/* Does a root at the variable hold this word? */
static bool leads_to(const struct roots *r, uint64_t variable, uint64_t word)
{
	for (uint32_t i = 0; i < r->ranges; i++)
		if (r->range[i].start == variable && r->range[i].bytes == 8 &&
		    memcmp(r->range[i].copy, &word, 8) == 0)
			return true;
	return false;
}

/* The dynamic linker knows its table of what dlopen() brought by a pointer inside the block. */
static void test_found_objects(void **state)
{
	_cleanup_image_ struct memory_image m;
	_cleanup_roots_ struct roots roots = ROOTS_NONE;
	struct glibc_heap g = { 0 };
	struct scan_quality q = { 0 };
	struct heap_block b[3];

	glibc_sample_make(&usual, &m);
	sample_map(&m, LOADER, 0x1000, MAPPING_READ | MAPPING_WRITE, 78,
		   "/usr/lib/ld-linux-x86-64.so.2");
	assert_int_equal(glibc_walk(&m, &g, &q), 0);
	assert_true(heap_next(&g.heap, 0, 0, &b[0]));
	for (int i = 0; i < 2; i++)
		assert_true(heap_next(&g.heap, b[i].area, b[i].granule + 1, &b[i + 1]));
	/* The second is the one before the first; the third says of another that it is its own. */
	sample_put(&m, LOADER + 0x108, b[0].address + 0x10);
	sample_put(&m, b[0].address + 0x10, b[1].address + 0x20);
	sample_put(&m, b[0].address + 0x18, b[0].address);
	sample_put(&m, b[1].address + 0x28, b[1].address);
	sample_put(&m, LOADER + 0x110, b[2].address + 0x10);
	sample_put(&m, b[2].address + 0x18, b[0].address);
	assert_int_equal(heap_roots(&m, &g, &roots), 0);
	assert_true(leads_to(&roots, LOADER + 0x108, b[0].address));
	assert_true(leads_to(&roots, LOADER + 0x108, b[1].address));
	assert_false(leads_to(&roots, LOADER + 0x110, b[0].address));
	glibc_heap_release(&g);
}

/* Does some root hold the word at this address, which need not be a multiple of 8? */
static bool is_root(const struct roots *r, uint64_t address)
{
	for (uint32_t i = 0; i < r->ranges; i++)
		if (address >= r->range[i].start &&
		    address + 8 <= r->range[i].start + r->range[i].bytes &&
		    (address - r->range[i].start) % 8 == 0)
			return true;
	return false;
}

#define CODE (LOADER + UINT64_C(0x100000))

/* A JIT's code has pointers as operands, at any address. */
static void test_code(void **state)
{
	for (int exec = 0; exec < 2; exec++) {
		_cleanup_image_ struct memory_image m;
		_cleanup_roots_ struct roots roots = ROOTS_NONE;
		struct glibc_heap g = { 0 };
		struct scan_quality q = { 0 };

		glibc_sample_make(&usual, &m);
		sample_map(&m, CODE, 0x1000,
			   MAPPING_READ | MAPPING_WRITE | (exec ? MAPPING_EXEC : 0), 0, "");
		assert_int_equal(glibc_walk(&m, &g, &q), 0);
		assert_int_equal(heap_roots(&m, &g, &roots), 0);
		for (uint64_t at = 0; at + 8 <= 0x1000; at++)
			assert_true(is_root(&roots, CODE + at) == (exec || at % 8 == 0));
		glibc_heap_release(&g);
	}
}

static int by_start(const void *x, const void *y)
{
	const struct mapping *a = x, *b = y;

	return (a->start > b->start) - (a->start < b->start);
}

/* dlmopen() brings a second libc with a heap of its own, mostly below the first. */
static void test_two_libcs(void **state)
{
	_cleanup_image_ struct memory_image m;
	const uint64_t libc = SAMPLE_LIBC - 0x10000, top = SAMPLE_LIBC - 0x8000;
	const uint32_t rw = MAPPING_READ | MAPPING_WRITE;
	struct glibc_heap g = { 0 };
	struct scan_quality q = { 0 };

	glibc_sample_make(&usual, &m);
	sample_map(&m, libc, 0x2000, rw, 77, "/usr/lib/libc.so.6");
	sample_map(&m, top, 0x1000, rw, 0, "");
	qsort(m.mapping, m.mappings, sizeof(*m.mapping), by_start);
	sample_arena(&m, &usual, libc + 0x400, libc + 0x400, top, 0x1000);
	sample_put(&m, top + 8, 0x1000 | CHUNK_PREV_INUSE);
	assert_int_equal(glibc_walk(&m, &g, &q), 0);
	assert_int_equal(g.main_arena, SAMPLE_MAIN);
	assert_int_equal(q.doubts, 0);
	glibc_heap_release(&g);
}

/* Below the thread that is there, as mmap() places stacks. */
#define VANISHED_FS (SAMPLE_TLS + 0x1740)

/*
 * What fork() leaves of a thread: in its arena its tcache, with two chunks. It has more lists than
 * that of the live thread. Returns the struct.
 */
static uint64_t put_vanished(struct memory_image *m, bool has_tcb)
{
	const uint64_t arena = SAMPLE_ARENA + 0x30, flags = CHUNK_PREV_INUSE | CHUNK_NON_MAIN;
	const uint64_t size = glibc_tcache_layouts[1].chunk_size;
	const uint64_t old = ((arena + 0x898 + 15) & ~UINT64_C(15)) + 0x70 + CHUNK_HEAD;
	uint64_t top, head, last;

	assert_true(image_word(m, arena + 0x60, &top) && image_word(m, top + 8, &head));
	last = top + size;
	sample_put(m, top + 8, size | flags);
	sample_put(m, last + 8, 0x40 | flags);
	sample_put(m, last + 0x40 + 8, head - size - 0x40);
	sample_put(m, arena + 0x60, last + 0x40);
	sample_put(m, top + CHUNK_HEAD + 0x80 + 8 * 5, old);
	sample_put(m, old, old >> 12);
	sample_put(m, old + 8, SAMPLE_KEY);
	sample_put(m, top + CHUNK_HEAD + 0x80 + 8 * 2, last + CHUNK_HEAD);
	sample_put(m, last + CHUNK_HEAD, (last + CHUNK_HEAD) >> 12);
	sample_put(m, last + CHUNK_HEAD + 8, SAMPLE_KEY);
	if (has_tcb) {
		sample_put(m, VANISHED_FS, VANISHED_FS);
		sample_put(m, VANISHED_FS + 16, VANISHED_FS);
		sample_put(m, VANISHED_FS - SAMPLE_SLOT, top + CHUNK_HEAD);
	}
	return top + CHUNK_HEAD;
}

/* In the child of fork() a thread's tcache stays where no thread has it any more. */
static void test_vanished(void **state)
{
	static const struct {
		const char *what;
		bool live_has_slot, has_tcb;
		uint64_t cached;
		int more_blocks; /* than before */
	} row[] = {
		{ "both", true, true, SAMPLE_FREED + 2, -1 },
		/* Its struct and chunks are then blocks. */
		{ "the one that forked never had a tcache", false, true, 2, -1 + 1 + SAMPLE_FREED },
		{ "no TCB leads to it", true, false, SAMPLE_FREED, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		_cleanup_image_ struct memory_image m;
		struct glibc_heap whole = { 0 }, g = { 0 };
		struct scan_quality q = { 0 }, q_whole = { 0 };
		struct heap_block b;
		uint64_t tcache;

		glibc_sample_make(&usual, &m);
		assert_int_equal(glibc_walk(&m, &whole, &q_whole), 0);
		tcache = put_vanished(&m, row[i].has_tcb);
		if (!row[i].live_has_slot)
			sample_put(&m, SAMPLE_FS - SAMPLE_SLOT, 0);
		assert_int_equal(glibc_walk(&m, &g, &q), 0);
		if (q.tcache_chunks != row[i].cached || q.doubts)
			fail_msg("%s: %lu chunks, doubts %#x", row[i].what, q.tcache_chunks,
				 q.doubts);
		assert_int_equal(g.tcache_offset, 0 - (uint64_t)SAMPLE_SLOT);
		if (g.heap.used_blocks != whole.heap.used_blocks + (uint64_t)row[i].more_blocks)
			fail_msg("%s: %lu blocks, without it %lu", row[i].what, g.heap.used_blocks,
				 whole.heap.used_blocks);
		/* What the TCB leads to is the allocator's own. */
		assert_int_equal(heap_block_at(&g.heap, tcache, &b), !row[i].has_tcb);
		glibc_heap_release(&whole);
		glibc_heap_release(&g);
	}
}

/*
 * A program of glibc before its first malloc: the arena as malloc.c has it, a constant of libc, or
 * as ptmalloc_init() leaves it. The mappings that there are: what is below, libc, TLS, stack.
 */
static void make_idle(struct memory_image *m, uint32_t row, bool initialised)
{
	const struct glibc_arena_layout *l = &glibc_arena_layouts[row];
	const uint32_t rw = MAPPING_READ | MAPPING_WRITE;

	*m = MEMORY_IMAGE_NONE;
	sample_map(m, SAMPLE_HEAP, 0x2000, rw, 78, "/usr/bin/true");
	sample_map(m, SAMPLE_LIBC, 0x2000, rw, 77, "/usr/lib/libc.so.6");
	sample_map(m, SAMPLE_TLS, 0x3000, rw, 0, "");
	sample_map(m, SAMPLE_STACK, 0x21000, rw, 0, "[stack]");
	m->thread = calloc(1, sizeof(*m->thread));
	assert_non_null(m->thread);
	m->threads = 1;
	m->thread[0].tid = m->pid = 4711;
	m->thread[0].reg[IMAGE_FS_BASE] = SAMPLE_FS;
	m->thread[0].reg[IMAGE_RSP] = SAMPLE_STACK + 0x20000;
	sample_put(m, SAMPLE_MAIN + l->next, SAMPLE_MAIN);
	sample_put(m, SAMPLE_MAIN + l->next + 16, 1);
	if (!initialised)
		return;
	sample_put(m, SAMPLE_MAIN + l->top, SAMPLE_MAIN + l->bins - CHUNK_HEAD);
	for (uint32_t i = 0; i < 2 * GLIBC_BINS; i++)
		sample_put(m, SAMPLE_MAIN + l->bins + 8 * i,
			   SAMPLE_MAIN + l->bins + 16 * (i / 2) - CHUNK_HEAD);
}

static void test_idle(void **state)
{
	for (uint32_t i = 0; i < 2 * ARRAY_SIZE(glibc_arena_layouts); i++) {
		_cleanup_image_ struct memory_image m;
		struct glibc_heap g = { 0 };
		struct scan_quality q = { 0 };
		struct heap_block b;

		make_idle(&m, i / 2, i % 2);
		if (glibc_walk(&m, &g, &q) != 0)
			fail_msg("%s, %u", glibc_arena_layouts[i / 2].name, i % 2);
		assert_true(g.is_idle);
		assert_int_equal(g.main_arena, SAMPLE_MAIN);
		assert_string_equal(g.layout, glibc_arena_layouts[i / 2].name);
		assert_int_equal(g.heap.used_blocks + g.heap.free_blocks, 0);
		assert_false(heap_next(&g.heap, 0, 0, &b));
		assert_int_equal(q.doubts, 0);
		assert_int_equal(q.arenas, 1);
		glibc_heap_release(&g);
	}
}

/* What speaks against it: the blocks may be elsewhere, so they are not known. */
static void test_not_idle(void **state)
{
	static const struct {
		const char *what;
		uint64_t address, word;	  /* changed */
		uint64_t mapping, length; /* added, with this path */
		const char *path;
		uint64_t inode;
	} row[] = {
		{ "another arena", SAMPLE_MAIN + 0x870, SAMPLE_ARENA + 0x30, 0, 0, NULL },
		{ "memory from the system", SAMPLE_MAIN + 0x888, 0x21000, 0, 0, NULL },
		{ "attached to nothing", SAMPLE_MAIN + 0x880, 0, 0, 0, NULL },
		{ "one bin is written", SAMPLE_MAIN + 0x170, 0x1000, 0, 0, NULL },
		{ "a fastbin", SAMPLE_MAIN + 0x18, SAMPLE_HEAP, 0, 0, NULL },
		{ "somebody uses brk", SAMPLE_STACK, 0, SAMPLE_ARENA, 0x1000, "[heap]" },
		{ "an mmapped chunk, or another's heap", SAMPLE_STACK, 0, SAMPLE_ARENA, 0x21000,
		  "" },
		{ "one in huge pages", SAMPLE_STACK, 0, SAMPLE_ARENA, 0x200000,
		  "/anon_hugepage (deleted)", 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		_cleanup_image_ struct memory_image m;
		struct glibc_heap g = { 0 };
		struct scan_quality q = { 0 };
		int r;

		make_idle(&m, 1, false);
		sample_put(&m, row[i].address, row[i].word);
		if (row[i].path) {
			sample_map(&m, row[i].mapping, row[i].length, MAPPING_READ | MAPPING_WRITE,
				   row[i].inode, row[i].path);
			qsort(m.mapping, m.mappings, sizeof(*m.mapping), by_start);
		}
		r = glibc_walk(&m, &g, &q);
		if (r != -ENOENT)
			fail_msg("%s: %d", row[i].what, r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),	      cmocka_unit_test(test_broken),
		cmocka_unit_test(test_list_cycle),    cmocka_unit_test(test_split),
		cmocka_unit_test(test_no_malloc),     cmocka_unit_test(test_join),
		cmocka_unit_test(test_found_objects), cmocka_unit_test(test_code),
		cmocka_unit_test(test_two_libcs),     cmocka_unit_test(test_vanished),
		cmocka_unit_test(test_idle),	      cmocka_unit_test(test_not_idle),
	};

	return cmocka_run_group_tests_name("glibc_walk", tests, NULL, NULL);
}
