/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small heap for the tests of reach and loss_groups: blocks by number, words set by hand. */
#pragma once

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "judge/reach.h"

#define SAMPLE_START UINT64_C(0x555500001000)
#define SAMPLE_BLOCKS 64
#define SAMPLE_ROOTS 8

struct sample {
	struct heap heap;
	struct roots roots;
	uint64_t root[SAMPLE_ROOTS];
	uint8_t *copy;
	uint64_t address[SAMPLE_BLOCKS], size[SAMPLE_BLOCKS];
	uint32_t blocks;
	struct reach *reach;
};

/* `sizes` are usable ones, 16 k + 8 each, as glibc has them; a negative one is a free chunk. */
static inline void sample_make(struct sample *s, const int *sizes, uint32_t n)
{
	struct heap_area *a;
	uint64_t bytes = 0, at = SAMPLE_START;

	*s = (struct sample){ .heap = HEAP_NONE, .roots = ROOTS_NONE };
	for (uint32_t i = 0; i < n; i++)
		bytes += (uint64_t)abs(sizes[i]) + 8;
	s->copy = calloc(1, bytes);
	assert_non_null(s->copy);
	assert_int_equal(heap_add_area(&s->heap, at, at + bytes - 8, s->copy, 8, 0, &a), 0);
	for (uint32_t i = 0; i < n; i++) {
		heap_mark(a, at, sizes[i] > 0);
		s->address[s->blocks] = at;
		s->size[s->blocks++] = (uint64_t)abs(sizes[i]);
		at += (uint64_t)abs(sizes[i]) + 8;
	}
	assert_int_equal(heap_index(&s->heap), 0);
	assert_int_equal(roots_add(&s->roots,
				   &(struct root_range){
					   .start = 0x1000,
					   .copy = (const uint8_t *)s->root,
					   .bytes = sizeof(s->root),
					   .kind = ROOT_DATA,
				   }),
			 0);
}

static inline void sample_release(struct sample *s)
{
	reach_free(s->reach);
	heap_release(&s->heap);
	roots_release(&s->roots);
	free(s->copy);
}

static inline void sample_set(struct sample *s, uint32_t block, uint32_t word, uint64_t value)
{
	memcpy(s->copy + (s->address[block] - SAMPLE_START) + (size_t)8 * word, &value,
	       sizeof(value));
}

static inline void sample_judge(struct sample *s, const struct reach_options *o)
{
	reach_free(s->reach);
	s->reach = NULL;
	assert_int_equal(reach_judge(&s->heap, &s->roots, o, &s->reach), 0);
}

/* "DPIR-": the classes of the blocks, '-' for a free chunk. */
static inline void sample_expect(const struct sample *s, const char *expected)
{
	char got[SAMPLE_BLOCKS + 1] = "";

	for (uint32_t i = 0; i < s->blocks; i++) {
		struct heap_block b;

		got[i] = '-';
		if (heap_block_at(&s->heap, s->address[i], &b))
			got[i] = "DIPRS"[reach_class(s->reach, &b)];
	}
	assert_string_equal(got, expected);
}

static inline struct loss sample_indirect(const struct sample *s, uint32_t block)
{
	struct heap_block b;

	assert_true(heap_block_at(&s->heap, s->address[block], &b));
	return reach_indirect(s->reach, &b);
}
