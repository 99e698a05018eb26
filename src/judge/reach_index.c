/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/reach_index.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define WORD_BITS 64
#define CELL_BYTES (UINT64_C(1) << CELL_SHIFT)
#define WINDOW_BYTES (UINT64_C(1) << WINDOW_SHIFT)
#define HUGE_PAGE (UINT64_C(2) << 20)

void *lazy_alloc(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void lazy_free(void *p, uint64_t bytes)
{
	if (p)
		(void)munmap(p, bytes);
}

void reach_index_release(struct reach_index *x)
{
	for (uint64_t i = 0; x->leaf && i < x->leaves; i++)
		free(x->leaf[i]);
	lazy_free(x->leaf, x->leaves * sizeof(*x->leaf));
	lazy_free(x->cell, x->cells * sizeof(*x->cell));
	free(x->frame);
	*x = (struct reach_index){ 0 };
}

/* The entry of the window, made when it is not there. */
static uint32_t *entry_of(struct reach_index *x, uint64_t window)
{
	uint32_t **leaf = &x->leaf[(window >> (LEAF_SHIFT - WINDOW_SHIFT)) - x->first_leaf];

	if (!*leaf)
		*leaf = calloc(LEAF_WINDOWS, sizeof(**leaf));
	return *leaf ? &(*leaf)[window % LEAF_WINDOWS] : NULL;
}

/* Gives every window of the heap its entry. Frames are counted from 1. */
static int make_entries(struct reach_index *x)
{
	const struct heap *h = x->heap;

	x->frames = 1;
	for (uint32_t i = 0; i < h->areas; i++) {
		const struct heap_area *a = &h->area[i];

		for (uint64_t w = a->start >> WINDOW_SHIFT; w <= (a->end - 1) >> WINDOW_SHIFT;
		     w++) {
			uint32_t *e = entry_of(x, w);

			if (!e)
				return -ENOMEM;
			if (!a->bound)
				*e |= ENTRY_SLOW;
			else if (!(*e & ENTRY_FRAME))
				*e |= (uint32_t)x->frames++;
		}
	}
	return 0;
}

/* 32 bits of an area's bitmap from bit `i` on, which may lie before its begin or past its end. */
static uint32_t bits_at(const uint64_t *map, int64_t i, uint64_t n)
{
	const uint64_t words = (n + WORD_BITS - 1) / WORD_BITS;
	uint64_t at, shift, value;

	if (i < 0)
		return i <= -CELL_GRANULES ? 0 : bits_at(map, 0, n) << -i;
	at = (uint64_t)i / WORD_BITS;
	shift = (uint64_t)i % WORD_BITS;
	if (at >= words)
		return 0;
	value = map[at] >> shift;
	if (shift > WORD_BITS - CELL_GRANULES && at + 1 < words)
		value |= map[at + 1] << (WORD_BITS - shift);
	return (uint32_t)value;
}

/* Those of the cell at this address. */
static uint32_t area_bits(const struct heap_area *a, const uint64_t *map, uint64_t address)
{
	return bits_at(map, ((int64_t)address - (int64_t)a->start) / (int64_t)GRANULE,
		       (a->end - a->start + GRANULE - 1) / GRANULE);
}

static void fill_area(const struct reach_index *x, const struct heap_area *a)
{
	struct reach_cell *c = NULL;

	for (uint64_t at = a->start & ~(CELL_BYTES - 1); at < a->end; at += CELL_BYTES) {
		c = c && at % WINDOW_BYTES ? c + 1 : reach_cell_of(x, a, at);
		const uint32_t bound = area_bits(a, a->bound, at);
		const uint64_t free = bound & ~area_bits(a, a->used, at);

		c->bound |= bound;
		c->state |= free << 32 | free;
	}
}

/* Whose chunks are in each frame; NULL when several areas share it. */
static void name_frames(struct reach_index *x)
{
	const struct heap *h = x->heap;
	uint64_t before = 0;

	for (uint32_t i = 0; i < h->areas; i++) {
		const struct heap_area *a = &h->area[i];

		for (uint64_t w = a->start >> WINDOW_SHIFT;
		     a->bound && w <= (a->end - 1) >> WINDOW_SHIFT; w++) {
			const uint64_t frame = reach_entry(x, w << WINDOW_SHIFT) & ENTRY_FRAME;

			x->frame[frame].address = w << WINDOW_SHIFT;
			x->frame[frame].area = frame == before ? NULL : a;
			before = frame;
		}
	}
}

static int make_cells(struct reach_index *x)
{
	const struct heap *h = x->heap;

	x->frame = calloc(x->frames, sizeof(*x->frame));
	if (!x->frame)
		return -ENOMEM;
	x->first_single = x->frames * WINDOW_CELLS;
	x->cells = x->first_single + (h->areas + PAGE_CELLS - 1) / PAGE_CELLS * PAGE_CELLS;
	x->cell = lazy_alloc(x->cells * sizeof(*x->cell));
	if (!x->cell)
		return -ENOMEM;
	/* Cells are looked up at random: 4 KiB pages would cost a TLB miss each time. */
	if (x->cells * sizeof(*x->cell) >= 4 * HUGE_PAGE)
		(void)madvise(x->cell, x->cells * sizeof(*x->cell), MADV_HUGEPAGE);
	name_frames(x);
	for (uint32_t i = 0; i < h->areas; i++) {
		const struct heap_area *a = &h->area[i];

		if (a->bound)
			fill_area(x, a);
		else
			x->cell[x->first_single + i].bound = 1;
	}
	return 0;
}

int reach_index_make(struct reach_index *x, const struct heap *h)
{
	*x = (struct reach_index){ .heap = h };
	if (h->areas == 0)
		return 0;
	x->low = h->low;
	x->span = h->high - h->low;
	x->first_leaf = h->low >> LEAF_SHIFT;
	x->leaves = ((h->high - 1) >> LEAF_SHIFT) - x->first_leaf + 1;
	x->leaf = lazy_alloc(x->leaves * sizeof(*x->leaf));
	if (!x->leaf || make_entries(x) < 0 || make_cells(x) < 0) {
		reach_index_release(x);
		return -ENOMEM;
	}
	return 0;
}

const struct heap_area *reach_area_of(const struct reach_index *x, uint64_t address)
{
	const uint32_t entry = reach_entry(x, address);
	const struct heap_area *a;

	if (!entry)
		return NULL;
	a = entry & ENTRY_SLOW ? NULL : x->frame[entry].area;
	if (!a)
		return heap_area_at(x->heap, address);
	return address >= a->start && address < a->end ? a : NULL;
}

struct reach_cell *reach_cell_of(const struct reach_index *x, const struct heap_area *a,
				 uint64_t address)
{
	if (!a->bound)
		return &x->cell[x->first_single + (uint64_t)(a - x->heap->area)];
	return reach_frame_cell(x, reach_entry(x, address), address);
}

bool reach_locate(const struct reach_index *x, uint64_t address, struct reach_spot *ret)
{
	const struct heap_area *a;
	uint64_t bound;

	if (address - x->low >= x->span)
		return false;
	a = reach_area_of(x, address);
	if (!a)
		return false;
	ret->area = a;
	ret->start = a->start;
	ret->granule = 0;
	ret->cell = reach_cell_of(x, a, address);
	if (!a->bound)
		return true;
	bound = heap_bound_before(a, (address - a->start) / GRANULE);
	if (bound == 0)
		return false;
	ret->start += (bound - 1) * GRANULE;
	ret->granule = (uint32_t)(ret->start / GRANULE % CELL_GRANULES);
	ret->cell = reach_cell_of(x, a, ret->start);
	return a->used[(bound - 1) / WORD_BITS] >> (bound - 1) % WORD_BITS & 1;
}

bool reach_is_inside(const struct reach_index *x, const struct heap_area *a, uint64_t address)
{
	const uint64_t past = MIN(address + a->overhead + 1, a->end);

	if (!a->bound)
		return true;
	for (uint64_t at = address / GRANULE * GRANULE + GRANULE; at < past; at += GRANULE)
		if (reach_cell_of(x, a, at)->bound >> at / GRANULE % CELL_GRANULES & 1)
			return false;
	return true;
}

bool reach_find(const struct reach_index *x, uint64_t address, struct reach_spot *ret)
{
	return reach_locate(x, address, ret) && reach_is_inside(x, ret->area, address);
}

uint64_t reach_long_size(const struct reach_index *x, const struct reach_spot *s)
{
	const struct heap_area *a = s->area;
	const struct reach_cell *c = s->cell;
	uint64_t at = s->start & ~(CELL_BYTES - 1);
	uint32_t rest;

	if (!a->bound)
		return a->end - a->start;
	rest = s->granule == CELL_GRANULES - 1 ? 0 : c->bound & ~UINT32_C(0) << (s->granule + 1);
	while (!rest) {
		at += CELL_BYTES;
		if (at >= a->end)
			return a->end - s->start;
		/* Within a frame the next cell is the next one in memory. */
		c = at % WINDOW_BYTES ? c + 1 : reach_cell_of(x, a, at);
		rest = c->bound;
	}
	at += (uint64_t)__builtin_ctz(rest) * GRANULE;
	if (at >= a->end)
		return a->end - s->start;
	return at - s->start > a->overhead ? at - s->start - a->overhead : 0;
}

/* Which starts of one cell belong to the area (two areas may share a cell). */
static uint32_t cell_mask(const struct heap_area *a, uint64_t cell_address)
{
	uint32_t mask = ~UINT32_C(0);

	if (cell_address < a->start)
		mask <<= (a->start - cell_address) / GRANULE;
	if (a->end < cell_address + CELL_BYTES) {
		const uint64_t n = (a->end - cell_address + GRANULE - 1) / GRANULE;

		mask &= n >= CELL_GRANULES ? ~UINT32_C(0) : (UINT32_C(1) << n) - 1;
	}
	return mask;
}

bool reach_next_row(const struct reach_index *x, struct reach_cursor *c, struct reach_row *ret)
{
	const struct heap_area *a;

	if (c->area == x->heap->areas)
		return false;
	a = &x->heap->area[c->area];
	ret->area = a;
	if (!a->bound) {
		*c = (struct reach_cursor){ .area = c->area + 1 };
		ret->cell = reach_cell_of(x, a, a->start);
		ret->address = a->start;
		ret->bound = 1;
		return true;
	}
	ret->address = c->address ? c->address : a->start & ~(CELL_BYTES - 1);
	ret->cell = reach_cell_of(x, a, ret->address);
	ret->bound = ret->cell->bound & cell_mask(a, ret->address);
	c->address = ret->address + CELL_BYTES;
	if (c->address >= a->end)
		*c = (struct reach_cursor){ .area = c->area + 1 };
	return true;
}

static bool is_open(const struct reach_cell *c)
{
	const uint64_t state = __atomic_load_n(&c->state, __ATOMIC_RELAXED);

	return c->bound & ~((uint32_t)state & (uint32_t)(state >> 32));
}

bool reach_next_open_row(const struct reach_index *x, struct reach_cursor *c, struct reach_row *ret)
{
	while (reach_next_row(x, c, ret)) {
		const struct reach_cell *cell = ret->cell;
		const uint64_t end = (ret->area->end - 1) & ~(CELL_BYTES - 1);

		if (is_open(cell))
			return true;
		if (!c->address)
			continue;
		/* Those of the same frame, but for the area's last one, follow in memory. */
		while (c->address % WINDOW_BYTES && c->address < end && !is_open(++cell))
			c->address += CELL_BYTES;
	}
	return false;
}

uint32_t reach_row_used(const struct reach_row *row)
{
	const struct heap_area *a = row->area;

	return a->bound ? area_bits(a, a->used, row->address) : 1;
}
