/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "judge/reach_mark.h"
#include "judge/reach_phases.h"

static struct clique *find(const struct cliques *c, uint64_t start)
{
	uint64_t low = 0, high = c->count;

	while (low < high) {
		const uint64_t mid = low + (high - low) / 2;

		if (c->clique[mid].start < start)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->count && c->clique[low].start == start ? &c->clique[low] : NULL;
}

struct loss cliques_of(const struct cliques *c, uint64_t start)
{
	const struct clique *k = find(c, start);

	return k ? k->loss : (struct loss){ 0 };
}

static struct loss absorb(void *cliques, uint64_t start)
{
	struct clique *k = find(cliques, start);
	struct loss loss = { 0 };

	if (k)
		loss = TAKE(k->loss, loss);
	return loss;
}

static int add(struct cliques *c, uint64_t start, const struct loss *loss)
{
	if (c->count == c->room) {
		const uint64_t room = c->room ? 2 * c->room : 256;
		struct clique *p = reallocarray(c->clique, room, sizeof(*p));

		if (!p)
			return -ENOMEM;
		c->clique = p;
		c->room = room;
	}
	c->clique[c->count++] = (struct clique){ start, *loss };
	return 0;
}

static int lead(struct mark_worker *w, struct cliques *c, const struct reach_spot *leader)
{
	w->leader = leader->start;
	mark_push_block(w, leader);
	w->found = (struct loss){ 0 };
	mark_drain(w);
	return w->found.blocks ? add(c, leader->start, &w->found) : 0;
}

int cliques_judge(struct cliques *c, struct reach_index *x, const struct reach_options *o)
{
	struct mark_worker *w = malloc(sizeof(*w));
	struct reach_cursor cursor = { 0 };
	struct reach_marker m;
	struct reach_row row;
	int r = 0;

	if (!w)
		return -ENOMEM;
	marker_init(&m, x, o, 1);
	m.mode = MARK_CLIQUE;
	mark_worker_init(w, &m);
	w->absorb = absorb;
	w->cliques = c;
	while (r == 0 && reach_next_open_row(x, &cursor, &row)) {
		uint32_t left;

		/* A leader may lead to later blocks of its own row. */
		for (uint32_t done = 0; r == 0; done |= left & -left) {
			left = row_where(&row, false, false) & ~done;
			if (!left)
				break;
			r = lead(w, c,
				 &(struct reach_spot){ row.cell, row.area,
						       row.address + __builtin_ctz(left) * GRANULE,
						       (uint32_t)__builtin_ctz(left) });
		}
	}
	mark_worker_release(w);
	free(w);
	r = r ? r : m.error;
	marker_release(&m);
	return r;
}
