/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The classes of small graphs, by valgrind's manual 4.2.10 and mc_leakcheck.c; large random ones
 * with several threads. Random small ones beside valgrind's algorithm: tests/fuzz/fuzz-reach.c. */
#include "unit.h"

#include <sys/mman.h>

#include "judge/reach.h"
#include "reach_sample.h"

static const struct reach_options plain;
static const int six[] = { 24, 24, 40, 24, 104, 24 };

static void test_nothing_points_anywhere(void **test)
{
	struct sample s;
	struct loss total[LOSS_CLASSES];

	sample_make(&s, six, 6);
	sample_judge(&s, &plain);
	sample_expect(&s, "DDDDDD");
	reach_totals(s.reach, total);
	assert_int_equal(total[LOSS_DEFINITE].bytes, 240);
	assert_int_equal(total[LOSS_DEFINITE].blocks, 6);
	assert_int_equal(total[LOSS_REACHABLE].blocks, 0);
	sample_release(&s);
}

static void test_an_empty_heap_has_no_losses(void **test)
{
	struct heap h = HEAP_NONE;
	struct roots roots = ROOTS_NONE;
	struct loss total[LOSS_CLASSES];
	struct root_holding *list;
	struct lost_set lost;
	struct reach *r;
	uint32_t n;

	assert_int_equal(heap_index(&h), 0);
	assert_int_equal(reach_judge(&h, &roots, &plain, &r), 0);
	reach_totals(r, total);
	assert_int_equal(total[LOSS_REACHABLE].blocks, 0);
	assert_int_equal(reach_lost_set(r, &lost), 0);
	assert_int_equal(lost.count, 0);
	lost_set_release(&lost);
	reach_free(r);
	reach_free(NULL);
	assert_int_equal(reach_holdings(&h, &roots, &plain, 10, &list, &n), 0);
	assert_int_equal(n, 0);
	free(list);
}

/* root -> start of 0 -> inside of 1 -> start of 2; a pointer past the end of 3 is none to 3. */
static void test_an_interior_pointer_makes_possible_what_is_below(void **test)
{
	struct sample s;

	sample_make(&s, six, 6);
	s.root[0] = s.address[0];
	s.root[1] = s.address[3] + 24;
	s.root[2] = s.address[4] + 104 - 1;
	sample_set(&s, 0, 0, s.address[1] + 16);
	sample_set(&s, 1, 2, s.address[2]);
	sample_judge(&s, &plain);
	sample_expect(&s, "RPPDPD");
	sample_release(&s);
}

/* A start pointer from a root wins over an interior one, whichever comes first. */
static void test_reachable_wins_over_possible(void **test)
{
	struct sample s;

	sample_make(&s, six, 6);
	s.root[0] = s.address[1] + 8;
	s.root[1] = s.address[0];
	sample_set(&s, 0, 0, s.address[1]);
	s.root[2] = s.address[2];
	s.root[3] = s.address[2] + 8;
	sample_judge(&s, &plain);
	sample_expect(&s, "RRRDDD");
	sample_release(&s);
}

static void test_a_list_has_one_leader(void **test)
{
	struct sample s;

	sample_make(&s, six, 6);
	for (uint32_t i = 0; i + 1 < 6; i++)
		sample_set(&s, i, 0, s.address[i + 1]);
	sample_judge(&s, &plain);
	sample_expect(&s, "DIIIII");
	assert_int_equal(sample_indirect(&s, 0).blocks, 5);
	assert_int_equal(sample_indirect(&s, 0).bytes, 216);
	assert_int_equal(sample_indirect(&s, 1).blocks, 0);
	sample_release(&s);
}

/* From its end to its begin: each leader is taken over by the next. */
static void test_a_later_leader_takes_over_an_earlier_one(void **test)
{
	struct sample s;

	sample_make(&s, six, 6);
	for (uint32_t i = 1; i < 6; i++)
		sample_set(&s, i, 1, s.address[i - 1] + 8);
	sample_judge(&s, &plain);
	sample_expect(&s, "IIIIID");
	assert_int_equal(sample_indirect(&s, 5).blocks, 5);
	assert_int_equal(sample_indirect(&s, 5).bytes, 216);
	sample_release(&s);
}

static void test_a_cycle_has_one_leader(void **test)
{
	struct sample s;

	sample_make(&s, six, 6);
	sample_set(&s, 0, 0, s.address[0]);
	for (uint32_t i = 1; i < 6; i++)
		sample_set(&s, i, 0, s.address[i == 5 ? 1 : i + 1]);
	sample_judge(&s, &plain);
	sample_expect(&s, "DDIIII");
	assert_int_equal(sample_indirect(&s, 0).blocks, 0);
	assert_int_equal(sample_indirect(&s, 1).blocks, 4);
	sample_release(&s);
}

static void test_a_free_chunk_leads_nowhere(void **test)
{
	static const int sizes[] = { 24, -24, 24, 40 };
	struct sample s;

	sample_make(&s, sizes, 4);
	s.root[0] = s.address[1];
	s.root[1] = s.address[1] + 8;
	sample_set(&s, 1, 0, s.address[0]);
	sample_judge(&s, &plain);
	sample_expect(&s, "D-DD");
	sample_release(&s);
}

/* The word behind a block is the next chunk's header and none of its own. */
static void test_a_header_is_not_scanned(void **test)
{
	struct sample s;

	sample_make(&s, six, 6);
	s.root[0] = s.address[0];
	sample_set(&s, 0, 3, s.address[1]);
	sample_judge(&s, &plain);
	sample_expect(&s, "RDDDDD");
	sample_release(&s);
}

static void test_unaligned_words_only_when_asked(void **test)
{
	struct reach_options o = { .unaligned = true };
	struct sample s;

	sample_make(&s, six, 6);
	s.root[0] = s.address[0];
	memcpy(s.copy + 13, &s.address[3], sizeof(uint64_t));
	sample_judge(&s, &plain);
	sample_expect(&s, "RDDDDD");
	sample_judge(&s, &o);
	sample_expect(&s, "RDDRDD");
	sample_release(&s);
}

/* A large root is scanned by parts: a word may stand across two of them. */
static void test_unaligned_words_of_a_large_root(void **test)
{
	const struct reach_options o = { .unaligned = true };
	const uint64_t bytes = MIB;
	uint8_t *root = calloc(1, bytes);
	struct sample s;

	assert_non_null(root);
	sample_make(&s, six, 6);
	memcpy(root + 256 * KIB - 6, &s.address[0], 8);
	memcpy(root + 512 * KIB - 5, &s.address[1], 8);
	memcpy(root + bytes - 8, &s.address[5], 8);
	assert_int_equal(roots_add(&s.roots, &(struct root_range){ .start = 0x100000,
								   .copy = root,
								   .bytes = bytes,
								   .kind = ROOT_DATA }),
			 0);
	sample_judge(&s, &o);
	sample_expect(&s, "RRDDDR");
	sample_judge(&s, &plain);
	sample_expect(&s, "DDDDDR");
	sample_release(&s);
	free(root);
}

static bool is_vtable(void *context, uint64_t address)
{
	return address == 0x10000 || address == 0x10010;
}

struct heuristic_row {
	const char *what;
	int size;
	uint32_t at;	  /* where the root points, bytes into the block */
	uint64_t word[3]; /* the block's first ones */
	uint32_t accepts; /* which heuristic, 0 for none */
};

static void test_heuristics_know_the_size_within_the_slack(void **test)
{
	static const struct heuristic_row rows[] = {
		/* 24 + 30 + 1 = 55 bytes asked for, 56 given */
		{ "a string", 56, 24, { 12, 30 }, HEURISTIC_STDSTRING },
		{ "as small as its chunk may be", 56, 24, { 7, 7 }, HEURISTIC_STDSTRING },
		{ "smaller", 56, 24, { 6, 6 }, 0 },
		{ "larger", 56, 24, { 12, 32 }, 0 },
		{ "longer than its capacity", 56, 24, { 31, 30 }, 0 },
		{ "a capacity that overflows", 56, 24, { 0, UINT64_MAX - 24 }, 0 },
		{ "elsewhere", 56, 16, { 12, 30 }, 0 },
		{ "a length", 104, 8, { 90 }, HEURISTIC_LENGTH64 },
		{ "a length of all", 104, 8, { 96 }, HEURISTIC_LENGTH64 },
		{ "a length of more", 104, 8, { 97 }, 0 },
		{ "a length that overflows", 104, 8, { UINT64_MAX - 7 }, 0 },
		{ "9 elements of 10 bytes", 104, 8, { 9 }, HEURISTIC_NEWARRAY },
		{ "2 of 48 bytes", 104, 8, { 2 }, HEURISTIC_NEWARRAY },
		{ "no elements", 104, 8, { 0 }, 0 },
		{ "66 elements of one byte", 104, 8, { 66 }, 0 },
		{ "more elements than bytes", 104, 8, { 200 }, 0 },
		{ "two vtables", 104, 16, { 0x10000, 1, 0x10010 }, HEURISTIC_MULTIPLEINHERITANCE },
		{ "the first is none", 104, 16, { 0x10008, 1, 0x10010 }, 0 },
		{ "the second is none", 104, 16, { 0x10000, 1, 0x10020 }, 0 },
		{ "not at a word", 104, 17, { 0x10000, 1, 0x10010 }, 0 },
	};
	const struct reach_options o = { .heuristics = HEURISTIC_ALL, .is_vtable = is_vtable };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct heuristic_row *row = &rows[i];
		struct scan_quality q = { 0 };
		struct sample s;

		sample_make(&s, &row->size, 1);
		for (uint32_t w = 0; w < 3; w++)
			sample_set(&s, 0, w, row->word[w]);
		s.root[0] = s.address[0] + row->at;
		sample_judge(&s, &o);
		reach_quality(s.reach, &q);
		if (reach_class(s.reach, &(struct heap_block){ .address = s.address[0] }) !=
		    (row->accepts ? LOSS_REACHABLE : LOSS_POSSIBLE))
			fail_msg("%s", row->what);
		for (uint32_t h = 0; h < HEURISTICS; h++)
			assert_int_equal(q.heuristic[h].blocks, row->accepts == 1U << h);
		/* One that is not asked for does not count; a length is an array's too. */
		sample_judge(&s, &(struct reach_options){
					 .heuristics = row->accepts == HEURISTIC_LENGTH64
							       ? HEURISTIC_STDSTRING
							       : HEURISTIC_ALL & ~row->accepts });
		sample_expect(&s, "P");
		/* A pointer to its start makes it no merit of a heuristic. */
		s.root[1] = s.address[0];
		sample_judge(&s, &o);
		reach_quality(s.reach, &q);
		for (uint32_t h = 0; h < HEURISTICS; h++)
			assert_int_equal(q.heuristic[h].blocks, 0);
		sample_release(&s);
	}
}

/* 0 was lost before; 1 was not, and leads to 2; 3 had another size then. */
static void test_what_was_not_lost_before_is_possibly_lost(void **test)
{
	uint64_t address[3], size[3] = { 24, 40, 32 };
	const struct lost_set earlier = { address, size, 3 };
	const struct reach_options o = { .earlier = &earlier };
	struct scan_quality q = { 0 };
	struct lost_set now;
	struct sample s;

	sample_make(&s, six, 4);
	address[0] = s.address[0];
	address[1] = s.address[2];
	address[2] = s.address[3];
	sample_set(&s, 1, 0, s.address[2]);
	sample_judge(&s, &o);
	sample_expect(&s, "DPPP");
	reach_quality(s.reach, &q);
	assert_int_equal(q.unconfirmed.blocks, 2);
	assert_int_equal(q.unconfirmed.bytes, 48);
	assert_int_equal(reach_lost_set(s.reach, &now), 0);
	assert_int_equal(now.count, 1);
	assert_int_equal(now.address[0], s.address[0]);
	assert_int_equal(now.size[0], 24);
	lost_set_release(&now);
	sample_release(&s);
}

static void test_the_next_block_of_a_class(void **test)
{
	struct heap_block b = { .granule = UINT64_MAX };
	enum loss_class class;
	struct sample s;

	sample_make(&s, six, 6);
	s.root[0] = s.address[1];
	s.root[1] = s.address[4] + 8;
	sample_set(&s, 2, 0, s.address[3]);
	sample_judge(&s, &plain);
	sample_expect(&s, "DRDIPD");
	assert_true(
		reach_next(s.reach, 1 << LOSS_INDIRECT | 1 << LOSS_REACHABLE, 0, 0, &b, &class));
	assert_int_equal(b.address, s.address[1]);
	assert_int_equal(class, LOSS_REACHABLE);
	assert_true(reach_next(s.reach, 1 << LOSS_INDIRECT, b.area, b.granule + 1, &b, &class));
	assert_int_equal(b.address, s.address[3]);
	assert_true(reach_next(s.reach, 1 << LOSS_POSSIBLE, b.area, b.granule, &b, &class));
	assert_int_equal(b.address, s.address[4]);
	assert_int_equal(b.size, 104);
	assert_false(reach_next(s.reach, 1 << LOSS_INDIRECT, b.area, b.granule, &b, &class));
	sample_release(&s);
}

static void test_holdings_are_of_the_first_root_that_leads_there(void **test)
{
	struct root_holding *list;
	struct sample s;
	uint32_t n;

	sample_make(&s, six, 6);
	s.root[0] = s.address[0];
	s.root[1] = s.address[4] + 8; /* inside: does not hold */
	s.root[2] = s.address[1];
	s.root[3] = s.address[4];
	sample_set(&s, 0, 0, s.address[1]);
	sample_set(&s, 4, 0, s.address[5]);
	assert_int_equal(reach_holdings(&s.heap, &s.roots, &plain, 10, &list, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(list[0].address, 0x1000 + 24);
	assert_int_equal(list[0].loss.bytes, 128);
	assert_int_equal(list[0].loss.blocks, 2);
	assert_int_equal(list[0].kind, ROOT_DATA);
	assert_int_equal(list[1].address, 0x1000);
	assert_int_equal(list[1].loss.bytes, 48);
	free(list);
	assert_int_equal(reach_holdings(&s.heap, &s.roots, &plain, 1, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].loss.bytes, 128);
	free(list);
	sample_release(&s);
}

/* One block of 64 MiB, its pages never touched but two. Those outside of the runs cannot be read:
 * a scan that touched them would die. */
static void test_pages_that_were_not_present_are_not_read(void **test)
{
	const uint64_t bytes = 64 * MIB, start = SAMPLE_START + MIB;
	struct page_run runs[] = { { start + 4096, start + 8192 },
				   { start + 32 * MIB, start + 32 * MIB + 4096 } };
	struct mapping m = { .start = start, .end = start + bytes, .run = runs, .runs = 2 };
	const struct memory_image image = { .mapping = &m, .mappings = 1 };
	struct sample s;

	sample_make(&s, six, 6);
	m.copy = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(m.copy != MAP_FAILED);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(mprotect(m.copy + (runs[i].start - start), 4096,
					  PROT_READ | PROT_WRITE),
				 0);
	memcpy(m.copy + 4096, &s.address[0], 8);
	memcpy(m.copy + 32 * MIB + 4088, &s.address[1], 8);
	assert_int_equal(heap_add_single(&s.heap, start, start + bytes, m.copy), 0);
	assert_int_equal(heap_index(&s.heap), 0);
	heap_set_runs(&s.heap, &image);
	s.root[0] = start;
	sample_judge(&s, &plain);
	sample_expect(&s, "RRDDDD");
	s.root[0] = start + bytes - 1;
	sample_judge(&s, &plain);
	sample_expect(&s, "PPDDDD");
	sample_release(&s);
	(void)munmap(m.copy, bytes);
}

#define MANY 200000

/* Every class, lists and trees of random places, long blocks of pointers. */
static void make_many(struct heap *h, uint64_t *word, uint64_t *root, uint64_t roots)
{
	static uint64_t start[MANY];
	const uint64_t granules = MANY * UINT64_C(5) + 20000;
	uint64_t at = 0, state = 88172645463325252;
	struct heap_area *a;

	assert_int_equal(heap_add_area(h, SAMPLE_START, SAMPLE_START + granules * GRANULE - 8,
				       (const uint8_t *)word, 8, 0, &a),
			 0);
	for (uint32_t i = 0; i < MANY; i++) {
		heap_mark(a, SAMPLE_START + at * GRANULE, true);
		start[i] = SAMPLE_START + at * GRANULE;
		at += i % 20000 == 7 ? 2000 : 2 + i % 5;
	}
	assert_true(at < granules);
	heap_mark(a, SAMPLE_START + at * GRANULE, false);
	assert_int_equal(heap_index(h), 0);
	for (uint64_t i = 0; i < at * 2; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		if (state % 7 == 0)
			word[i] = start[state / 16 % MANY] + (state / 64 % 32 ? 0 : 8);
	}
	for (uint64_t i = 0; i < roots; i++)
		root[i] = start[i * 61 % MANY] + (i % 3 ? 0 : 8);
}

static void test_the_result_does_not_depend_on_the_threads(void **test)
{
	uint64_t *word = calloc(MANY * UINT64_C(5) + 20000, GRANULE), root[32];
	struct heap h = HEAP_NONE;
	struct roots roots = ROOTS_NONE;
	struct reach *r[3];
	struct loss total[3][LOSS_CLASSES];
	struct heap_block b = { .granule = UINT64_MAX };

	assert_non_null(word);
	make_many(&h, word, root, ARRAY_SIZE(root));
	assert_int_equal(roots_add(&roots, &(struct root_range){ .start = 8,
								 .copy = (const uint8_t *)root,
								 .bytes = sizeof(root) }),
			 0);
	for (uint32_t i = 0; i < 3; i++) {
		const struct reach_options o = { .heuristics = HEURISTIC_ALL, .threads = 1U << i };

		assert_int_equal(reach_judge(&h, &roots, &o, &r[i]), 0);
		reach_totals(r[i], total[i]);
		assert_memory_equal(total[i], total[0], sizeof(total[0]));
	}
	for (uint32_t c = LOSS_DEFINITE; c <= LOSS_REACHABLE; c++)
		assert_true(total[0][c].blocks > 100);
	while (heap_next(&h, b.area, b.granule + 1, &b))
		for (uint32_t i = 1; i < 3; i++) {
			const struct loss x = reach_indirect(r[0], &b),
					  y = reach_indirect(r[i], &b);

			assert_int_equal(reach_class(r[i], &b), reach_class(r[0], &b));
			assert_int_equal(x.bytes, y.bytes);
			assert_int_equal(x.blocks, y.blocks);
		}
	for (uint32_t i = 0; i < 3; i++)
		reach_free(r[i]);
	heap_release(&h);
	roots_release(&roots);
	free(word);
}

/*
 * Arrays that each lead to more blocks than a stack has room for: one that a root leads to; one
 * that a root points into; one that only a lost block behind it leads to.
 */
#define FANS 3
#define FAN UINT32_C(10000)
#define FAN_BLOCK UINT64_C(32)

static void make_fans(struct heap *h, uint64_t *word)
{
	const uint64_t array_bytes = FAN * UINT64_C(8) + 16;
	const uint64_t fan = array_bytes + FAN * FAN_BLOCK;
	struct heap_area *a;

	assert_int_equal(heap_add_area(h, SAMPLE_START, SAMPLE_START + FANS * fan + FAN_BLOCK - 8,
				       (const uint8_t *)word, 8, 0, &a),
			 0);
	for (uint64_t f = 0; f < FANS; f++) {
		const uint64_t array = f * fan, first = array + array_bytes;

		heap_mark(a, SAMPLE_START + array, true);
		for (uint64_t i = 0; i < FAN; i++) {
			heap_mark(a, SAMPLE_START + first + i * FAN_BLOCK, true);
			word[array / 8 + i] = SAMPLE_START + first + i * FAN_BLOCK;
			/* Each leads to one that comes earlier. */
			word[(first + i * FAN_BLOCK) / 8] =
				SAMPLE_START + first + i / 2 * FAN_BLOCK;
		}
	}
	heap_mark(a, SAMPLE_START + FANS * fan, true);
	word[FANS * fan / 8] = SAMPLE_START + (FANS - 1) * fan;
	assert_int_equal(heap_index(h), 0);
}

static void test_more_blocks_than_a_stack_has_room_for(void **test)
{
	const uint64_t fan = FAN * UINT64_C(8) + 16 + FAN * FAN_BLOCK;
	uint64_t *word = calloc(FANS * fan + FAN_BLOCK, 1);
	uint64_t root[2] = { SAMPLE_START, SAMPLE_START + fan + 24 };
	struct heap h = HEAP_NONE;
	struct roots roots = ROOTS_NONE;
	struct root_holding *holding;
	struct heap_block last;
	uint32_t holdings;

	assert_non_null(word);
	make_fans(&h, word);
	assert_true(heap_block_at(&h, SAMPLE_START + FANS * fan, &last));
	assert_int_equal(roots_add(&roots, &(struct root_range){ .start = 8,
								 .copy = (const uint8_t *)root,
								 .bytes = sizeof(root) }),
			 0);
	for (uint32_t threads = 1; threads <= 3; threads++) {
		const struct reach_options o = { .threads = threads };
		struct loss total[LOSS_CLASSES];
		struct reach *r;

		assert_int_equal(reach_judge(&h, &roots, &o, &r), 0);
		reach_totals(r, total);
		assert_int_equal(total[LOSS_REACHABLE].blocks, FAN + 1);
		assert_int_equal(total[LOSS_POSSIBLE].blocks, FAN + 1);
		assert_int_equal(total[LOSS_DEFINITE].blocks, 1);
		assert_int_equal(total[LOSS_INDIRECT].blocks, FAN + 1);
		assert_int_equal(reach_indirect(r, &last).blocks, FAN + 1);
		assert_int_equal(reach_indirect(r, &last).bytes, total[LOSS_INDIRECT].bytes);
		reach_free(r);
	}
	assert_int_equal(reach_holdings(&h, &roots, &(struct reach_options){ 0 }, 2, &holding,
					&holdings),
			 0);
	assert_int_equal(holdings, 1);
	assert_int_equal(holding[0].loss.blocks, FAN + 1);
	free(holding);
	heap_release(&h);
	roots_release(&roots);
	free(word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_points_anywhere),
		cmocka_unit_test(test_an_empty_heap_has_no_losses),
		cmocka_unit_test(test_an_interior_pointer_makes_possible_what_is_below),
		cmocka_unit_test(test_reachable_wins_over_possible),
		cmocka_unit_test(test_a_list_has_one_leader),
		cmocka_unit_test(test_a_later_leader_takes_over_an_earlier_one),
		cmocka_unit_test(test_a_cycle_has_one_leader),
		cmocka_unit_test(test_a_free_chunk_leads_nowhere),
		cmocka_unit_test(test_a_header_is_not_scanned),
		cmocka_unit_test(test_unaligned_words_only_when_asked),
		cmocka_unit_test(test_unaligned_words_of_a_large_root),
		cmocka_unit_test(test_heuristics_know_the_size_within_the_slack),
		cmocka_unit_test(test_what_was_not_lost_before_is_possibly_lost),
		cmocka_unit_test(test_the_next_block_of_a_class),
		cmocka_unit_test(test_holdings_are_of_the_first_root_that_leads_there),
		cmocka_unit_test(test_pages_that_were_not_present_are_not_read),
		cmocka_unit_test(test_the_result_does_not_depend_on_the_threads),
		cmocka_unit_test(test_more_blocks_than_a_stack_has_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
