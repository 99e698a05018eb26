/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A judged heap, and its phase 3. Internal to the room. */
#pragma once

#include "judge/reach.h"
#include "judge/reach_index.h"

/* What a leader leads to. Only leaders that lead to something have one; by address. */
struct clique {
	uint64_t start;
	struct loss loss; /* zero: taken over by a later leader */
};
struct cliques {
	struct clique *clique;
	uint64_t count, room;
};

struct reach {
	struct reach_index index;
	struct cliques cliques;
	struct loss total[LOSS_CLASSES];
	struct loss heuristic[HEURISTICS];
	struct loss unconfirmed;
};

/* After phase 2: who of what is left leads to whom. One thread. -ENOMEM. */
int cliques_judge(struct cliques *c, struct reach_index *x,
		  const struct reach_options *o) _must_check_ _nonnull_all_;
/* What the leader at this address leads to. */
struct loss cliques_of(const struct cliques *c, uint64_t start) _nonnull_all_;

/* Chunks of a row by state: bits of row.bound whose halves of the state are these. A free one is as
 * if reached. */
static inline uint32_t row_where(const struct reach_row *row, bool high, bool low)
{
	const uint64_t state = __atomic_load_n(&row->cell->state, __ATOMIC_RELAXED);
	const uint32_t highs = (uint32_t)(state >> 32), lows = (uint32_t)state;

	return row->bound & (high ? highs : ~highs) & (low ? lows : ~lows);
}

static inline struct reach_spot row_spot(const struct reach_row *row, uint32_t granule)
{
	return (struct reach_spot){
		.cell = row->cell,
		.area = row->area,
		.start = row->address + granule * GRANULE,
		.granule = granule,
	};
}
