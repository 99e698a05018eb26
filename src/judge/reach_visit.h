/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one word does in each mode of marking. Inlined into the loops of reach_mark.c, where mode
 * and `shared` (several threads) are constants. Internal to it.
 */
#pragma once

#include "judge/reach_heuristics.h"
#include "judge/reach_mark.h"

#define _inlined_ __attribute__((always_inline)) inline

/* The last one returned by vtable_known; slow answers of the caller's, and not made for threads. */
static bool vtable_known(void *context, uint64_t address)
{
	struct mark_worker *w = context;
	const struct reach_options *o = w->marker->options;
	const uint64_t slot = address / 8 % MARK_VTABLES;

	if (w->vtables[slot].address != address) {
		(void)pthread_mutex_lock(&w->marker->vtable_lock);
		w->vtables[slot].is = o->is_vtable(o->context, address);
		(void)pthread_mutex_unlock(&w->marker->vtable_lock);
		w->vtables[slot].address = address;
	}
	return w->vtables[slot].is;
}

static uint64_t size_known(struct mark_worker *w, const struct reach_spot *s)
{
	const uint64_t slot = s->start / GRANULE % MARK_SIZES;
	uint64_t size;

	if (w->sizes[slot].start == s->start)
		return w->sizes[slot].size;
	size = reach_size(w->marker->index, s);
	if (size > 2 * IMAGE_PAGE) {
		w->sizes[slot].start = s->start;
		w->sizes[slot].size = size;
	}
	return size;
}

/* Adds bits unless the block is reached already; true when they were added. */
static bool advance(const struct reach_spot *s, uint64_t add, uint64_t unless)
{
	uint64_t old = __atomic_load_n(&s->cell->state, __ATOMIC_RELAXED);

	do {
		if (old & unless)
			return false;
	} while (!__atomic_compare_exchange_n(&s->cell->state, &old,
					      (old & ~STATE_BOTH(s->granule)) | add, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

static void remember_kind(struct mark_worker *w, const struct reach_spot *s,
			  enum leak_heuristic kind)
{
	const uint64_t cell = (uint64_t)(s->cell - w->marker->index->cell);
	const uint64_t i = cell * CELL_GRANULES + s->granule;

	(void)__atomic_fetch_or(&w->marker->kind[i / 8], (uint32_t)kind << i % 8 * 4,
				__ATOMIC_RELAXED);
}

static enum leak_heuristic accepted(struct mark_worker *w, const struct reach_spot *s,
				    uint64_t word)
{
	const struct reach_options *o = w->marker->options;
	const struct heuristic_case c = {
		.pointer = word,
		.start = s->start,
		.size = size_known(w, s),
		.copy = s->area->copy + (s->start - s->area->start),
		.slack = s->area->bound ? HEURISTIC_SLACK : HEURISTIC_SLACK_SINGLE,
		.is_vtable = o->is_vtable ? vtable_known : NULL,
		.context = w,
	};

	return heuristic_accepts(&c, o->heuristics);
}

/* MARK_START: an interior pointer. Reaches the block if a heuristic accepts it. */
static void visit_inside_start(struct mark_worker *w, const struct reach_spot *s, uint64_t word)
{
	const uint64_t low = STATE_LOW(s->granule), high = STATE_HIGH(s->granule);
	const enum leak_heuristic kind =
		w->marker->kind ? accepted(w, s, word) : (enum leak_heuristic)0;

	if (!kind) {
		(void)advance(s, low, low | high);
		return;
	}
	/* Before the state: who finds it reached by a heuristic alone must find the kind too. */
	remember_kind(w, s, kind);
	if (advance(s, high, high))
		mark_push_block(w, s);
}

/* The block is to be scanned. */
static _inlined_ void visit_block(struct mark_worker *w, enum mark_mode mode, bool shared,
				  const struct reach_spot *s)
{
	const uint64_t low = STATE_LOW(s->granule), high = STATE_HIGH(s->granule);
	const uint64_t state = __atomic_load_n(&s->cell->state, __ATOMIC_RELAXED);
	const uint64_t add = mode == MARK_START ? low | high : mode == MARK_ANY ? low : high;
	const uint64_t unless = mode == MARK_START ? high : mode == MARK_ANY ? low : low | high;
	uint64_t old = state;

	if ((state & add) == add || (mode == MARK_CLIQUE && (state & unless)))
		return;
	if (mode == MARK_CLIQUE && s->start == w->leader)
		return;
	if (shared)
		old = __atomic_fetch_or(&s->cell->state, add, __ATOMIC_RELAXED);
	else
		s->cell->state = state | add;
	if (old & unless)
		return;
	if (mode == MARK_CLIQUE && s->start < w->leader) {
		const struct loss more = w->absorb(w->cliques, s->start);

		w->found.bytes += more.bytes;
		w->found.blocks += more.blocks;
	}
	mark_push_block(w, s);
}

/* Nothing that an interior pointer could change. */
static _inlined_ bool is_settled(const struct mark_worker *w, enum mark_mode mode,
				 const struct reach_spot *s)
{
	const uint64_t state = __atomic_load_n(&s->cell->state, __ATOMIC_RELAXED);
	const uint64_t low = STATE_LOW(s->granule), both = STATE_BOTH(s->granule);

	if (mode == MARK_START && w->marker->kind)
		return (state & both) == both;
	if (mode == MARK_ANY)
		return state & low;
	return state & both;
}

static _inlined_ void visit_inside(struct mark_worker *w, enum mark_mode mode, bool shared,
				   const struct reach_spot *s, uint64_t word)
{
	if (is_settled(w, mode, s) || !reach_is_inside(w->marker->index, s->area, word))
		return;
	if (mode == MARK_START)
		visit_inside_start(w, s, word);
	else
		visit_block(w, mode, shared, s);
}

static _inlined_ void visit_slow(struct mark_worker *w, enum mark_mode mode, bool shared,
				 uint64_t word)
{
	struct reach_spot s;

	if (!reach_locate(w->marker->index, word, &s))
		return;
	if (word == s.start)
		visit_block(w, mode, shared, &s);
	else
		visit_inside(w, mode, shared, &s, word);
}

/* The word's cell is in the cache by now. */
static _inlined_ void visit(struct mark_worker *w, enum mark_mode mode, bool shared, uint64_t word,
			    uint32_t entry)
{
	const struct reach_index *x = w->marker->index;
	struct reach_spot s;
	uint32_t below;

	if (entry & ENTRY_SLOW) {
		visit_slow(w, mode, shared, word);
		return;
	}
	s.cell = reach_frame_cell(x, entry, word);
	s.granule = (uint32_t)(word / GRANULE % CELL_GRANULES);
	below = s.cell->bound & (~UINT32_C(0) >> (CELL_GRANULES - 1 - s.granule));
	if (!below) {
		visit_slow(w, mode, shared, word);
		return;
	}
	s.granule = CELL_GRANULES - 1 - (uint32_t)__builtin_clz(below);
	s.start = (word & ~((UINT64_C(1) << CELL_SHIFT) - 1)) + s.granule * GRANULE;
	s.area = x->frame[entry].area;
	/* A bound of another area below the word does not make the word part of its block. */
	if (!s.area || word >= s.area->end) {
		s.area = reach_area_of(x, word);
		if (!s.area || s.start < s.area->start)
			return;
	}
	if (word == s.start)
		visit_block(w, mode, shared, &s);
	else
		visit_inside(w, mode, shared, &s, word);
}
