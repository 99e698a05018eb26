/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main arena: from sbrk_base on, over the gaps that the program's own sbrk() makes, and in the
 * mappings that sysmalloc() takes where brk is blocked, which nothing records.
 */
#include <errno.h>
#include <string.h>

#include "source/glibc_parts.h"

/* A segment of sysmalloc_mmap_fallback(): it begins with a page, and with a chunk of that page. */
static int try_blocked(struct glibc_walk *w, const struct glibc_span *s, void *context)
{
	struct segment_sum *sum = context;

	if (sum->segments >= w->system_mem || glibc_load(s, s->start) != 0 ||
	    !glibc_chain_holds(w, s, s->start, w->top, 0))
		return 0;
	return glibc_walk_span(w, s, w->top, 0, sum);
}

/* Without mp_: where chunks begin in [heap], else nowhere. */
static uint64_t guess_start(struct glibc_walk *w)
{
	for (uint32_t i = 0; i < w->image->mappings; i++) {
		const struct mapping *m = &w->image->mapping[i];
		struct glibc_span s;

		if (!m->copy || strcmp(m->path, "[heap]") != 0)
			continue;
		s = glibc_span(w->image, m->start);
		return glibc_resync(w, &s, m->start, w->top, 0, true);
	}
	return GLIBC_NOWHERE;
}

/* sysmalloc() counts what another's sbrk() took as its own while it believes in one heap. */
static bool adds_up(const struct glibc_walk *w, const struct segment_sum *sum)
{
	const uint64_t bytes = sum->segments + w->lead;

	return bytes == w->system_mem || bytes + sum->gaps == w->system_mem;
}

/* What is there from sbrk_base on, up to what an arena has. */
static int walk_brk(struct glibc_walk *w, uint64_t first, struct segment_sum *sum)
{
	struct glibc_span s = glibc_span(w->image, first);
	const struct page_run *claim = glibc_claim_at(w, first);

	if (!s.copy)
		return 0;
	if (claim && claim->start < s.end)
		s.end = MAX(first, claim->start);
	return glibc_walk_span(w, &s, w->top, 0, sum);
}

int glibc_walk_main(struct glibc_walk *w)
{
	struct segment_sum sum = { 0 };
	const uint64_t first = w->ret->mp ? w->ret->main_heap_start : guess_start(w);
	uint64_t mutex = 0;
	int r = 0;

	w->q->arenas++;
	w->newest = glibc_newest_free(w, w->ret->main_arena);
	if (image_word(w->image, w->ret->main_arena, &mutex) && (uint32_t)mutex != 0)
		w->q->doubts |= DOUBT_ARENA_BUSY;
	if (first != GLIBC_NOWHERE) {
		w->ret->main_heap_start = first;
		r = walk_brk(w, first, &sum);
	}
	if (r == 0 && !(sum.top && adds_up(w, &sum)))
		r = glibc_each_page(w, try_blocked, &sum);
	w->q->checks++;
	if (adds_up(w, &sum))
		w->q->checks_passed++;
	else
		w->q->doubts |= DOUBT_SYSTEM_MEM;
	return r;
}
