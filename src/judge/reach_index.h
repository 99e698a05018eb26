/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a word to the block it may point to, in a few instructions: the marking of judge/reach.h
 * asks for every word of the heap. A table by address, 1 MiB a window, leads to cells; a cell has
 * all that marking needs of 512 bytes of heap (where blocks begin, how they were reached, which are
 * to be scanned), so that one cache line answers. 16 bytes each: 3.1 % of the heap.
 *
 * Internal to the room.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/macro.h"
#include "model/heap.h"

#define CELL_GRANULES 32
#define CELL_SHIFT 9
#define WINDOW_SHIFT 20
#define WINDOW_CELLS (1U << (WINDOW_SHIFT - CELL_SHIFT))
#define PAGE_CELLS (1U << (12 - CELL_SHIFT))
#define LEAF_SHIFT 34 /* a leaf of the table: 16384 windows, 16 GiB */
#define LEAF_WINDOWS (1U << (LEAF_SHIFT - WINDOW_SHIFT))

/*
 * Bit i of each half of `state` belongs to the block that begins at granule i. A free chunk counts
 * as reached from the start: then nothing that leads to it matters.
 *
 *             high low
 * marking      0    0   not reached
 *              0    1   only its inside is pointed to so far
 *              1    0   reached, but only by a heuristic so far
 *              1    1   reached
 * afterwards   0    0   definitely lost: a leader
 *              0    1   possibly lost
 *              1    0   indirectly lost
 *              1    1   still reachable
 *
 * In each phase a state only ever grows, so the order in which threads come does not matter.
 */
struct reach_cell {
	uint32_t bound;
	uint32_t pending; /* of bound: reached, to be scanned. 0 but for the time of marking */
	uint64_t state;
};
#define STATE_LOW(g) (UINT64_C(1) << (g))
#define STATE_HIGH(g) (UINT64_C(1) << (32 + (g)))
#define STATE_BOTH(g) (STATE_LOW(g) | STATE_HIGH(g))

/* An entry of a leaf: a frame of cells, 0 for none; the flag when a single area is in the window,
 * so that the cells do not tell all. */
#define ENTRY_SLOW (UINT32_C(1) << 31)
#define ENTRY_FRAME (ENTRY_SLOW - 1)

struct reach_frame {
	uint64_t address;	      /* of its window */
	const struct heap_area *area; /* NULL: chunks of several areas */
};

struct reach_index {
	const struct heap *heap;
	uint64_t low, span;  /* of the heap: a word w is looked up when w - low < span */
	uint64_t first_leaf; /* low >> LEAF_SHIFT */
	uint32_t **leaf;
	uint64_t leaves;
	struct reach_cell *cell; /* frames of WINDOW_CELLS; the first is empty. Then one an area,
				    for what is a single */
	uint64_t first_single;	 /* the first of those */
	uint64_t cells;		 /* a multiple of PAGE_CELLS */
	struct reach_frame *frame;
	uint64_t frames;
};

/* A block in use, and where its state is. */
struct reach_spot {
	struct reach_cell *cell;
	const struct heap_area *area;
	uint64_t start;
	uint32_t granule; /* in the cell */
};

/* -ENOMEM. reach_index_release accepts what is all zero. */
int reach_index_make(struct reach_index *x, const struct heap *h) _must_check_ _nonnull_all_;
void reach_index_release(struct reach_index *x) _nonnull_all_;

/* Memory that costs nothing until it is written; NULL when there is none. For lazy_free. */
void *lazy_alloc(uint64_t bytes) _must_check_;
void lazy_free(void *p, uint64_t bytes);

/*
 * The block in use whose chunk holds the address; the slow way, right for all. False: none. The
 * address may still be past the block's end, in the next chunk's header: reach_find looks at that.
 */
bool reach_locate(const struct reach_index *x, uint64_t address,
		  struct reach_spot *ret) _nonnull_all_;
bool reach_find(const struct reach_index *x, uint64_t address,
		struct reach_spot *ret) _nonnull_all_;

/* The address is in a block's own memory and not in the header behind it: for one that reach_locate
 * has found. O(1), where the size of a block would be O(size). */
bool reach_is_inside(const struct reach_index *x, const struct heap_area *a,
		     uint64_t address) _nonnull_all_;

/* For reach_size: of a block that ends in another cell, or with its area. O(size / 512). */
uint64_t reach_long_size(const struct reach_index *x, const struct reach_spot *s) _nonnull_all_;

/* The area that holds the address, NULL for none; low <= address < low + span. */
const struct heap_area *reach_area_of(const struct reach_index *x, uint64_t address) _nonnull_all_;

/* The cell of a granule of an area. */
struct reach_cell *reach_cell_of(const struct reach_index *x, const struct heap_area *a,
				 uint64_t address) _nonnull_all_;

/* All cells of all areas, by address. Begin with all zero. */
struct reach_cursor {
	uint32_t area;
	uint64_t address; /* of the next cell; 0: the area's first */
};
struct reach_row {
	const struct heap_area *area;
	struct reach_cell *cell;
	uint64_t address; /* of granule 0 of the cell */
	uint32_t bound;	  /* chunks that begin in it, of this area */
};
bool reach_next_row(const struct reach_index *x, struct reach_cursor *c,
		    struct reach_row *ret) _nonnull_all_;
/* The same, but passes quickly over cells in which all is reached: mostly there is nothing else. */
bool reach_next_open_row(const struct reach_index *x, struct reach_cursor *c,
			 struct reach_row *ret) _nonnull_all_;
/* Those of row.bound that are in use. */
uint32_t reach_row_used(const struct reach_row *row) _nonnull_all_;

static inline uint32_t reach_entry(const struct reach_index *x, uint64_t word)
{
	const uint32_t *leaf = x->leaf[(word >> LEAF_SHIFT) - x->first_leaf];

	return leaf ? leaf[(word >> WINDOW_SHIFT) % LEAF_WINDOWS] : 0;
}

static inline struct reach_cell *reach_frame_cell(const struct reach_index *x, uint32_t entry,
						  uint64_t word)
{
	return &x->cell[(uint64_t)(entry & ENTRY_FRAME) * WINDOW_CELLS +
			(word >> CELL_SHIFT) % WINDOW_CELLS];
}

/* The chunk that begins at this granule of the cell. */
static inline struct reach_spot reach_spot_at(const struct reach_index *x, struct reach_cell *cell,
					      uint32_t granule)
{
	const uint64_t i = (uint64_t)(cell - x->cell);
	const struct reach_frame *f = &x->frame[i / WINDOW_CELLS];
	struct reach_spot s = { .cell = cell, .granule = granule };

	if (i >= x->first_single) {
		s.area = &x->heap->area[i - x->first_single];
		s.start = s.area->start;
		return s;
	}
	s.start = f->address + (i % WINDOW_CELLS << CELL_SHIFT) + granule * GRANULE;
	s.area = f->area ? f->area : heap_area_at(x->heap, s.start);
	return s;
}

/* Bytes of the block that begins at the spot. */
static inline uint64_t reach_size(const struct reach_index *x, const struct reach_spot *s)
{
	const uint32_t above = s->cell->bound & ~UINT32_C(1) << s->granule;
	const uint32_t next = (uint32_t)__builtin_ctz(above | UINT32_C(1) << (CELL_GRANULES - 1));
	const uint64_t bytes = (next - s->granule) * GRANULE;

	if (!above || s->start + bytes >= s->area->end || bytes <= s->area->overhead)
		return reach_long_size(x, s);
	return bytes - s->area->overhead;
}

static inline uint64_t load_word(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}
