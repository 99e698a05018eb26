/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One segment of a heap, chunk by chunk: each header gives the way to the next and says whether the
 * one before is in use, so one load a chunk is enough.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/glibc_parts.h"

#define WORD_BITS 64
#define PREFETCH_BYTES 512

static uint64_t head_at(const uint8_t *copy, uint64_t offset)
{
	uint64_t head;

	memcpy(&head, copy + offset + 8, sizeof(head));
	return head;
}

/* Cuts the bitmaps, made for the room that there was, to what the segment took. */
static void shrink(struct heap_area *a)
{
	const size_t words =
		((a->end - a->start + GRANULE - 1) / GRANULE + WORD_BITS - 1) / WORD_BITS;
	uint64_t *p;

	p = realloc(a->bound, words * sizeof(*p));
	if (p)
		a->bound = p;
	p = realloc(a->used, words * sizeof(*p));
	if (p)
		a->used = p;
}

struct marker {
	const uint8_t *copy;
	uint64_t room; /* bytes from the first header */
	uint64_t top;  /* offset of the top; past the room when it is elsewhere */
	uint64_t bad;  /* flags that no chunk of this arena has */
	uint64_t *bound, *used;
};

static struct segment_end mark(const struct marker *m)
{
	struct segment_end end = { 0 };
	uint64_t at = 0, before = 0, head = 0, size = 0;

	end.how = WALK_BAD;
	while (m->room - at >= CHUNK_HEAD) {
		/* Some headers ahead, as chunks mostly are: else each waits for the one before. A
		 * third less time. */
		__builtin_prefetch(m->copy + at + PREFETCH_BYTES);
		head = head_at(m->copy, at);
		if (end.chunks && head & CHUNK_PREV_INUSE)
			m->used[before / WORD_BITS] |= UINT64_C(1) << (before % WORD_BITS);
		if (at == m->top) {
			end.how = WALK_TOP;
			break;
		}
		size = head & ~(uint64_t)CHUNK_FLAGS;
		/* _int_malloc() moves the top before it writes the head of what it cuts off from
		 * it. */
		if (at < m->top && size > m->top - at && m->top < m->room) {
			size = m->top - at;
			end.cut = true;
		}
		if (size < CHUNK_MIN || size % 16 || head & m->bad || size > m->room - at) {
			if (size == CHUNK_FENCE)
				end.how = WALK_FENCE;
			else if (size == 0)
				end.how = head ? WALK_FENCE : WALK_ZERO;
			break;
		}
		before = at / GRANULE;
		m->bound[before / WORD_BITS] |= UINT64_C(1) << (before % WORD_BITS);
		end.chunks++;
		at += size;
	}
	end.at = at;
	end.last = before * GRANULE;
	/* Whoever wiped the header out, the chunk before it may be in use: it is not lost for that.
	 */
	if (end.chunks && (end.how == WALK_ZERO || end.how == WALK_BAD))
		m->used[before / WORD_BITS] |= UINT64_C(1) << (before % WORD_BITS);
	/*
	 * arena.c, sysmalloc() where a heap is full: a remainder that is no chunk makes the last
	 * fence 0x20 long. Missing it gave 9 false lost blocks at 4 GiB.
	 */
	if (end.how == WALK_FENCE && size == 0 && end.chunks &&
	    at - before * GRANULE == CHUNK_MIN) {
		m->bound[before / WORD_BITS] &= ~(UINT64_C(1) << (before % WORD_BITS));
		m->used[before / WORD_BITS] &= ~(UINT64_C(1) << (before % WORD_BITS));
		end.at = before * GRANULE;
		end.chunks--;
	}
	return end;
}

int glibc_walk_segment(struct glibc_walk *w, const struct glibc_span *s, uint64_t top,
		       uint32_t arena, struct segment_end *ret)
{
	struct heap *h = &w->ret->heap;
	const uint64_t first = s->start + CHUNK_HEAD;
	struct heap_area *a;
	struct marker m;
	int r;

	*ret = (struct segment_end){ .at = s->start, .how = WALK_BAD };
	if (s->end - s->start < CHUNK_HEAD + CHUNK_MIN || s->start % 16)
		return 0;
	r = heap_add_area(h, first, s->end, s->copy + CHUNK_HEAD, 8, arena, &a);
	if (r < 0)
		return r;
	m = (struct marker){
		.copy = s->copy,
		.room = s->end - s->start,
		.top = top >= s->start ? top - s->start : UINT64_MAX,
		.bad = CHUNK_MMAPPED | (arena == 0 ? (uint64_t)CHUNK_NON_MAIN : 0),
		.bound = a->bound,
		.used = a->used,
	};
	*ret = mark(&m);
	ret->at += s->start;
	ret->last += s->start;
	w->q->chunks += ret->chunks;
	if (ret->cut)
		w->q->doubts |= DOUBT_WALK;
	if (ret->chunks == 0) {
		free(a->bound);
		free(a->used);
		h->areas--;
		return 0;
	}
	/* The last chunk may use the first word of the header behind it. */
	a->end = MIN(s->end, ret->at + 8);
	shrink(a);
	return 0;
}

/* A fence of this arena: sysmalloc() writes two of them in the main one, and for a full heap one,
 * or a remainder of their size, and an empty header. */
static bool is_fence(const struct glibc_span *s, uint64_t at, uint64_t size, uint32_t arena)
{
	uint64_t next;

	if (size != CHUNK_FENCE || s->end - at < 2 * CHUNK_HEAD)
		return arena && size == 0;
	next = glibc_load(s, at + 24) & ~(uint64_t)CHUNK_PREV_INUSE;
	return next == (arena ? 0 : CHUNK_FENCE);
}

bool glibc_chain_goes_on(struct glibc_walk *w, const struct glibc_span *s, uint64_t at,
			 uint64_t top, uint32_t arena, uint32_t enough)
{
	const uint64_t bad = CHUNK_MMAPPED | (arena == 0 ? (uint64_t)CHUNK_NON_MAIN : 0);

	for (uint32_t n = 0; n < enough; n++) {
		uint64_t head, size;

		if (at % 16 || at >= s->end || s->end - at < CHUNK_HEAD || w->steps == 0)
			return false;
		w->steps--;
		if (at == top)
			return true;
		head = glibc_load(s, at + 8);
		size = head & ~(uint64_t)CHUNK_FLAGS;
		if (size < CHUNK_MIN)
			return n > 0 && is_fence(s, at, size, arena);
		if (size % 16 || head & bad || size > s->end - at)
			return false;
		at += size;
	}
	return true;
}

bool glibc_chain_holds(struct glibc_walk *w, const struct glibc_span *s, uint64_t at, uint64_t top,
		       uint32_t arena)
{
	return at < s->end && s->end - at >= CHUNK_HEAD &&
	       glibc_load(s, at + 8) & CHUNK_PREV_INUSE &&
	       glibc_chain_goes_on(w, s, at, top, arena, GLIBC_CHAIN_ENOUGH);
}
