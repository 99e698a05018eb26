/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/search.h"

#define WORD_BITS 64
#define PAGE_GRANULES UINT64_C(256)

static uint64_t granules(const struct heap_area *a)
{
	return (a->end - a->start + GRANULE - 1) / GRANULE;
}

static size_t bitmap_words(const struct heap_area *a)
{
	return (granules(a) + WORD_BITS - 1) / WORD_BITS;
}

static bool bit(const uint64_t *map, uint64_t i)
{
	return map[i / WORD_BITS] >> (i % WORD_BITS) & 1;
}

void heap_release(struct heap *h)
{
	for (uint32_t i = 0; i < h->areas; i++) {
		free(h->area[i].bound);
		free(h->area[i].used);
		free(h->area[i].crossing);
	}
	free(h->area);
	*h = HEAP_NONE;
}

static int add(struct heap *h, uint64_t start, uint64_t end, const uint8_t *copy,
	       struct heap_area **ret)
{
	if (start >= end || start % GRANULE)
		return -EINVAL;
	if (h->areas == h->room) {
		const uint32_t room = h->room ? 2 * h->room : 16;
		struct heap_area *area = reallocarray(h->area, room, sizeof(*area));

		if (!area)
			return -ENOMEM;
		h->area = area;
		h->room = room;
	}
	*ret = &h->area[h->areas];
	**ret = (struct heap_area){ .start = start, .end = end, .copy = copy };
	return 0;
}

int heap_add_area(struct heap *h, uint64_t start, uint64_t end, const uint8_t *copy,
		  uint32_t overhead, uint32_t arena, struct heap_area **ret)
{
	struct heap_area *a;
	const int r = add(h, start, end, copy, &a);

	if (r < 0)
		return r;
	if (granules(a) >= UINT32_MAX)
		return -E2BIG;
	a->overhead = overhead;
	a->arena = arena;
	a->bound = calloc(bitmap_words(a), sizeof(*a->bound));
	a->used = calloc(bitmap_words(a), sizeof(*a->used));
	if (!a->bound || !a->used) {
		free(a->bound);
		free(a->used);
		return -ENOMEM;
	}
	h->areas++;
	*ret = a;
	return 0;
}

int heap_add_single(struct heap *h, uint64_t start, uint64_t end, const uint8_t *copy)
{
	struct heap_area *a;
	const int r = add(h, start, end, copy, &a);

	if (r == 0)
		h->areas++;
	return r;
}

static void set(uint64_t *map, uint64_t i, bool on)
{
	const uint64_t mask = UINT64_C(1) << (i % WORD_BITS);

	if (on)
		map[i / WORD_BITS] |= mask;
	else
		map[i / WORD_BITS] &= ~mask;
}

void heap_mark(struct heap_area *a, uint64_t address, bool in_use)
{
	uint64_t i;

	if (!a->bound || address < a->start || address >= a->end || address % GRANULE)
		return;
	i = (address - a->start) / GRANULE;
	set(a->bound, i, true);
	set(a->used, i, in_use);
}

static int by_start(const void *x, const void *y)
{
	const struct heap_area *a = x, *b = y;

	return (a->start > b->start) - (a->start < b->start);
}

/* The next set bit at or after i; `n` when there is none. */
static uint64_t next_bit(const uint64_t *map, uint64_t i, uint64_t n)
{
	uint64_t w = i / WORD_BITS;
	uint64_t word;

	if (i >= n)
		return n;
	word = map[w] & ~UINT64_C(0) << (i % WORD_BITS);
	while (!word) {
		if (++w * WORD_BITS >= n)
			return n;
		word = map[w];
	}
	return MIN(n, w * WORD_BITS + (uint64_t)__builtin_ctzll(word));
}

static uint64_t size_at(const struct heap_area *a, uint64_t granule)
{
	const uint64_t start = a->start + granule * GRANULE;
	uint64_t next, n;

	if (!a->bound)
		return a->end - start;
	n = granules(a);
	next = next_bit(a->bound, granule + 1, n);
	if (next == n)
		return a->end - start;
	next = a->start + next * GRANULE;
	return next - start > a->overhead ? next - start - a->overhead : 0;
}

static int make_crossing(struct heap_area *a)
{
	const uint64_t n = granules(a), pages = (n + PAGE_GRANULES - 1) / PAGE_GRANULES;
	uint64_t last = 0;

	free(a->crossing);
	a->crossing = calloc(pages, sizeof(*a->crossing));
	if (!a->crossing)
		return -ENOMEM;
	for (uint64_t p = 0; p < pages; p++) {
		const uint64_t first = p * PAGE_GRANULES;

		if (bit(a->bound, first))
			last = first + 1;
		a->crossing[p] = (uint32_t)last;
		for (uint64_t w = MIN(n, first + PAGE_GRANULES) - 1; w + 1 > first;
		     w = w / WORD_BITS * WORD_BITS - 1) {
			uint64_t word = a->bound[w / WORD_BITS];

			word &= ~UINT64_C(0) >> (WORD_BITS - 1 - w % WORD_BITS);
			if (word) {
				last = w / WORD_BITS * WORD_BITS + WORD_BITS -
				       (uint64_t)__builtin_clzll(word);
				break;
			}
			if (w < WORD_BITS)
				break;
		}
	}
	return 0;
}

static void count(struct heap *h, const struct heap_area *a)
{
	const uint64_t n = granules(a);

	if (!a->bound) {
		h->used_blocks++;
		h->used_bytes += a->end - a->start;
		return;
	}
	for (uint64_t i = next_bit(a->bound, 0, n); i < n;) {
		const uint64_t next = next_bit(a->bound, i + 1, n);
		uint64_t size =
			(next == n ? a->end : a->start + next * GRANULE) - a->start - i * GRANULE;

		if (next < n)
			size -= MIN(size, a->overhead);
		if (bit(a->used, i)) {
			h->used_blocks++;
			h->used_bytes += size;
		} else {
			h->free_blocks++;
			h->free_bytes += size;
		}
		i = next;
	}
}

int heap_index(struct heap *h)
{
	if (h->areas > 0)
		qsort(h->area, h->areas, sizeof(*h->area), by_start);
	h->low = h->areas ? h->area[0].start : 0;
	h->high = h->areas ? h->area[h->areas - 1].end : 0;
	h->used_blocks = h->used_bytes = h->free_blocks = h->free_bytes = 0;
	for (uint32_t i = 0; i < h->areas; i++) {
		struct heap_area *a = &h->area[i];

		if (i && h->area[i - 1].end > a->start)
			return -EPROTO;
		if (a->bound && make_crossing(a) < 0)
			return -ENOMEM;
		count(h, a);
	}
	return 0;
}

const struct heap_area *heap_area_at(const struct heap *h, uint64_t address)
{
	const size_t i = UPPER_BOUND(h->area, h->areas, end, address);

	return i < h->areas && h->area[i].start <= address ? &h->area[i] : NULL;
}

void heap_set_runs(struct heap *h, const struct memory_image *image)
{
	for (uint32_t i = 0; i < h->areas; i++) {
		struct heap_area *a = &h->area[i];
		const struct mapping *m = image_find(image, a->start);

		/* An area over two mappings (a heap that was mprotected in part) keeps none. */
		if (!m || !m->copy || a->end > m->end)
			continue;
		a->run = m->run;
		a->runs = m->runs;
	}
}

bool heap_next_present(const struct heap_area *a, uint64_t from, uint64_t end, struct page_run *ret)
{
	size_t i;

	if (!a->run) {
		*ret = (struct page_run){ from, end };
		return from < end;
	}
	i = UPPER_BOUND(a->run, a->runs, end, from);
	if (i == a->runs)
		return false;
	*ret = (struct page_run){ MAX(a->run[i].start, from), MIN(a->run[i].end, end) };
	return ret->start < ret->end;
}

uint64_t heap_bound_before(const struct heap_area *a, uint64_t granule)
{
	const uint64_t first = granule / PAGE_GRANULES * PAGE_GRANULES;
	uint64_t w = granule / WORD_BITS;
	uint64_t word = a->bound[w] & ~UINT64_C(0) >> (WORD_BITS - 1 - granule % WORD_BITS);

	while (!word) {
		if (w * WORD_BITS == first)
			return a->crossing[granule / PAGE_GRANULES];
		word = a->bound[--w];
	}
	return (w + 1) * WORD_BITS - (uint64_t)__builtin_clzll(word);
}

static void fill(const struct heap *h, const struct heap_area *a, uint64_t granule,
		 struct heap_block *ret)
{
	ret->area = (uint32_t)(a - h->area);
	ret->granule = granule;
	ret->address = a->start + granule * GRANULE;
	ret->size = size_at(a, granule);
}

bool heap_block_at(const struct heap *h, uint64_t pointer, struct heap_block *ret)
{
	const struct heap_area *a;
	uint64_t granule;

	if (pointer < h->low || pointer >= h->high)
		return false;
	a = heap_area_at(h, pointer);
	if (!a)
		return false;
	granule = (pointer - a->start) / GRANULE;
	if (a->bound) {
		const uint64_t bound = heap_bound_before(a, granule);

		if (bound == 0 || !bit(a->used, bound - 1))
			return false;
		granule = bound - 1;
	} else {
		granule = 0;
	}
	fill(h, a, granule, ret);
	return pointer - ret->address < ret->size;
}

void heap_free(struct heap *h, const struct heap_block *b)
{
	struct heap_area *a = &h->area[b->area];

	if (!a->bound || !bit(a->used, b->granule))
		return;
	set(a->used, b->granule, false);
	h->used_blocks--;
	h->used_bytes -= b->size;
	h->free_blocks++;
	h->free_bytes += b->size;
}

bool heap_next(const struct heap *h, uint32_t area, uint64_t granule, struct heap_block *ret)
{
	for (; area < h->areas; area++, granule = 0) {
		const struct heap_area *a = &h->area[area];
		const uint64_t n = granules(a);
		uint64_t i;

		if (!a->bound) {
			if (granule > 0)
				continue;
			fill(h, a, 0, ret);
			return true;
		}
		i = next_bit(a->used, granule, n);
		if (i < n) {
			fill(h, a, i, ret);
			return true;
		}
	}
	return false;
}
