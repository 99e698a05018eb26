/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/reach.h"

#include <errno.h>
#include <stdlib.h>

#include "judge/reach_mark.h"
#include "judge/reach_phases.h"

/* Of a root at a time: one worker takes it, and gives away what it finds. */
#define ROOT_BYTES (UINT64_C(256) * 1024)
/* Blocks at a time for a worker to begin from. */
#define SEEDS 256

void lost_set_release(struct lost_set *s)
{
	free(s->address);
	free(s->size);
	*s = (struct lost_set){ 0 };
}

struct root_source {
	const struct roots *roots;
	uint32_t range;
	uint64_t at;
};

static bool next_root(struct mark_worker *w, void *source)
{
	struct root_source *s = source;
	const struct root_range *range;
	uint64_t from, past;

	if (s->range == s->roots->ranges)
		return false;
	range = &s->roots->range[s->range];
	from = s->at;
	past = MIN(from + ROOT_BYTES, range->bytes);
	s->at = past;
	if (past == range->bytes) {
		s->range++;
		s->at = 0;
	} else if (w->marker->options->unaligned) {
		past += IMAGE_WORD - 1;
	}
	mark_push(w, range->copy + from, MIN(past, range->bytes) - from);
	return true;
}

/* Blocks that only a heuristic reached are counted, and reachable like others from here on. */
static void settle_heuristics(struct reach *r, const struct reach_marker *m)
{
	struct reach_cursor cursor = { 0 };
	struct reach_row row;

	while (m->kind && reach_next_open_row(&r->index, &cursor, &row)) {
		const uint64_t cell = (uint64_t)(row.cell - r->index.cell);

		for (uint32_t left = row_where(&row, true, false); left; left &= left - 1) {
			const uint32_t g = (uint32_t)__builtin_ctz(left);
			const struct reach_spot spot = row_spot(&row, g);
			const uint64_t i = cell * CELL_GRANULES + g;
			const uint32_t kinds = m->kind[i / 8] >> i % 8 * 4 & HEURISTIC_ALL;
			struct loss *loss = &r->heuristic[__builtin_ctz(kinds | 8)];

			loss->blocks++;
			loss->bytes += reach_size(&r->index, &spot);
			row.cell->state |= STATE_LOW(g);
		}
	}
}

struct hit_source {
	const struct reach_index *index;
	struct reach_cursor cursor;
};

static bool next_hits(struct mark_worker *w, void *source)
{
	struct hit_source *s = source;
	struct reach_row row;
	uint32_t n = 0;

	while (n < SEEDS && reach_next_open_row(s->index, &s->cursor, &row))
		for (uint32_t left = row_where(&row, false, true); left; left &= left - 1) {
			const struct reach_spot spot =
				row_spot(&row, (uint32_t)__builtin_ctz(left));

			mark_push_block(w, &spot);
			n++;
		}
	return n > 0;
}

/* Blocks that are lost now and were not in the scan before. */
struct fresh_source {
	const struct reach_index *index;
	const struct lost_set *earlier;
	struct reach_cursor cursor;
	uint64_t at; /* in .earlier */
	struct loss counted;
};

static bool is_fresh(struct fresh_source *s, const struct reach_spot *spot)
{
	while (s->at < s->earlier->count && s->earlier->address[s->at] < spot->start)
		s->at++;
	return s->at == s->earlier->count || s->earlier->address[s->at] != spot->start ||
	       s->earlier->size[s->at] != reach_size(s->index, spot);
}

static void count_fresh(struct fresh_source *s)
{
	struct reach_row row;

	while (reach_next_open_row(s->index, &s->cursor, &row))
		for (uint32_t left = row_where(&row, false, false); left; left &= left - 1) {
			const struct reach_spot spot =
				row_spot(&row, (uint32_t)__builtin_ctz(left));

			if (!is_fresh(s, &spot))
				continue;
			s->counted.blocks++;
			s->counted.bytes += reach_size(s->index, &spot);
		}
}

static bool next_fresh(struct mark_worker *w, void *source)
{
	struct fresh_source *s = source;
	struct reach_row row;
	uint32_t n = 0;

	while (n < SEEDS && reach_next_open_row(s->index, &s->cursor, &row))
		for (uint32_t left = row_where(&row, false, false); left; left &= left - 1) {
			const struct reach_spot spot =
				row_spot(&row, (uint32_t)__builtin_ctz(left));
			const uint64_t low = STATE_LOW(spot.granule);

			if (!is_fresh(s, &spot))
				continue;
			/* Another worker may have come to it meanwhile. */
			if (__atomic_fetch_or(&row.cell->state, low, __ATOMIC_RELAXED) & low)
				continue;
			mark_push_block(w, &spot);
			n++;
		}
	return n > 0;
}

static int confirm(struct reach *r, struct reach_marker *m)
{
	struct fresh_source s = { .index = &r->index, .earlier = m->options->earlier };

	if (!s.earlier)
		return 0;
	count_fresh(&s);
	r->unconfirmed = s.counted;
	if (s.counted.blocks == 0)
		return 0;
	s.cursor = (struct reach_cursor){ 0 };
	s.at = 0;
	return mark_run(m, MARK_ANY, next_fresh, &s);
}

static int mark(struct reach *r, const struct roots *roots, const struct reach_options *o)
{
	struct root_source from_roots = { .roots = roots };
	struct hit_source hits = { .index = &r->index };
	struct reach_marker m;
	int e;

	marker_init(&m, &r->index, o, o->threads);
	e = marker_heuristics(&m);
	e = e ? e : mark_run(&m, MARK_START, next_root, &from_roots);
	if (e == 0)
		settle_heuristics(r, &m);
	e = e ? e : mark_run(&m, MARK_ANY, next_hits, &hits);
	e = e ? e : confirm(r, &m);
	marker_release(&m);
	return e;
}

static enum loss_class class_of(uint64_t state, uint32_t granule)
{
	static const enum loss_class classes[] = { LOSS_DEFINITE, LOSS_POSSIBLE, LOSS_INDIRECT,
						   LOSS_REACHABLE };

	return classes[(state >> granule & 1) | (state >> (32 + granule) & 1) << 1];
}

static void count(struct reach *r)
{
	struct loss *reachable = &r->total[LOSS_REACHABLE];
	struct reach_cursor cursor = { 0 };
	struct reach_row row;

	*reachable = (struct loss){ r->index.heap->used_bytes, r->index.heap->used_blocks };
	while (reach_next_open_row(&r->index, &cursor, &row))
		for (uint32_t left = row.bound & ~row_where(&row, true, true); left;
		     left &= left - 1) {
			const struct reach_spot spot =
				row_spot(&row, (uint32_t)__builtin_ctz(left));
			struct loss *loss = &r->total[class_of(row.cell->state, spot.granule)];
			const uint64_t size = reach_size(&r->index, &spot);

			loss->blocks++;
			loss->bytes += size;
			reachable->blocks--;
			reachable->bytes -= size;
		}
}

int reach_judge(const struct heap *heap, const struct roots *roots, const struct reach_options *o,
		struct reach **ret)
{
	struct reach *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	e = reach_index_make(&r->index, heap);
	e = e ? e : mark(r, roots, o);
	e = e ? e : cliques_judge(&r->cliques, &r->index, o);
	if (e < 0) {
		reach_free(r);
		return e;
	}
	count(r);
	*ret = r;
	return 0;
}

void reach_free(struct reach *r)
{
	if (!r)
		return;
	reach_index_release(&r->index);
	free(r->cliques.clique);
	free(r);
}

enum loss_class reach_class(const struct reach *r, const struct heap_block *b)
{
	const struct heap_area *a = &r->index.heap->area[b->area];
	const struct reach_cell *c = reach_cell_of(&r->index, a, b->address);

	return class_of(c->state, a->bound ? b->address / GRANULE % CELL_GRANULES : 0);
}

struct loss reach_indirect(const struct reach *r, const struct heap_block *b)
{
	return cliques_of(&r->cliques, b->address);
}

void reach_totals(const struct reach *r, struct loss total[LOSS_CLASSES])
{
	memcpy(total, r->total, sizeof(r->total));
}

void reach_quality(const struct reach *r, struct scan_quality *q)
{
	q->unconfirmed = r->unconfirmed;
	memcpy(q->heuristic, r->heuristic, sizeof(q->heuristic));
}

static uint32_t row_of_classes(const struct reach_row *row, uint32_t classes)
{
	uint32_t bits = 0;

	if (classes & 1 << LOSS_DEFINITE)
		bits |= row_where(row, false, false);
	if (classes & 1 << LOSS_POSSIBLE)
		bits |= row_where(row, false, true);
	if (classes & 1 << LOSS_INDIRECT)
		bits |= row_where(row, true, false);
	if (classes & 1 << LOSS_REACHABLE)
		bits |= row_where(row, true, true) & reach_row_used(row);
	return bits;
}

bool reach_next(const struct reach *r, uint32_t classes, uint32_t area, uint64_t granule,
		struct heap_block *ret, enum loss_class *ret_class)
{
	bool (*const next)(const struct reach_index *x, struct reach_cursor *c,
			   struct reach_row *row) =
		classes & 1 << LOSS_REACHABLE ? reach_next_row : reach_next_open_row;
	const struct heap *h = r->index.heap;
	struct reach_cursor cursor = { .area = area };
	struct reach_row row;
	uint64_t from = 0;

	if (area < h->areas && granule > 0) {
		from = h->area[area].start + granule * GRANULE;
		cursor.address = from & ~((UINT64_C(1) << CELL_SHIFT) - 1);
		if (from >= h->area[area].end || !h->area[area].bound)
			cursor = (struct reach_cursor){ .area = area + 1 };
	}
	while (next(&r->index, &cursor, &row)) {
		uint32_t bits = row_of_classes(&row, classes);
		struct reach_spot spot;

		if (row.address < from)
			bits &= ~UINT32_C(0) << (from - row.address) / GRANULE;
		if (!bits)
			continue;
		spot = row_spot(&row, (uint32_t)__builtin_ctz(bits));
		ret->area = (uint32_t)(row.area - h->area);
		ret->granule = (spot.start - row.area->start) / GRANULE;
		ret->address = spot.start;
		ret->size = reach_size(&r->index, &spot);
		*ret_class = class_of(row.cell->state, spot.granule);
		return true;
	}
	return false;
}

int reach_lost_set(const struct reach *r, struct lost_set *ret)
{
	const uint32_t lost = 1 << LOSS_DEFINITE | 1 << LOSS_INDIRECT;
	const uint64_t n = r->total[LOSS_DEFINITE].blocks + r->total[LOSS_INDIRECT].blocks;
	struct lost_set s = { .address = calloc(n + 1, sizeof(*s.address)),
			      .size = calloc(n + 1, sizeof(*s.size)) };
	struct heap_block b = { .granule = UINT64_MAX };
	enum loss_class class;

	if (!s.address || !s.size) {
		lost_set_release(&s);
		return -ENOMEM;
	}
	while (s.count < n && reach_next(r, lost, b.area, b.granule + 1, &b, &class)) {
		s.address[s.count] = b.address;
		s.size[s.count++] = b.size;
	}
	*ret = s;
	return 0;
}
