/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main arena: from sbrk_base on, over the gaps that the program's own sbrk() makes, and in the
 * mappings that sysmalloc() takes where brk is blocked, which nothing records.
 */
#include <errno.h>
#include <string.h>

#include "source/glibc_parts.h"

#define NOWHERE UINT64_MAX

/* The next header from which chunks lead to a fence or the top; NOWHERE when there is none. */
static uint64_t resync(struct glibc_walk *w, const struct glibc_span *s, uint64_t at)
{
	for (at = (at + 15) & ~UINT64_C(15); at < s->end && s->end - at >= CHUNK_HEAD + CHUNK_MIN;
	     at += 16) {
		if (w->steps == 0)
			return NOWHERE;
		w->steps--;
		if (glibc_load(s, at + 8) & CHUNK_PREV_INUSE &&
		    glibc_chain_holds(w, s, at, w->top))
			return at;
	}
	return NOWHERE;
}

struct main_sum {
	uint64_t segments; /* bytes of all segments, fences and top with them */
	uint64_t gaps;	   /* what lies between those of one span */
};

/* What stands at the end of a segment: the top and all behind it, or fences. */
static int close_segment(struct glibc_walk *w, const struct glibc_span *s,
			 const struct segment_end *e, uint64_t *end)
{
	uint64_t size = glibc_load(s, e->at + 8) & ~(uint64_t)CHUNK_FLAGS;

	if (e->how == WALK_TOP)
		*end = e->at + MIN(size, s->end - e->at);
	else if (e->how == WALK_FENCE)
		*end = MIN(s->end, e->at + 2 * CHUNK_FENCE);
	else
		*end = e->at;
	return glibc_add_private(w->ret, e->at + 8, *end);
}

/*
 * All segments in the memory from `first` on, to the top or as far as some can be found. *ret_top:
 * the top was reached.
 */
static int walk_span(struct glibc_walk *w, uint64_t first, struct main_sum *sum, bool *ret_top)
{
	struct glibc_span s = glibc_span(w->image, first);
	const struct page_run *claim = glibc_claim_at(w, first);
	uint64_t ended = first;

	*ret_top = false;
	if (claim && claim->start < s.end)
		s.end = MAX(first, claim->start);
	while (s.copy && s.end - first >= CHUNK_HEAD + CHUNK_MIN) {
		const struct glibc_span rest = { s.copy + (first - s.start), first, s.end };
		struct segment_end e;
		uint64_t next;
		int r;

		/* In front of the first chunk and behind the last: headers. */
		r = glibc_walk_segment(w, &rest, w->top, 0, &e);
		if (r == 0 && s.end - e.at >= CHUNK_HEAD)
			r = close_segment(w, &s, &e, &next);
		else
			next = s.end;
		if (r == 0 && next > first) {
			r = glibc_add_private(w->ret, first, first + CHUNK_HEAD);
			if (!glibc_claim(w, first, next))
				return -ENOMEM;
			sum->segments += next - first;
			sum->gaps += first - ended;
			ended = next;
		}
		if (r < 0)
			return r;
		*ret_top = e.how == WALK_TOP;
		if (*ret_top)
			return 0;
		first = resync(w, &s, MAX(next, first + 16));
		if (e.how == WALK_BAD) {
			w->q->doubts |= DOUBT_WALK;
			w->q->unwalked_bytes += MIN(first, s.end) - next;
		}
		if (first == NOWHERE)
			return 0;
	}
	return 0;
}

/* A segment of sysmalloc_mmap_fallback(): it begins with a page, and with a chunk of that page. */
static int try_blocked(struct glibc_walk *w, const struct glibc_span *s, void *context)
{
	struct main_sum *sum = context;
	bool top;

	if (sum->segments >= w->system_mem || glibc_load(s, s->start) != 0 ||
	    !glibc_chain_holds(w, s, s->start, w->top))
		return 0;
	return walk_span(w, s->start, sum, &top);
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
		return resync(w, &s, m->start);
	}
	return NOWHERE;
}

/* sysmalloc() counts what another's sbrk() took as its own while it believes in one heap. */
static bool adds_up(const struct glibc_walk *w, const struct main_sum *sum)
{
	return sum->segments == w->system_mem || sum->segments + sum->gaps == w->system_mem;
}

int glibc_walk_main(struct glibc_walk *w)
{
	struct main_sum sum = { 0 };
	uint64_t first = w->ret->mp ? w->ret->main_heap_start : guess_start(w);
	uint64_t mutex = 0;
	bool top = false;
	int r = 0;

	w->q->arenas++;
	if (image_word(w->image, w->ret->main_arena, &mutex) && (uint32_t)mutex != 0)
		w->q->doubts |= DOUBT_ARENA_BUSY;
	if (first != NOWHERE) {
		w->ret->main_heap_start = first;
		r = walk_span(w, first, &sum, &top);
	}
	if (r == 0 && !(top && adds_up(w, &sum)))
		r = glibc_each_page(w, try_blocked, &sum);
	w->q->checks++;
	if (adds_up(w, &sum))
		w->q->checks_passed++;
	else
		w->q->doubts |= DOUBT_SYSTEM_MEM;
	return r;
}
