/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arenas of other threads: each a chain of heaps, which are aligned to their largest size, so
 * that a chunk's heap is found by its address.
 *
 * struct heap_info (arena.c): ar_ptr, prev, size, mprotect_size, and since 2.35 pagesize.
 */
#include <errno.h>

#include "source/glibc_parts.h"

#define HEAP_SMALLEST (UINT64_C(1) << 20)
#define HEAP_LARGEST (UINT64_C(4) << 30)

struct heap_info {
	uint64_t address, arena, prev, size;
};

static bool read_info(const struct memory_image *image, uint64_t at, struct heap_info *ret)
{
	const uint8_t *p = image_at(image, at, 24);
	struct glibc_span s;

	if (!p)
		return false;
	s = (struct glibc_span){ p, at, at + 24 };
	*ret = (struct heap_info){ at, glibc_load(&s, at), glibc_load(&s, at + 8),
				   glibc_load(&s, at + 16) };
	return true;
}

/* HEAP_MAX_SIZE is 64 MiB, with the tunable hugetlb four huge pages: it is what fits. */
static bool heap_of_top(const struct glibc_walk *w, uint64_t arena, uint64_t top,
			struct heap_info *ret)
{
	for (uint64_t most = HEAP_SMALLEST; most <= HEAP_LARGEST; most *= 2)
		if (read_info(w->image, top & ~(most - 1), ret) && ret->arena == arena &&
		    ret->size % IMAGE_PAGE == 0 && ret->size <= most &&
		    top - ret->address < ret->size)
			return true;
	return false;
}

/* What is mapped of it: shrink_heap() unmaps before it tells, grow_heap() tells last. */
static int walk_heap(struct glibc_walk *w, const struct heap_info *info, uint64_t info_size,
		     uint64_t top, uint32_t arena)
{
	const bool is_first = info->arena == info->address + info_size;
	const uint64_t first = is_first ? (info->arena + w->arena->size + 15) & ~UINT64_C(15)
					: info->address + info_size;
	const uint64_t end = info->address + info->size;
	struct glibc_span s = glibc_span(w->image, first);
	struct segment_sum sum = { 0 };
	int r;

	if (!s.copy || s.end < end || first >= end) {
		w->q->doubts |= DOUBT_WALK;
		w->q->unwalked_bytes += end - MIN(s.end, end);
	}
	if (!s.copy || first >= end)
		return 0;
	s.end = MIN(s.end, end);
	w->q->heaps++;
	r = glibc_add_private(w->ret, info->address, first);
	return r < 0 ? r : glibc_walk_span(w, &s, top, arena, &sum);
}

struct arena_walk {
	uint64_t address, top, info_size;
	uint32_t number;
	uint64_t sum; /* of its heaps */
};

/* 1: it was walked; 0: it is none of this arena's, or was walked already. */
static int try_heap(struct glibc_walk *w, struct arena_walk *a, const struct heap_info *info)
{
	int r;

	if (info->arena != a->address || info->size % IMAGE_PAGE || info->size < a->info_size ||
	    info->size > HEAP_LARGEST || info->size > UINT64_MAX - info->address ||
	    !glibc_claim(w, info->address, info->address + info->size))
		return 0;
	r = walk_heap(w, info, a->info_size, a->top, a->number);
	a->sum += info->size;
	return r < 0 ? r : 1;
}

/* From the heap of the top to the one that holds the arena itself; false when that fails. */
static int walk_chain(struct glibc_walk *w, struct arena_walk *a, bool *ret_whole)
{
	struct heap_info info;
	int r = heap_of_top(w, a->address, a->top, &info);

	*ret_whole = false;
	while (r > 0) {
		r = try_heap(w, a, &info);
		if (r <= 0)
			return r;
		*ret_whole = info.prev == 0;
		if (*ret_whole || info.prev % HEAP_SMALLEST)
			return 0;
		r = read_info(w->image, info.prev, &info);
	}
	return 0;
}

/*
 * While heap_trim() and sysmalloc() give a heap back or take a new one, the top may lead to none:
 * the heaps are known by what they say themselves.
 */
static int walk_strays(struct glibc_walk *w, struct arena_walk *a)
{
	int r = 0;

	for (uint32_t i = 0; i < w->image->mappings && r >= 0; i++) {
		const struct mapping *m = &w->image->mapping[i];
		uint64_t at = (m->start + HEAP_SMALLEST - 1) & ~(HEAP_SMALLEST - 1);

		for (; m->copy && !m->inode && at < m->end && r >= 0 && w->steps > 0;
		     at += HEAP_SMALLEST) {
			struct heap_info info;

			w->steps--;
			if (read_info(w->image, at, &info))
				r = try_heap(w, a, &info);
		}
	}
	return MIN(r, 0);
}

static int walk_arena(struct glibc_walk *w, uint64_t arena, uint32_t number)
{
	/* The first heap is aligned to a MiB or more, the arena stands behind its heap_info. */
	struct arena_walk a = { .address = arena,
				.info_size = arena % HEAP_SMALLEST,
				.number = number };
	uint64_t held;
	bool whole;
	int r;

	if (!image_word(w->image, arena + w->arena->top, &a.top) || a.top % 16 ||
	    !image_word(w->image, arena + w->arena->system_mem, &held) ||
	    (a.info_size != 0x20 && a.info_size != 0x30)) {
		w->q->doubts |= DOUBT_WALK;
		return 0;
	}
	w->newest = glibc_newest_free(w, arena);
	r = walk_chain(w, &a, &whole);
	if (r == 0 && !whole)
		r = walk_strays(w, &a);
	if (r < 0)
		return r;
	w->q->checks++;
	if (a.sum == held)
		w->q->checks_passed++;
	else
		w->q->doubts |= DOUBT_SYSTEM_MEM;
	if (!whole)
		w->q->doubts |= a.sum == held ? DOUBT_ARENA_BUSY : DOUBT_WALK;
	return 0;
}

int glibc_walk_arenas(struct glibc_walk *w)
{
	const uint64_t main = w->ret->main_arena;
	uint32_t number = 1;

	for (uint64_t a = glibc_next_arena(w, main);
	     a != main && a != 0 && number < GLIBC_ARENAS_MAX;
	     a = glibc_next_arena(w, a), number++) {
		uint64_t mutex = 0;
		int r;

		if (image_word(w->image, a, &mutex) && (uint32_t)mutex != 0)
			w->q->doubts |= DOUBT_ARENA_BUSY;
		w->q->arenas++;
		r = walk_arena(w, a, number);
		if (r < 0)
			return r;
	}
	return 0;
}
