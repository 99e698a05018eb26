/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who pointed to a lost block last: memory that no root leads to, searched for block starts. */
#include <errno.h>

#include "judge/loss_table.h"

struct search {
	struct loss_table *t;
	uint32_t *seen; /* by cell of the index, a bit a granule: its holder is known */
	enum last_holder holder;
	uint64_t size; /* of the holding chunk; 0: none */
	uint64_t self; /* its address: a block that points to itself has no holder */
};

/* Misra and Gries: Finding repeated elements, 1982. */
static void count_size(struct holder_size *sizes, uint64_t size)
{
	struct holder_size *empty = NULL;

	for (uint32_t i = 0; i < HOLDER_SIZES; i++) {
		if (sizes[i].count && sizes[i].size == size) {
			sizes[i].count++;
			return;
		}
		if (!sizes[i].count)
			empty = &sizes[i];
	}
	if (empty) {
		*empty = (struct holder_size){ size, 1 };
		return;
	}
	for (uint32_t i = 0; i < HOLDER_SIZES; i++)
		sizes[i].count--;
}

/* The block whose start the word is, when it is definitely or possibly lost; quick to say no. */
static bool is_lost_start(const struct reach_index *x, uint64_t word, struct reach_spot *ret)
{
	const uint32_t entry = reach_entry(x, word);

	if (!entry)
		return false;
	if (entry & ENTRY_SLOW)
		return reach_find(x, word, ret) && ret->start == word &&
		       !(ret->cell->state & STATE_HIGH(ret->granule));
	ret->cell = reach_frame_cell(x, entry, word);
	ret->granule = (uint32_t)(word / GRANULE % CELL_GRANULES);
	if (!(ret->cell->bound >> ret->granule & 1) ||
	    (ret->cell->state & STATE_HIGH(ret->granule)))
		return false;
	ret->start = word;
	ret->area = reach_area_of(x, word);
	return ret->area != NULL;
}

static int found(struct search *s, const struct reach_spot *spot)
{
	const struct reach_index *x = &s->t->reach->index;
	const struct heap_block b = {
		.area = (uint32_t)(spot->area - s->t->heap->area),
		.granule = (spot->start - spot->area->start) / GRANULE,
		.address = spot->start,
		.size = reach_size(x, spot),
	};
	struct loss_entry *e;

	s->seen[spot->cell - x->cell] |= UINT32_C(1) << spot->granule;
	e = loss_table_find(s->t, &b, reach_class(s->t->reach, &b));
	if (!e)
		return -ENOMEM;
	e->holders[s->holder]++;
	if (s->holder == HOLDER_FREED)
		count_size(e->freed, s->size);
	else if (s->holder == HOLDER_LOST)
		count_size(e->lost, s->size);
	return 0;
}

static int search_words(struct search *s, const uint8_t *copy, uint64_t bytes)
{
	const struct reach_index *x = &s->t->reach->index;
	const uint64_t low = x->low, span = x->span;

	for (uint64_t at = 0; at + IMAGE_WORD <= bytes; at += IMAGE_WORD) {
		const uint64_t word = load_word(copy + at);
		struct reach_spot spot;
		int r;

		if (word - low >= span || word % GRANULE || word == s->self ||
		    !is_lost_start(x, word, &spot) ||
		    (s->seen[spot.cell - x->cell] >> spot.granule & 1))
			continue;
		r = found(s, &spot);
		if (r < 0)
			return r;
	}
	return 0;
}

static int search_chunk(struct search *s, const struct reach_spot *spot)
{
	const struct heap_area *a = spot->area;
	uint64_t from = spot->start, end;
	struct page_run run;

	s->size = reach_size(&s->t->reach->index, spot);
	s->self = spot->start;
	for (end = from + s->size; heap_next_present(a, from, end, &run); from = run.end) {
		const int r =
			search_words(s, a->copy + (run.start - a->start), run.end - run.start);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Free chunks, or lost blocks. */
static int search_rows(struct search *s, enum last_holder holder)
{
	const struct reach_index *x = &s->t->reach->index;
	struct reach_cursor cursor = { 0 };
	struct reach_row row;

	s->holder = holder;
	while (holder == HOLDER_FREED ? reach_next_row(x, &cursor, &row)
				      : reach_next_open_row(x, &cursor, &row)) {
		uint32_t left = holder == HOLDER_FREED ? row.bound & ~reach_row_used(&row)
						       : row.bound & ~row_where(&row, true, true);

		for (; left; left &= left - 1) {
			const struct reach_spot spot =
				row_spot(&row, (uint32_t)__builtin_ctz(left));
			const int r = search_chunk(s, &spot);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int search_stacks(struct search *s, const struct roots *roots)
{
	s->holder = HOLDER_DEAD_STACK;
	s->size = s->self = 0;
	for (uint32_t i = 0; i < roots->deads; i++) {
		const int r = search_words(s, roots->dead[i].copy, roots->dead[i].bytes);

		if (r < 0)
			return r;
	}
	return 0;
}

int loss_holders(struct loss_table *t, const struct roots *roots)
{
	const uint64_t bytes = t->reach->index.cells * sizeof(uint32_t);
	struct search s = { .t = t };
	int r;

	if (bytes == 0 || t->by_key.used == 0)
		return 0;
	s.seen = lazy_alloc(bytes);
	if (!s.seen)
		return -ENOMEM;
	r = search_rows(&s, HOLDER_FREED);
	r = r ? r : search_stacks(&s, roots);
	r = r ? r : search_rows(&s, HOLDER_LOST);
	lazy_free(s.seen, bytes);
	return r;
}
