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

/*
 * A fence of this arena: sysmalloc() writes two of them in the main one; at the end of a full heap
 * one, or a remainder of its size, and an empty header.
 */
static bool is_fence(const struct glibc_span *s, uint64_t at, uint64_t size, uint32_t arena)
{
	if (arena && s->end - at > 2 * CHUNK_FENCE)
		return false;
	if (arena && size == 0)
		return glibc_load(s, at + 8) == CHUNK_PREV_INUSE;
	if (size != CHUNK_FENCE || s->end - at < 2 * CHUNK_HEAD)
		return false;
	return (glibc_load(s, at + 24) & ~(uint64_t)CHUNK_PREV_INUSE) == (arena ? 0 : CHUNK_FENCE);
}

struct marker {
	struct glibc_walk *w;
	const struct glibc_span *span; /* offsets count from its start */
	const uint8_t *copy;
	uint64_t room;	 /* bytes from the first header */
	uint64_t top;	 /* offset of the top; past the room when it is elsewhere */
	uint64_t newest; /* of glibc_walk.newest */
	uint64_t bad;	 /* flags that no chunk of this arena has */
	uint32_t arena;
	uint64_t *bound, *used;
};

static void set(uint64_t *map, uint64_t offset, bool on)
{
	const uint64_t i = offset / GRANULE, mask = UINT64_C(1) << (i % WORD_BITS);

	if (on)
		map[i / WORD_BITS] |= mask;
	else
		map[i / WORD_BITS] &= ~mask;
}

static bool is_bound(const struct marker *m, uint64_t offset)
{
	return m->bound[offset / GRANULE / WORD_BITS] >> (offset / GRANULE % WORD_BITS) & 1;
}

static uint64_t foot_at(const struct marker *m, uint64_t offset)
{
	uint64_t foot;

	memcpy(&foot, m->copy + offset, sizeof(foot));
	return foot;
}

static uint64_t size_at(const struct marker *m, uint64_t offset)
{
	return head_at(m->copy, offset) & ~(uint64_t)CHUNK_FLAGS;
}

/* Is the chunk free by what stands behind it? */
static bool is_whole(const struct marker *m, uint64_t at)
{
	const uint64_t size = size_at(m, at);

	return size >= CHUNK_MIN && size % 16 == 0 && size <= m->room - at &&
	       m->room - at - size >= CHUNK_HEAD &&
	       !(head_at(m->copy, at + size) & CHUNK_PREV_INUSE) && foot_at(m, at + size) == size;
}

static bool goes_on(const struct marker *m, uint64_t at)
{
	return glibc_chain_goes_on(m->w, m->span, m->span->start + at, m->span->start + m->top,
				   m->arena, GLIBC_CHAIN_ENOUGH);
}

/*
 * A free chunk is being split (_int_malloc: set_head, set_head, set_foot): its head has the new
 * size, what remains has no head yet or a stale one, but the chunk behind both still tells the old
 * size. True when the chunk at `at` is that one, of a split of the chunk at `split`.
 */
static bool is_behind_split(const struct marker *m, uint64_t split, uint64_t at)
{
	return foot_at(m, at) == at - split && !(head_at(m->copy, at) & CHUNK_PREV_INUSE) &&
	       goes_on(m, at);
}

/* The registers that may hold what malloc has in hand: all but those of the machine itself. */
#define HANDS 15
_Static_assert(IMAGE_R15 == 0 && IMAGE_ORIG_RAX == HANDS, "R15 to RDI");

static bool has_in_hand(const struct image_thread *t, uint64_t word)
{
	for (uint32_t i = 0; i < HANDS; i++)
		if (t->reg[i] == word)
			return true;
	return false;
}

static bool is_size_in_hand(const struct marker *m, uint64_t size)
{
	const struct memory_image *image = m->w->image;

	for (uint32_t t = 0; t < image->threads; t++)
		for (uint32_t i = 0; i < HANDS; i++)
			if ((image->thread[t].reg[i] & ~(uint64_t)CHUNK_FLAGS) == size)
				return true;
	return false;
}

/*
 * The first one from `rest` on whose distance from it a thread has in hand, as who will write the
 * head of the rest must have; without any, just the first, unless the head that is there leads on.
 * 0 when there is none. Free memory may hold what told the size of the same chunk when it was
 * smaller; and free() links a chunk before what is behind it tells its size.
 */
static uint64_t behind_split(const struct marker *m, uint64_t split, uint64_t rest)
{
	uint64_t first = 0;

	for (uint64_t at = rest + 16; m->room - at >= CHUNK_HEAD && m->w->steps > 0; at += 16) {
		m->w->steps--;
		if (!is_behind_split(m, split, at))
			continue;
		if (is_size_in_hand(m, at - rest))
			return at;
		first = first ? first : at;
	}
	return first && !goes_on(m, rest) ? first : 0;
}

/* The split chunk is in the hand of whoever gets it, and so in use; what remains is free. */
static void mark_split(const struct marker *m, uint64_t split, uint64_t rest,
		       struct segment_end *end)
{
	set(m->used, split, true);
	set(m->bound, rest, true);
	set(m->used, rest, false);
	end->last = rest;
	end->in_flight = true;
	end->chunks++;
}

/* Chunk by chunk from the header at end->at, behind that at end->last where there is one. */
static void mark(const struct marker *m, struct segment_end *end)
{
	uint64_t at = end->at, before = end->last, head = 0, size = 0;

	end->how = WALK_BAD;
	while (m->room - at >= CHUNK_HEAD) {
		/* Some headers ahead, as chunks mostly are: else each waits for the one before. A
		 * third less time. */
		__builtin_prefetch(m->copy + at + PREFETCH_BYTES);
		head = head_at(m->copy, at);
		if (end->chunks && head & CHUNK_PREV_INUSE)
			set(m->used, before, true);
		if (at == m->top) {
			end->how = WALK_TOP;
			break;
		}
		if (at == m->newest && end->chunks && !is_whole(m, at)) {
			const uint64_t behind = behind_split(m, before, at);

			end->in_flight = true;
			if (behind) {
				mark_split(m, before, at, end);
				before = at;
				at = behind;
				continue;
			}
		}
		size = head & ~(uint64_t)CHUNK_FLAGS;
		/* _int_malloc() moves the top before it writes the head of what it cuts off from
		 * it. */
		if (at < m->top && size > m->top - at && size <= m->room - at) {
			size = m->top - at;
			end->in_flight = true;
		}
		if (size < CHUNK_MIN || size % 16 || head & m->bad || size > m->room - at) {
			if (is_fence(m->span, m->span->start + at, size, m->arena))
				end->how = WALK_FENCE;
			else if (head == 0)
				end->how = WALK_ZERO;
			break;
		}
		before = at;
		set(m->bound, before, true);
		end->chunks++;
		at += size;
	}
	end->at = at;
	end->last = before;
}

/* How many chunks a walk may go astray, by stale headers, before that shows. */
#define ASTRAY_MOST 16

/* The bound that is so many before end->last, or the first one. */
static uint64_t some_back(const struct marker *m, const struct segment_end *end)
{
	uint64_t at = end->last;

	for (uint32_t n = 0; n < ASTRAY_MOST && at > 0; n += is_bound(m, at))
		at -= 16;
	return at;
}

static bool is_stray(const struct segment_end *end)
{
	return end->chunks && (end->how == WALK_ZERO || end->how == WALK_BAD);
}

/*
 * A head that a thread is about to write, by its registers: where, and of which size. Of the rest
 * of a chunk that is split or of a block that is shrunk, or of chunks that become one (of which
 * _int_free() overwrites the second head before it writes the first).
 */
struct pending {
	uint64_t at, size;
	uint32_t score; /* 0: none */
};
/* The place, the head itself and the place behind are in hand: it is no accident. */
#define PENDING_SURELY 4

/* A chunk of the walk, or where it ended. */
static bool is_on_the_way(const struct marker *m, const struct segment_end *end, uint64_t at)
{
	return at % 16 == 0 &&
	       ((at == end->at && is_stray(end)) || (at <= end->last && is_bound(m, at)));
}

/* True when others would follow it. */
static bool may_be_pending(const struct marker *m, uint64_t at, uint64_t size)
{
	return size % 16 == 0 && size >= CHUNK_MIN && size <= m->room - at &&
	       m->room - at - size >= CHUNK_HEAD && size != size_at(m, at) && goes_on(m, at + size);
}

static bool is_better(const struct pending *p, const struct pending *best)
{
	/* The smaller one: where the larger would end, chunks behind it end too. */
	return p->score > best->score || (p->score == best->score && p->size < best->size);
}

static void find_pending_of(const struct marker *m, const struct segment_end *end,
			    const struct image_thread *t, struct pending *best)
{
	for (uint32_t i = 0; i < HANDS; i++) {
		const uint64_t at = t->reg[i] - m->span->start;

		/* Mostly none is: a thread is looked at for each segment. */
		if (t->reg[i] < m->span->start || !is_on_the_way(m, end, at))
			continue;
		for (uint32_t k = 0; k < HANDS; k++) {
			const uint64_t size = t->reg[k] & ~(uint64_t)CHUNK_FLAGS;
			const struct pending p = {
				.at = at,
				.size = size,
				.score = 1 + (uint32_t)(t->reg[k] & CHUNK_PREV_INUSE) +
					 2 * has_in_hand(t, t->reg[i] + size),
			};

			if (is_better(&p, best) && may_be_pending(m, at, size))
				*best = p;
		}
	}
}

static void forget_behind(const struct marker *m, uint64_t at, struct segment_end *end)
{
	for (uint64_t stale = at + 16; stale <= end->last; stale += 16) {
		end->chunks -= is_bound(m, stale);
		set(m->bound, stale, false);
		set(m->used, stale, false);
	}
}

/* True when there is one with that score or more, and then the walk can go on behind it. */
static bool resume_behind_pending(const struct marker *m, struct segment_end *end, uint32_t score)
{
	const struct memory_image *image = m->w->image;
	struct pending p = { 0 };

	for (uint32_t t = 0; t < image->threads; t++)
		if (!image->thread[t].in_syscall)
			find_pending_of(m, end, &image->thread[t], &p);
	if (p.score < score)
		return false;
	/* What is behind was passed: then all of it is known, and leads to the same end again. */
	if (p.at + p.size <= end->last && is_bound(m, p.at + p.size))
		return false;
	forget_behind(m, p.at, end);
	end->chunks += !is_bound(m, p.at);
	set(m->bound, p.at, true);
	set(m->used, p.at, false);
	end->last = p.at;
	end->at = p.at + p.size;
	end->in_flight = true;
	return true;
}

/*
 * The walk came to what is no header: a chunk that was passed lately may be one that is being split
 * though its remainder is not linked. True when it is so, and then the walk can go on.
 */
static bool resume_behind_split(const struct marker *m, struct segment_end *end)
{
	const uint64_t from = some_back(m, end);

	for (uint64_t at = from + CHUNK_MIN; m->room - at >= CHUNK_HEAD && m->w->steps > 0;
	     at += 16) {
		const uint64_t old = foot_at(m, at), split = at - old;

		m->w->steps--;
		if (old % 16 || old < 2 * CHUNK_MIN || old > at - from || split > end->last ||
		    !is_bound(m, split) || size_at(m, split) >= old ||
		    !is_behind_split(m, split, at))
			continue;
		forget_behind(m, split, end);
		mark_split(m, split, split + size_at(m, split), end);
		end->at = at;
		return true;
	}
	return false;
}

/*
 * A block is being resized: its head has the new size, the remainder no head yet, and nothing tells
 * the old one. Chunks go on behind, or inside where it takes over a free one.
 */
static void find_next(const struct marker *m, struct segment_end *end)
{
	const uint64_t start = m->span->start;
	const uint64_t next = glibc_resync(m->w, m->span, start + end->last + CHUNK_MIN,
					   start + m->top, m->arena, false);

	end->next = next;
	if (next != GLIBC_NOWHERE && next - start < end->at)
		end->at = next - start;
}

/*
 * arena.c, sysmalloc() where a heap is full: a remainder that is no chunk makes the last fence 0x20
 * long. Missing it gave 9 false lost blocks at 4 GiB.
 */
static void take_long_fence(const struct marker *m, struct segment_end *end)
{
	if (end->how != WALK_FENCE || end->chunks == 0 || end->at - end->last != CHUNK_MIN ||
	    m->room - end->at < CHUNK_HEAD || size_at(m, end->at) != 0)
		return;
	set(m->bound, end->last, false);
	set(m->used, end->last, false);
	end->at = end->last;
	end->chunks--;
}

/* One thread has an arena at a time; a few, should the first have been a mistake. */
#define HEADS_IN_FLIGHT 4

static struct segment_end mark_all(const struct marker *m)
{
	struct segment_end end = { .next = GLIBC_NOWHERE };

	mark(m, &end);
	/* Stale headers may lead past it, and to others that are none. */
	if (end.chunks && resume_behind_pending(m, &end, PENDING_SURELY))
		mark(m, &end);
	for (int i = 0; i < HEADS_IN_FLIGHT && is_stray(&end); i++) {
		if (!resume_behind_pending(m, &end, 1) && !resume_behind_split(m, &end))
			break;
		mark(m, &end);
	}
	/* Whoever wiped the header out, the chunk before it may be in use: it is not lost for that.
	 */
	if (is_stray(&end)) {
		set(m->used, end.last, true);
		find_next(m, &end);
	}
	take_long_fence(m, &end);
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

	*ret = (struct segment_end){ .at = s->start, .next = GLIBC_NOWHERE, .how = WALK_BAD };
	if (s->end - s->start < CHUNK_HEAD + CHUNK_MIN || s->start % 16)
		return 0;
	r = heap_add_area(h, first, s->end, s->copy + CHUNK_HEAD, 8, arena, &a);
	if (r < 0)
		return r;
	m = (struct marker){
		.w = w,
		.span = s,
		.arena = arena,
		.copy = s->copy,
		.room = s->end - s->start,
		.top = top >= s->start ? top - s->start : UINT64_MAX,
		.newest = w->newest >= s->start ? w->newest - s->start : UINT64_MAX,
		.bad = CHUNK_MMAPPED | (arena == 0 ? (uint64_t)CHUNK_NON_MAIN : 0),
		.bound = a->bound,
		.used = a->used,
	};
	*ret = mark_all(&m);
	ret->at += s->start;
	ret->last += s->start;
	w->q->chunks += ret->chunks;
	if (ret->in_flight)
		w->q->doubts |= DOUBT_ARENA_BUSY;
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

bool glibc_chain_goes_on(struct glibc_walk *w, const struct glibc_span *s, uint64_t at,
			 uint64_t top, uint32_t arena, uint32_t enough)
{
	const uint64_t bad = CHUNK_MMAPPED | (arena == 0 ? (uint64_t)CHUNK_NON_MAIN : 0);

	for (uint32_t n = 0; n < enough; n++) {
		uint64_t head, size;

		if (at % 16 || at > s->end || w->steps == 0)
			return false;
		/* A segment of which the top was just taken away has no fences yet. */
		if (s->end - at <= 2 * CHUNK_FENCE && n > 1)
			return true;
		if (s->end - at < CHUNK_HEAD)
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
		/* The top may be moved before the head of what is cut off from it is written. */
		if (at < top && top - at < size && top < s->end)
			return top % 16 == 0;
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
