/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *   registers -> A -> B      C <-> D      E (shared)   S: a thread's stack   X: .bss
 *                            (a cycle)                 S -> F
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "unit.h"

#include "judge/regions.h"

enum { A, B, C, D, E, F, S, X, HEAP, MAPPINGS };
#define AT(i) (UINT64_C(0x100000) * ((i) + 1))

struct world {
	struct memory_image m;
	struct roots roots;
	uint64_t registers[4];
};

static uint64_t *words(struct world *w, int i)
{
	return (uint64_t *)(void *)w->m.mapping[i].copy;
}

static void begin(struct world *w)
{
	*w = (struct world){ 0 };
	w->m.mapping = calloc(MAPPINGS, sizeof(*w->m.mapping));
	assert_non_null(w->m.mapping);
	w->m.mappings = MAPPINGS;
	for (int i = 0; i < MAPPINGS; i++) {
		struct mapping *m = &w->m.mapping[i];

		*m = (struct mapping){ .start = AT(i),
				       .end = AT(i) + 4 * 4096,
				       .flags = MAPPING_READ | MAPPING_WRITE,
				       .path = strdup(i == HEAP ? "[heap]" : ""),
				       .runs = 1 };
		m->run = calloc(1, sizeof(*m->run));
		assert_non_null(m->run);
		/* The last page is not present. */
		m->run[0] = (struct page_run){ AT(i), AT(i) + 3 * 4096 };
		assert_int_equal(mapping_reserve(m), 0);
	}
	w->m.mapping[E].flags |= MAPPING_SHARED;
	words(w, A)[7] = AT(B) + 0x3fff; /* its last byte */
	words(w, C)[0] = AT(D);
	words(w, D)[0] = AT(C) + 8;
	words(w, S)[100] = AT(F);
	w->registers[2] = AT(A);
	const struct root_range ranges[] = {
		{ .copy = (const uint8_t *)w->registers,
		  .bytes = sizeof(w->registers),
		  .mapping = UINT32_MAX,
		  .kind = ROOT_REGISTERS },
		{ .start = AT(S),
		  .copy = w->m.mapping[S].copy,
		  .bytes = 4096,
		  .mapping = S,
		  .kind = ROOT_STACK },
		{ .start = AT(X),
		  .copy = w->m.mapping[X].copy,
		  .bytes = 4096,
		  .mapping = X,
		  .kind = ROOT_DATA },
		/* As heap_roots gives them when no heap is known: the regions themselves. */
		{ .start = AT(C),
		  .copy = w->m.mapping[C].copy,
		  .bytes = 3 * 4096,
		  .mapping = C,
		  .kind = ROOT_ANONYMOUS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		assert_int_equal(roots_add(&w->roots, &ranges[i]), 0);
}

static void expect(struct world *w, uint64_t pointed, uint64_t unpointed)
{
	struct loss yes, no;

	assert_int_equal(region_reachability(&w->m, &w->roots, &yes, &no), 0);
	assert_int_equal(yes.blocks, pointed);
	assert_int_equal(no.blocks, unpointed);
	assert_int_equal(yes.bytes, pointed * 3 * 4096);
	assert_int_equal(no.bytes, unpointed * 3 * 4096);
}

static void end(struct world *w)
{
	roots_release(&w->roots);
	memory_image_release(&w->m);
}

/* A, B and F are led to; C, D and the heap are not; E, S and X are no regions. */
static void test_chain_and_cycle(void **state)
{
	struct world w;

	begin(&w);
	expect(&w, 3, 3);
	/* A word of .bss leads to the cycle. */
	words(&w, X)[1] = AT(D) + 100;
	expect(&w, 5, 1);
	/* One past the end is not within. */
	words(&w, X)[2] = AT(HEAP) + 4 * 4096;
	expect(&w, 5, 1);
	words(&w, X)[2]--;
	expect(&w, 6, 0);
	end(&w);
}

/* Unaligned words and parts of one at an end are not looked at; nor is what is not present. */
static void test_edges(void **state)
{
	struct world w;

	begin(&w);
	memcpy(w.m.mapping[X].copy + 4, (const uint64_t[]){ AT(C) }, 8);
	expect(&w, 3, 3);
	w.roots.range[2].bytes = 15;
	words(&w, X)[1] = AT(C);
	memset(w.m.mapping[X].copy, 0, 8);
	expect(&w, 3, 3);
	words(&w, A)[3 * 512] = AT(C);
	expect(&w, 3, 3);
	end(&w);
}

static void test_empty(void **state)
{
	const struct memory_image m = MEMORY_IMAGE_NONE;
	const struct roots roots = ROOTS_NONE;
	struct loss yes, no;

	assert_int_equal(region_reachability(&m, &roots, &yes, &no), 0);
	assert_true(yes.blocks == 0 && no.blocks == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_and_cycle),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
