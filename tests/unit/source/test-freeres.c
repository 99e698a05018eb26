/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "source/freeres.h"

/* libc's data, libstdc++'s, a heap of four blocks of 256 bytes, a file with vtables. */
#define DATA UINT64_C(0x10000)
#define CXX UINT64_C(0x20000)
#define CXX_BSS (CXX + IMAGE_PAGE)
#define HEAP UINT64_C(0x30000)
#define TABLES UINT64_C(0x40000)
#define BLOCK UINT64_C(256)
#define BLOCKS 4

struct world {
	struct mapping mapping[5];
	struct page_run run[5];
	_Alignas(8) uint8_t page[5][IMAGE_PAGE];
	struct memory_image image;
	struct glibc_heap glibc;
};

static void put(struct world *w, uint64_t address, uint64_t word)
{
	for (uint32_t i = 0; i < w->image.mappings; i++)
		if (address >= w->mapping[i].start && address < w->mapping[i].end)
			memcpy(&w->page[i][address - w->mapping[i].start], &word, sizeof(word));
}

static uint64_t block(uint32_t i)
{
	return HEAP + 16 + i * (BLOCK + 16);
}

/* A stream as it stands after the program wrote to it. */
static void put_stream(struct world *w, uint64_t at, uint64_t flags, uint64_t buffer, uint64_t next)
{
	put(w, at, UINT64_C(0xfbad0000) | flags);
	put(w, at + 0x38, buffer);
	put(w, at + 0x68, next);
	put(w, at + 0xd8, TABLES + 8);
}

static struct world *world_new(void)
{
	static char libc[] = "/lib/libc.so.6", cxx[] = "/lib/libstdc++.so.6.0.30", none[] = "";
	static const uint64_t starts[] = { DATA, CXX, CXX_BSS, HEAP, TABLES };
	char *const paths[] = { libc, cxx, none, none, libc };
	struct world *w = calloc(1, sizeof(*w));
	struct heap_area *a;

	assert_non_null(w);
	for (uint32_t i = 0; i < ARRAY_SIZE(starts); i++) {
		w->run[i] = (struct page_run){ starts[i], starts[i] + IMAGE_PAGE };
		w->mapping[i] = (struct mapping){ .start = starts[i],
						  .end = starts[i] + IMAGE_PAGE,
						  .inode = *paths[i] ? 7 : 0,
						  .flags = MAPPING_READ | MAPPING_WRITE,
						  .path = paths[i],
						  .copy = w->page[i],
						  .run = &w->run[i],
						  .runs = 1 };
	}
	w->image = (struct memory_image){ .mapping = w->mapping, .mappings = ARRAY_SIZE(starts) };
	w->glibc.main_arena = DATA + 0x800;
	assert_int_equal(heap_add_area(&w->glibc.heap, block(0), block(BLOCKS) - 16,
				       &w->page[3][16], 16, 0, &a),
			 0);
	for (uint32_t i = 0; i < BLOCKS; i++)
		heap_mark(a, block(i), true);
	assert_int_equal(heap_index(&w->glibc.heap), 0);
	assert_int_equal(w->glibc.heap.used_blocks, BLOCKS);
	return w;
}

/* Which blocks are in use still, a digit each. */
static void check_used(struct world *w, const char *expected)
{
	char used[BLOCKS + 1] = "";
	struct heap_block b;
	uint64_t n = 0;

	freeres(&w->image, &w->glibc);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		used[i] = heap_block_at(&w->glibc.heap, block(i), &b) ? '1' : '0';
		n += used[i] == '1';
	}
	assert_string_equal(used, expected);
	assert_int_equal(w->glibc.heap.used_blocks, n);
	assert_int_equal(w->glibc.heap.used_bytes, n * BLOCK);
	assert_int_equal(w->glibc.heap.free_blocks, BLOCKS - n);
	heap_release(&w->glibc.heap);
	free(w);
}

static void test_streams(void **state)
{
	struct world *w = world_new();

	/* _IO_list_all, a stream in the heap, one in libc's data whose buffer exit() put aside. */
	put(w, DATA, block(0));
	put_stream(w, block(0), 0, block(1), DATA + 0x100);
	put_stream(w, DATA + 0x100, 1, DATA + 0x183, 0);
	put(w, DATA + 0x100 + 0xb0, block(2));
	check_used(w, "1001");
}

static void test_what_is_the_programs(void **state)
{
	struct world *w = world_new();

	/* A buffer of setvbuf(); the middle of a block; a list that leads back into itself. */
	put(w, DATA, DATA + 0x100);
	put_stream(w, DATA + 0x100, 1, block(1), DATA + 0x200);
	put_stream(w, DATA + 0x200, 0, block(2) + 16, DATA + 0x100);
	check_used(w, "1111");
}

/* Streams in recycled blocks: where exit() keeps a buffer stands what fopen() found there. */
static void test_what_was_never_put_aside(void **state)
{
	struct world *w = world_new();

	put(w, DATA, block(0));
	put_stream(w, block(0), 0, 0, block(1));
	put(w, block(0) + 0xb0, block(2));
	put_stream(w, block(1), 1, DATA + 0x400, 0);
	put(w, block(1) + 0xb0, block(3));
	check_used(w, "1111");
}

static void test_what_is_no_stream(void **state)
{
	struct world *w = world_new();

	/* No vtable of a file; an address that is not there; an odd one. */
	put(w, DATA, DATA + 0x100);
	put_stream(w, DATA + 0x100, 0, block(1), 0);
	put(w, DATA + 0x100 + 0xd8, HEAP);
	put(w, DATA + 8, UINT64_MAX - 7);
	put_stream(w, block(2), 0, block(3), 0);
	put(w, DATA + 16, block(2) + 1);
	check_used(w, "1111");
}

static void put_pool(struct world *w, uint64_t at, uint64_t first, uint64_t arena, uint64_t size)
{
	put(w, at, first);
	put(w, at + 8, arena);
	put(w, at + 16, size);
	put(w, arena, size);
	put(w, arena + 8, 0);
}

static void test_pool(void **state)
{
	struct world *w = world_new();

	put_pool(w, CXX + 0x40, block(3), block(3), BLOCK - 8);
	check_used(w, "1110");
	w = world_new();
	put_pool(w, CXX_BSS + 0x40, block(3), block(3), BLOCK);
	check_used(w, "1110");
}

static void test_what_is_no_pool(void **state)
{
	struct world *w = world_new();

	/* In use by an exception; much smaller than the block; elsewhere than in libstdc++. */
	put_pool(w, CXX + 0x40, block(3) + 64, block(3), BLOCK);
	put_pool(w, CXX + 0x80, block(2), block(2), BLOCK / 2);
	put_pool(w, DATA + 0x80, block(1), block(1), BLOCK);
	check_used(w, "1111");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_what_is_the_programs),
		cmocka_unit_test(test_what_was_never_put_aside),
		cmocka_unit_test(test_what_is_no_stream),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_what_is_no_pool),
	};

	return cmocka_run_group_tests_name("freeres", tests, NULL, NULL);
}
