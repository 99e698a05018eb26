/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/heap.h"

#define ORIGIN UINT64_C(0x7f0000000000)
#define CHUNKS 4000

static const uint8_t no_copy[1];
static uint64_t state;

static uint64_t below(uint64_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717) % n;
}

/* What the heap should know, as a list. */
struct chunk {
	uint64_t start, size;
	bool used;
};
struct layout {
	struct heap heap;
	struct chunk chunk[CHUNKS];
	uint32_t chunks;
	uint64_t end;
};

static void add_chunks(struct layout *l, struct heap_area *a, uint64_t longest)
{
	uint64_t at = a->start + GRANULE * (below(3) ? 0 : below(600));

	while (at < a->end && l->chunks < CHUNKS) {
		const uint64_t past = at + GRANULE * (1 + below(longest));
		struct chunk *c = &l->chunk[l->chunks++];

		*c = (struct chunk){ .start = at, .used = below(3) > 0 };
		c->size = past >= a->end ? a->end - at : past - at - a->overhead;
		heap_mark(a, at, c->used);
		at = past;
	}
	/* The rest is one more, so that the last of the list ends where it should. */
	if (at < a->end) {
		heap_mark(a, at, false);
		l->chunk[l->chunks - 1].size = at - l->chunk[l->chunks - 1].start - a->overhead;
	}
}

static void make(struct layout *l)
{
	const uint32_t areas = 1 + (uint32_t)below(5);
	uint64_t at = ORIGIN + GRANULE * below(1000);

	memset(l, 0, sizeof(*l));
	for (uint32_t i = 0; i < areas; i++) {
		const uint64_t granules = 1 + below(below(2) ? 30 : 3000);
		const uint64_t end = at + GRANULE * granules - 8 * below(2);
		struct heap_area *a;

		if (below(4) == 0 && l->chunks < CHUNKS) {
			assert_int_equal(heap_add_single(&l->heap, at, end, no_copy), 0);
			l->chunk[l->chunks++] = (struct chunk){ at, end - at, true };
		} else {
			assert_int_equal(heap_add_area(&l->heap, at, end, no_copy,
						       8 * (uint32_t)below(2), i, &a),
					 0);
			add_chunks(l, a, below(3) ? 8 : 900);
		}
		at = (end + GRANULE - 1) / GRANULE * GRANULE + GRANULE * below(2) * below(900);
	}
	l->end = at;
	assert_int_equal(heap_index(&l->heap), 0);
}

static const struct chunk *naive(const struct layout *l, uint64_t address)
{
	for (uint32_t i = 0; i < l->chunks; i++)
		if (l->chunk[i].used && address - l->chunk[i].start < l->chunk[i].size)
			return &l->chunk[i];
	return NULL;
}

static void look_up_all(const struct layout *l)
{
	const uint64_t first = l->heap.low - 40;

	for (uint64_t at = first; at < l->end + 40; at += 1 + below(7)) {
		const struct chunk *c = naive(l, at);
		struct heap_block b;
		const bool found = heap_block_at(&l->heap, at, &b);

		if (found != (c != NULL) ||
		    (c && (b.address != c->start || b.size != c->size ||
			   l->heap.area[b.area].start + b.granule * GRANULE != c->start)))
			fail_msg("address %#lx of a heap at %#lx", at, l->heap.low);
	}
}

static void count_all(const struct layout *l)
{
	uint64_t used = 0, bytes = 0, all = 0;
	struct heap_block b = { .granule = UINT64_MAX };

	for (uint32_t i = 0; i < l->chunks; i++) {
		all += 1;
		used += l->chunk[i].used;
		bytes += l->chunk[i].used ? l->chunk[i].size : 0;
	}
	assert_int_equal(l->heap.used_blocks, used);
	assert_int_equal(l->heap.used_bytes, bytes);
	assert_true(l->heap.free_blocks >= all - used);
	for (uint32_t i = 0; i < l->chunks; i++) {
		if (!l->chunk[i].used)
			continue;
		assert_true(heap_next(&l->heap, b.area, b.granule + 1, &b));
		assert_int_equal(b.address, l->chunk[i].start);
		assert_int_equal(b.size, l->chunk[i].size);
	}
	assert_false(heap_next(&l->heap, b.area, b.granule + 1, &b));
}

static void test_every_address_is_looked_up_as_a_list_would(void **test)
{
	static struct layout l;

	for (state = 1; state < 200;) {
		const uint64_t seed = state;

		make(&l);
		look_up_all(&l);
		count_all(&l);
		heap_release(&l.heap);
		state = seed + 1;
	}
}

static void test_areas_may_come_in_any_order(void **test)
{
	_cleanup_heap_ struct heap h = HEAP_NONE;

	assert_int_equal(heap_add_single(&h, 0x3000, 0x4000, no_copy), 0);
	assert_int_equal(heap_add_single(&h, 0x1000, 0x2000, no_copy), 0);
	assert_int_equal(heap_index(&h), 0);
	assert_int_equal(h.low, 0x1000);
	assert_int_equal(h.high, 0x4000);
	assert_ptr_equal(heap_area_at(&h, 0x1fff), &h.area[0]);
	assert_null(heap_area_at(&h, 0x2000));
	assert_null(heap_area_at(&h, 0xfff));
	assert_ptr_equal(heap_area_at(&h, 0x3000), &h.area[1]);
}

static void test_what_no_sound_heap_has_is_refused(void **test)
{
	_cleanup_heap_ struct heap h = HEAP_NONE;
	struct heap_area *a;

	assert_int_equal(heap_add_single(&h, 0x1008, 0x2000, no_copy), -EINVAL);
	assert_int_equal(heap_add_single(&h, 0x2000, 0x2000, no_copy), -EINVAL);
	assert_int_equal(heap_add_area(&h, 0, UINT64_C(1) << 40, no_copy, 8, 0, &a), -E2BIG);
	assert_int_equal(h.areas, 0);
	assert_int_equal(heap_add_single(&h, 0x1000, 0x2000, no_copy), 0);
	assert_int_equal(heap_add_area(&h, 0x1ff0, 0x3000, no_copy, 8, 0, &a), 0);
	assert_int_equal(heap_index(&h), -EPROTO);
}

static void test_a_chunk_found_in_a_free_list_is_no_block(void **test)
{
	_cleanup_heap_ struct heap h = HEAP_NONE;
	struct heap_area *a;
	struct heap_block b;

	assert_int_equal(heap_add_area(&h, 0x1000, 0x1100, no_copy, 8, 0, &a), 0);
	heap_mark(a, 0x1000, true);
	heap_mark(a, 0x1040, true);
	heap_mark(a, 0x1048, true);
	heap_mark(a, 0x1100, true);
	heap_mark(a, 0x1000, false);
	assert_int_equal(heap_index(&h), 0);
	assert_int_equal(h.used_blocks, 1);
	assert_int_equal(h.free_blocks, 1);
	assert_int_equal(h.free_bytes, 0x40 - 8);
	assert_false(heap_block_at(&h, 0x1000, &b));
	assert_true(heap_block_at(&h, 0x10ff, &b));
	assert_int_equal(b.address, 0x1040);
	assert_int_equal(b.size, 0x1100 - 0x1040);
}

static void test_what_was_present_is_the_run_of_the_mapping(void **test)
{
	struct page_run runs[] = { { 0x1000, 0x2000 }, { 0x4000, 0x6000 } };
	struct mapping m = { .start = 0x1000, .end = 0x8000, .run = runs, .runs = 2 };
	const struct memory_image image = { .mapping = &m, .mappings = 1 };
	_cleanup_heap_ struct heap h = HEAP_NONE;
	const struct heap_area *a;
	struct page_run r;

	assert_int_equal(heap_add_single(&h, 0x1010, 0x7ff0, no_copy), 0);
	a = &h.area[0];
	assert_true(heap_next_present(a, 0x1010, 0x7ff0, &r));
	assert_int_equal(r.end, 0x7ff0);
	heap_set_runs(&h, &image);
	assert_null(a->run); /* no copy of it was taken */
	m.copy = (uint8_t *)runs;
	heap_set_runs(&h, &image);
	assert_true(heap_next_present(a, 0x1010, 0x7ff0, &r));
	assert_int_equal(r.start, 0x1010);
	assert_int_equal(r.end, 0x2000);
	assert_true(heap_next_present(a, 0x2000, 0x5010, &r));
	assert_int_equal(r.start, 0x4000);
	assert_int_equal(r.end, 0x5010);
	assert_false(heap_next_present(a, 0x2000, 0x4000, &r));
	assert_false(heap_next_present(a, 0x6000, 0x7ff0, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_address_is_looked_up_as_a_list_would),
		cmocka_unit_test(test_areas_may_come_in_any_order),
		cmocka_unit_test(test_what_no_sound_heap_has_is_refused),
		cmocka_unit_test(test_a_chunk_found_in_a_free_list_is_no_block),
		cmocka_unit_test(test_what_was_present_is_the_run_of_the_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
