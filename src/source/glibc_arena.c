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
		w->q->unwalked_bytes += info->size;
		return 0;
	}
	s.end = end;
	w->q->heaps++;
	r = glibc_add_private(w->ret, info->address, first);
	return r < 0 ? r : glibc_walk_span(w, &s, top, arena, &sum);
}

/* The heaps of one arena, from that of its top to the one that holds the arena itself. */
static int walk_arena(struct glibc_walk *w, uint64_t arena, uint32_t number)
{
	/* The first heap is aligned to a MiB or more, the arena stands behind its heap_info. */
	const uint64_t info_size = arena % HEAP_SMALLEST;
	uint64_t top, held, sum = 0;
	struct heap_info info;
	int r;

	if (!image_word(w->image, arena + w->arena->top, &top) || top % 16 ||
	    !image_word(w->image, arena + w->arena->system_mem, &held) ||
	    (info_size != 0x20 && info_size != 0x30) || !heap_of_top(w, arena, top, &info)) {
		w->q->doubts |= DOUBT_WALK;
		return 0;
	}
	while (true) {
		/* A claimed heap ends a chain that leads back into itself. */
		if (info.size > UINT64_MAX - info.address || info.size < info_size ||
		    !glibc_claim(w, info.address, info.address + info.size)) {
			w->q->doubts |= DOUBT_WALK;
			break;
		}
		r = walk_heap(w, &info, info_size, top, number);
		if (r < 0)
			return r;
		sum += info.size;
		if (info.prev == 0)
			break;
		if (info.prev % HEAP_SMALLEST || !read_info(w->image, info.prev, &info) ||
		    info.arena != arena || info.size % IMAGE_PAGE) {
			w->q->doubts |= DOUBT_WALK;
			break;
		}
	}
	w->q->checks++;
	if (sum == held)
		w->q->checks_passed++;
	else
		w->q->doubts |= DOUBT_SYSTEM_MEM;
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
