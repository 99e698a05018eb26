/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the walk of glibc's heap share; for glibc_*.c alone. Everything in the image is
 * hostile: an address is used only through glibc_span() and image_word().
 */
#pragma once

#include "base/macro.h"
#include "source/glibc_layout.h"
#include "source/glibc_walk.h"

/* Memory that lies in one piece both in the process and in our copy. */
struct glibc_span {
	const uint8_t *copy; /* the byte at `start` */
	uint64_t start, end;
};

/* From `address` to where the copy ends; .copy NULL when it was not taken. */
struct glibc_span glibc_span(const struct memory_image *image, uint64_t address) _nonnull_all_;
uint64_t glibc_load(const struct glibc_span *s, uint64_t address) _nonnull_all_;

struct glibc_walk {
	const struct memory_image *image;
	const struct glibc_arena_layout *arena;
	struct glibc_heap *ret;
	struct scan_quality *q;
	/* What belongs to some heap of the allocator already: ascending, without overlap. */
	struct page_run *claim;
	uint32_t claims, claim_room;
	uint64_t steps;		  /* what is left for attempts: bounds the work on hostile input */
	uint64_t top, system_mem; /* of the main arena */
	/*
	 * The first chunk of the unsorted bin of the arena that is walked: what a split leaves is
	 * linked there before it has its header. 0: none.
	 */
	uint64_t newest;
	/* From sbrk_base to the first chunk: 2.31 takes its tunables from the break, unaligned. */
	uint64_t lead;
};

/* False when it overlaps with what is claimed, or memory is short: then it must not be used. */
bool glibc_claim(struct glibc_walk *w, uint64_t start, uint64_t end) _nonnull_all_;
/* The claim that holds the address, or the next one above; NULL when there is none. */
const struct page_run *glibc_claim_at(const struct glibc_walk *w, uint64_t address) _nonnull_all_;
/*
 * Calls fn for each page that is there, may belong to the allocator and is not claimed yet, with
 * the memory from it to the next claim; it may claim some of it. Stops at a negative result.
 */
typedef int (*glibc_page_fn)(struct glibc_walk *w, const struct glibc_span *s, void *context);
int glibc_each_page(struct glibc_walk *w, glibc_page_fn fn, void *context) _must_check_
	_nonnull_(1, 2);
int glibc_add_private(struct glibc_heap *g, uint64_t start,
		      uint64_t end) _must_check_ _nonnull_all_;

/* -ENOENT: none. One that was never used only when there is no other (ret->is_idle). */
int glibc_find_main_arena(struct glibc_walk *w) _must_check_ _nonnull_all_;
/* As the struct is before malloc's first call, by the row of w; s has all of it. */
bool glibc_is_idle_arena(const struct glibc_walk *w, const struct glibc_span *s,
			 uint64_t arena) _nonnull_all_;
/* Nothing is mapped in which blocks of any allocator could be. */
bool glibc_has_no_blocks(const struct memory_image *image) _nonnull_all_;
void glibc_find_par(struct glibc_walk *w, const struct glibc_par_layout **ret) _nonnull_all_;

enum walk_end {
	WALK_TOP = 0,
	WALK_FENCE, /* what glibc puts where a segment ends before the top */
	WALK_ZERO,  /* a header that was never written */
	WALK_BAD,
};
struct segment_end {
	uint64_t at;   /* the header that is no chunk of the program */
	uint64_t last; /* the header of the last chunk, when there are chunks */
	uint64_t next; /* where chunks go on behind an end of WALK_BAD or WALK_ZERO */
	uint64_t chunks;
	enum walk_end how;
	bool in_flight; /* a chunk was split, or the top moved, just when it was stopped */
};

/*
 * Walks the chunks from the header at s->start to `top`, a fence, or s->end, and adds them to the
 * heap as an area. 0 or -ENOMEM, -E2BIG.
 */
int glibc_walk_segment(struct glibc_walk *w, const struct glibc_span *s, uint64_t top,
		       uint32_t arena, struct segment_end *ret) _must_check_ _nonnull_all_;
/*
 * Do chunks begin at this header? They must lead to the top or to what ends a segment, or be as
 * many as are enough. The first one of a segment says that the one before is in use;
 * glibc_chain_goes_on() does not ask for that.
 */
#define GLIBC_CHAIN_ENOUGH 4096 /* no foreign memory looks like that by chance */
bool glibc_chain_holds(struct glibc_walk *w, const struct glibc_span *s, uint64_t at, uint64_t top,
		       uint32_t arena) _nonnull_all_;
bool glibc_chain_goes_on(struct glibc_walk *w, const struct glibc_span *s, uint64_t at,
			 uint64_t top, uint32_t arena, uint32_t enough) _nonnull_all_;
/*
 * The next header from which they do; GLIBC_NOWHERE when there is none. The first one of a segment
 * says that the one before is in use, one within it need not.
 */
#define GLIBC_NOWHERE UINT64_MAX
uint64_t glibc_resync(struct glibc_walk *w, const struct glibc_span *s, uint64_t at, uint64_t top,
		      uint32_t arena, bool first) _nonnull_all_;

struct segment_sum {
	uint64_t segments; /* bytes of all segments, fences and top with them; to add to */
	uint64_t gaps;	   /* what lies between those of one span; to add to */
	bool top;	   /* the last one ended with the top */
};
/* All segments in a span that begins with one. Arena 0: what it finds is claimed. */
int glibc_walk_span(struct glibc_walk *w, const struct glibc_span *s, uint64_t top, uint32_t arena,
		    struct segment_sum *sum) _must_check_ _nonnull_all_;

int glibc_walk_main(struct glibc_walk *w) _must_check_ _nonnull_all_;
int glibc_walk_arenas(struct glibc_walk *w) _must_check_ _nonnull_all_;
int glibc_walk_mmapped(struct glibc_walk *w, const struct glibc_par_layout *par) _must_check_
	_nonnull_(1);
/* Fastbins and tcaches: what is free although it looks like in use. The areas are sorted. 0 or
 * -ENOMEM. */
int glibc_free_lists(struct glibc_walk *w) _must_check_ _nonnull_all_;

/* The next arena of the ring; 0 when it cannot be read. */
uint64_t glibc_next_arena(const struct glibc_walk *w, uint64_t arena) _nonnull_all_;
/* The first chunk of its unsorted bin; 0 when there is none. */
uint64_t glibc_newest_free(const struct glibc_walk *w, uint64_t arena) _nonnull_all_;
#define GLIBC_ARENAS_MAX 65536u
