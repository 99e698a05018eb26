/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/glibc_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/glibc_parts.h"

void glibc_heap_release(struct glibc_heap *g)
{
	heap_release(&g->heap);
	free(g->private.range);
	free(g->stray_tcb);
	*g = (struct glibc_heap){ 0 };
}

struct glibc_span glibc_span(const struct memory_image *image, uint64_t address)
{
	const struct mapping *m = image_find(image, address), *last;
	struct glibc_span s = { NULL, address, address };

	if (!m || !m->copy)
		return s;
	last = image->mapping + image->mappings - 1;
	s.copy = m->copy + (address - m->start);
	/* MADV_HUGEPAGE on a part of a heap splits its mapping; see image_join(). */
	while (m < last && m[1].copy && m[1].start == m->end &&
	       m[1].copy == m->copy + (m->end - m->start))
		m++;
	s.end = m->end;
	return s;
}

uint64_t glibc_load(const struct glibc_span *s, uint64_t address)
{
	uint64_t word;

	memcpy(&word, s->copy + (address - s->start), sizeof(word));
	return word;
}

/* The first claim that ends above the address. */
static uint32_t claim_index(const struct glibc_walk *w, uint64_t address)
{
	uint32_t low = 0, high = w->claims;

	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;

		if (w->claim[mid].end <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct page_run *glibc_claim_at(const struct glibc_walk *w, uint64_t address)
{
	const uint32_t i = claim_index(w, address);

	return i < w->claims ? &w->claim[i] : NULL;
}

bool glibc_claim(struct glibc_walk *w, uint64_t start, uint64_t end)
{
	const uint32_t i = claim_index(w, start);

	if (start >= end || (i < w->claims && w->claim[i].start < end))
		return false;
	if (w->claims == w->claim_room) {
		const uint32_t room = w->claim_room ? 2 * w->claim_room : 64;
		struct page_run *p = reallocarray(w->claim, room, sizeof(*p));

		if (!p)
			return false;
		w->claim = p;
		w->claim_room = room;
	}
	memmove(&w->claim[i + 1], &w->claim[i], (w->claims - i) * sizeof(*w->claim));
	w->claim[i] = (struct page_run){ start, end };
	w->claims++;
	return true;
}

/* Where the allocator maps memory: private, anonymous and written to. */
static bool may_be_heap(const struct mapping *m)
{
	return m->copy && !m->inode && m->flags & MAPPING_WRITE && !(m->flags & MAPPING_SHARED);
}

static int each_page_of(struct glibc_walk *w, const struct mapping *m, glibc_page_fn fn,
			void *context)
{
	for (uint32_t i = 0; i < m->runs; i++)
		for (uint64_t page = m->run[i].start; page < m->run[i].end; page += IMAGE_PAGE) {
			const struct page_run *claim = glibc_claim_at(w, page);
			struct glibc_span s;
			int r;

			if (claim && claim->start <= page) {
				page = (claim->end - 1) & ~(IMAGE_PAGE - 1);
				continue;
			}
			s = glibc_span(w->image, page);
			if (claim && claim->start < s.end)
				s.end = claim->start;
			if (s.end - page < CHUNK_HEAD + CHUNK_MIN)
				continue;
			r = fn(w, &s, context);
			if (r < 0)
				return r;
		}
	return 0;
}

int glibc_each_page(struct glibc_walk *w, glibc_page_fn fn, void *context)
{
	int r = 0;

	for (uint32_t i = 0; i < w->image->mappings && r == 0; i++)
		if (may_be_heap(&w->image->mapping[i]))
			r = each_page_of(w, &w->image->mapping[i], fn, context);
	return r;
}

int glibc_add_private(struct glibc_heap *g, uint64_t start, uint64_t end)
{
	struct glibc_private *p = &g->private;

	if (start >= end)
		return 0;
	if (p->ranges == p->room) {
		const uint32_t room = p->room ? 2 * p->room : 64;
		struct page_run *more = reallocarray(p->range, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->range = more;
		p->room = room;
	}
	p->range[p->ranges++] = (struct page_run){ start, end };
	return 0;
}

static int by_start(const void *x, const void *y)
{
	const uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

/* struct page_run and struct heap_area both begin with .start. */
static void sort(struct glibc_heap *g)
{
	_Static_assert(offsetof(struct page_run, start) == 0, "by_start");
	_Static_assert(offsetof(struct heap_area, start) == 0, "by_start");
	if (g->heap.areas)
		qsort(g->heap.area, g->heap.areas, sizeof(*g->heap.area), by_start);
	if (g->private.ranges)
		qsort(g->private.range, g->private.ranges, sizeof(*g->private.range), by_start);
}

static int walk_all(struct glibc_walk *w)
{
	struct glibc_heap *g = w->ret;
	const struct glibc_par_layout *par = NULL;
	int r = glibc_find_main_arena(w);

	if (r < 0)
		return r;
	r = glibc_add_private(g, g->main_arena, g->main_arena + w->arena->size);
	if (g->is_idle) {
		w->q->arenas++;
		return r < 0 ? r : heap_index(&g->heap);
	}
	glibc_find_par(w, &par);
	/* The other arenas first: their heaps name their own ends, and nothing else may take them.
	 */
	if (r == 0)
		r = glibc_walk_arenas(w);
	if (r == 0)
		r = glibc_walk_main(w);
	if (r == 0)
		r = glibc_walk_mmapped(w, par);
	if (r < 0)
		return r;
	if (g->heap.areas == 0)
		return -EPROTO;
	sort(g);
	r = glibc_free_lists(w);
	sort(g);
	return r < 0 ? r : heap_index(&g->heap);
}

int glibc_walk(const struct memory_image *image, struct glibc_heap *ret, struct scan_quality *q)
{
	struct glibc_heap g = { 0 };
	struct scan_quality quality = *q;
	struct glibc_walk w = { .image = image, .ret = &g, .q = &quality };
	int r;

	w.steps = (image->copied_bytes / GRANULE + 1024) * 4;
	r = walk_all(&w);
	free(w.claim);
	if (r < 0) {
		glibc_heap_release(&g);
		return r;
	}
	*ret = g;
	*q = quality;
	return 0;
}
