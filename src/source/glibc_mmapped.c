/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks that have a mapping of their own (sysmalloc_mmap). The kernel merges neighbours, so several
 * may be in one line of the maps, beside stacks and what the program mapped itself: they are known
 * by their header at the start of a page, and mp_ says how many there must be.
 */
#include <errno.h>

#include "source/glibc_parts.h"

struct mmapped_sum {
	uint32_t chunks;
	uint64_t bytes;
};

struct mmapped {
	uint64_t chunk; /* its header */
	uint64_t bytes; /* of the whole mapping */
};

/* The bytes from the mapping's start to its end by the header at `chunk`; 0: it is none. */
static uint64_t mapped_bytes(const struct glibc_walk *w, const struct glibc_span *s, uint64_t start,
			     uint64_t chunk)
{
	const uint64_t head = glibc_load(s, chunk + 8);
	const uint64_t size = head & ~(uint64_t)CHUNK_FLAGS;
	/* 2.43 keeps a flag (MMAP_HP) in the offset. */
	uint64_t offset = glibc_load(s, chunk), bytes = chunk - start + size;

	if (w->arena->mmapped_short) {
		offset &= ~UINT64_C(1);
		bytes += CHUNK_HEAD;
	}
	if ((head & CHUNK_FLAGS) != CHUNK_MMAPPED || offset != chunk - start || size > s->end - chunk ||
	    bytes % IMAGE_PAGE || bytes > s->end - start || size < CHUNK_MIN)
		return 0;
	return bytes;
}

/*
 * memalign() of a large block moves the header up to the aligned place and leaves the first one as
 * it was. _int_memalign(): the lowest aligned place, or the next when the lead were no chunk.
 */
static uint64_t moved_header(const struct glibc_walk *w, const struct glibc_span *s, uint64_t start,
			     uint64_t bytes)
{
	for (uint64_t align = 32; align < bytes; align *= 2) {
		const uint64_t lowest = (start + CHUNK_HEAD + align - 1) & ~(align - 1);

		for (uint64_t user = lowest; user <= lowest + align; user += align) {
			const uint64_t chunk = user - CHUNK_HEAD;

			if (user < start || user - start >= bytes || chunk == start)
				continue;
			if (mapped_bytes(w, s, start, chunk) == bytes)
				return chunk;
		}
	}
	return start;
}

static bool find_at(const struct glibc_walk *w, const struct glibc_span *s, struct mmapped *ret)
{
	ret->bytes = mapped_bytes(w, s, s->start, s->start);
	if (ret->bytes == 0)
		return false;
	ret->chunk = moved_header(w, s, s->start, ret->bytes);
	return true;
}

static int try_page(struct glibc_walk *w, const struct glibc_span *s, void *context)
{
	struct mmapped_sum *sum = context;
	struct mmapped m;
	uint64_t user, end;
	int r;

	if (!find_at(w, s, &m) || !glibc_claim(w, s->start, s->start + m.bytes))
		return 0;
	user = m.chunk + CHUNK_HEAD;
	end = s->start + m.bytes - (w->arena->mmapped_short ? 8 : 0);
	r = glibc_add_private(w->ret, s->start, user);
	if (r == 0)
		r = glibc_add_private(w->ret, end, s->start + m.bytes);
	if (r == 0)
		r = heap_add_single(&w->ret->heap, user, end, s->copy + (user - s->start));
	sum->bytes += m.bytes;
	sum->chunks++;
	w->q->chunks++;
	w->q->mmapped++;
	return r;
}

/* mp_ counts the mappings and their bytes. */
static void check(struct glibc_walk *w, const struct glibc_par_layout *par,
		  const struct mmapped_sum *sum)
{
	const uint64_t base = w->ret->mp - (uint64_t)(int64_t)par->start;
	uint64_t n = 0, mem = 0;
	bool same_count, same_bytes;

	(void)image_word(w->image, base + (uint64_t)(int64_t)par->n_mmaps, &n);
	(void)image_word(w->image, base + (uint64_t)(int64_t)par->mmapped_mem, &mem);
	same_count = (uint32_t)n == sum->chunks;
	same_bytes = mem == sum->bytes ||
		     (w->arena->mmapped_short && mem > sum->bytes && mem % 16 == 0);
	w->q->checks += 2;
	w->q->checks_passed += same_count + same_bytes;
	if (!same_count || !same_bytes)
		w->q->doubts |= DOUBT_MMAPPED;
}

int glibc_walk_mmapped(struct glibc_walk *w, const struct glibc_par_layout *par)
{
	struct mmapped_sum sum = { 0 };
	const int r = glibc_each_page(w, try_page, &sum);

	if (r < 0)
		return r;
	if (par)
		check(w, par, &sum);
	else
		w->q->doubts |= DOUBT_MMAPPED;
	return 0;
}
