/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "judge/reach_mark.h"

/* The largest so far: twice the limit is kept, and cut when it is full. */
struct holdings {
	struct root_holding *list;
	uint64_t count, room, limit;
};

static int by_bytes(const void *x, const void *y)
{
	const struct root_holding *a = x, *b = y;

	if (a->loss.bytes != b->loss.bytes)
		return a->loss.bytes < b->loss.bytes ? 1 : -1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

static void cut(struct holdings *h)
{
	qsort(h->list, h->count, sizeof(*h->list), by_bytes);
	h->count = MIN(h->count, h->limit);
}

static int add(struct holdings *h, const struct root_holding *holding)
{
	if (h->count == 2 * h->limit)
		cut(h);
	if (h->count == h->room) {
		const uint64_t room = h->room ? 2 * h->room : 64;
		struct root_holding *p = reallocarray(h->list, room, sizeof(*p));

		if (!p)
			return -ENOMEM;
		h->list = p;
		h->room = room;
	}
	h->list[h->count++] = *holding;
	return 0;
}

static int flood_range(struct mark_worker *w, const struct root_range *range, struct holdings *h)
{
	const struct reach_index *x = w->marker->index;
	const uint64_t step = w->marker->options->unaligned ? 1 : IMAGE_WORD;

	for (uint64_t at = 0; at + IMAGE_WORD <= range->bytes; at += step) {
		struct root_holding holding = {
			.kind = range->kind,
			.address = range->start ? range->start + at : 0,
			.tid = range->tid,
			.mapping = range->mapping,
		};

		if (load_word(range->copy + at) - x->low >= x->span)
			continue;
		w->found = (struct loss){ 0 };
		mark_push(w, range->copy + at, IMAGE_WORD);
		mark_drain(w);
		holding.loss = w->found;
		if (holding.loss.blocks > 0 && add(h, &holding) < 0)
			return -ENOMEM;
	}
	return w->marker->error;
}

static int flood(struct reach_marker *m, const struct roots *roots, struct holdings *h)
{
	struct mark_worker *w = malloc(sizeof(*w));
	int r = marker_heuristics(m);

	if (!w)
		return -ENOMEM;
	mark_worker_init(w, m);
	for (uint32_t i = 0; i < roots->ranges && r == 0; i++)
		r = flood_range(w, &roots->range[i], h);
	mark_worker_release(w);
	free(w);
	return r;
}

int reach_holdings(const struct heap *heap, const struct roots *roots,
		   const struct reach_options *o, uint32_t limit, struct root_holding **ret,
		   uint32_t *ret_count)
{
	struct holdings h = { .limit = limit };
	struct reach_index x = { 0 };
	struct reach_marker m;
	int r = reach_index_make(&x, heap);

	if (r < 0)
		return r;
	marker_init(&m, &x, o, 1);
	m.mode = MARK_START;
	if (limit > 0)
		r = flood(&m, roots, &h);
	marker_release(&m);
	reach_index_release(&x);
	if (r < 0) {
		free(h.list);
		return r;
	}
	if (h.count > 0)
		cut(&h);
	*ret = h.list;
	*ret_count = (uint32_t)h.count;
	return 0;
}
