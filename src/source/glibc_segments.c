/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The segments of chunks in one piece of memory: over the gaps that the program's own sbrk() makes,
 * and over what a thread had in hand when it was stopped.
 */
#include <errno.h>

#include "source/glibc_parts.h"

uint64_t glibc_resync(struct glibc_walk *w, const struct glibc_span *s, uint64_t at, uint64_t top,
		      uint32_t arena, bool first)
{
	for (at = (at + 15) & ~UINT64_C(15); at < s->end && s->end - at >= CHUNK_HEAD + CHUNK_MIN;
	     at += 16) {
		if (w->steps == 0)
			return GLIBC_NOWHERE;
		w->steps--;
		if (first ? glibc_chain_holds(w, s, at, top, arena)
			  : glibc_chain_goes_on(w, s, at, top, arena, GLIBC_CHAIN_ENOUGH))
			return at;
	}
	return GLIBC_NOWHERE;
}

/* sysmalloc() writes two; a remainder of the old top that is no chunk is a third. */
#define FENCES 3

static uint64_t fences_end(const struct glibc_span *s, uint64_t at)
{
	for (int i = 0; i < FENCES && s->end - at >= CHUNK_FENCE; i++, at += CHUNK_FENCE)
		if ((glibc_load(s, at + 8) & ~(uint64_t)CHUNK_FLAGS) != CHUNK_FENCE)
			break;
	return at;
}

/* What stands at the end of a segment: the top and all that it has, or fences. */
static uint64_t close_segment(const struct glibc_span *s, const struct segment_end *e,
			      uint32_t arena)
{
	const uint64_t size = glibc_load(s, e->at + 8) & ~(uint64_t)CHUNK_FLAGS;

	if (e->how == WALK_TOP)
		return e->at + MIN(size, s->end - e->at);
	/* Of a heap, a fence is the last thing. */
	if (e->how == WALK_FENCE)
		return arena ? s->end : fences_end(s, e->at);
	return e->at;
}

/* One segment from rest->start on; *ret_next: where it ended, with what closes it. */
static int walk_one(struct glibc_walk *w, const struct glibc_span *rest, uint64_t top,
		    uint32_t arena, struct segment_end *e, uint64_t *ret_next)
{
	int r = glibc_walk_segment(w, rest, top, arena, e);

	*ret_next = rest->end;
	if (r == 0 && rest->end - e->at >= CHUNK_HEAD)
		*ret_next = close_segment(rest, e, arena);
	if (r < 0 || *ret_next == rest->start)
		return r;
	/* In front of the first chunk and behind the last: headers. */
	r = glibc_add_private(w->ret, rest->start, MIN(rest->end, rest->start + CHUNK_HEAD));
	if (r == 0 && e->at < *ret_next)
		r = glibc_add_private(w->ret, e->at + 8, *ret_next);
	/* The heaps of other arenas are claimed as a whole. */
	if (r == 0 && arena == 0 && !glibc_claim(w, rest->start, *ret_next))
		r = -ENOMEM;
	return r;
}

/* Each segment gets bitmaps for all the room behind it: nothing but fences took the square of it.
 */
#define ROOM_OF_A_STEP (UINT64_C(16) << 10)

int glibc_walk_span(struct glibc_walk *w, const struct glibc_span *s, uint64_t top, uint32_t arena,
		    struct segment_sum *sum)
{
	uint64_t first = s->start, ended = first;

	sum->top = false;
	while (first < s->end && s->end - first >= CHUNK_HEAD + CHUNK_MIN) {
		const struct glibc_span rest = { s->copy + (first - s->start), first, s->end };
		struct segment_end e;
		uint64_t next;
		const int r = walk_one(w, &rest, top, arena, &e, &next);

		if (r < 0)
			return r;
		if (next > first) {
			sum->segments += next - first;
			sum->gaps += first - ended;
			ended = next;
		}
		sum->top = e.how == WALK_TOP;
		if (sum->top || (arena && e.how == WALK_FENCE))
			return 0;
		w->steps -= MIN(w->steps, (s->end - next) / ROOM_OF_A_STEP);
		first = e.next;
		if (e.how == WALK_FENCE || e.chunks == 0)
			first = glibc_resync(w, s, MAX(next, rest.start + 16), top, arena, true);
		/* In the main arena a fence is where another's sbrk() began. */
		if (e.how == WALK_BAD || (e.how == WALK_ZERO && e.chunks) || arena) {
			w->q->doubts |= DOUBT_WALK;
			w->q->unwalked_bytes += MIN(first, s->end) - MIN(next, s->end);
		}
	}
	return 0;
}
