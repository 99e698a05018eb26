/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blocks of a heap, whoever allocated them: which ranges of a memory image an allocator owns,
 * and where blocks begin in them. A heap walker (source/glibc_walk.h) fills it, the reachability
 * judge (judge/reach.h) reads it; it knows nothing of any allocator's headers.
 *
 * area: a range that is tiled by chunks. Two bits for every 16 bytes (GRANULE), which is what every
 * allocator of x86-64 aligns blocks to: `bound`, a chunk's user memory begins here; `used`, and a
 * block lives in it. 1.6 % of the heap together.
 *
 * single: an area of one block (an mmapped chunk, which may be a GiB): no bitmaps.
 *
 * A block begins at its bound and ends `overhead` bytes before the next one (the next chunk's
 * header), or at the area's end. Its size is what malloc_usable_size() returns: what the program
 * asked for is not stored anywhere, and is up to 24 bytes less, 16 more where glibc did not
 * split a small remainder off.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "model/memory_image.h"

#define GRANULE UINT64_C(16)

struct heap_area {
	uint64_t start;		/* user memory of the first chunk; a multiple of GRANULE */
	uint64_t end;		/* where the last block's user memory ends */
	const uint8_t *copy;	/* the byte at `start`; end - start bytes are readable. Borrowed */
	uint64_t *bound, *used; /* (end - start) / GRANULE bits rounded up to words; NULL: single */
	uint32_t *crossing; /* by page of the area: 1 + granule of the last bound at or before its
			       first byte, 0 = none; made by heap_index */
	/*
	 * What of it was present: of the mapping that holds it, borrowed (heap_set_runs). NULL: not
	 * known. Only a help to skip zero pages, whose first read costs a page fault each.
	 */
	const struct page_run *run;
	uint32_t runs;
	uint32_t overhead;
	uint32_t arena; /* whose it is; 0 is the main arena. For reports only */
};

struct heap {
	struct heap_area *area; /* ascending and without overlap after heap_index */
	uint32_t areas, room;
	uint64_t low, high;		  /* every area lies within; a quick test for a pointer */
	uint64_t used_blocks, used_bytes; /* counted by heap_index */
	uint64_t free_blocks, free_bytes; /* chunks that are not in use */
};

/* One block. `area` and `granule` name it for the bitmaps of a judge. */
struct heap_block {
	uint32_t area;
	uint64_t granule; /* (address - area.start) / GRANULE */
	uint64_t address, size;
};

/* All empty; heap_release accepts it. Frees what heap_add_* allocated, never the copies. */
#define HEAP_NONE ((struct heap){ 0 })
void heap_release(struct heap *h) _nonnull_all_;
#define _cleanup_heap_ _cleanup_(heap_release)

/*
 * An area without blocks yet, for heap_mark; start < end, start aligned (-EINVAL). The pointer is
 * valid until the next heap_add. -ENOMEM. At most UINT32_MAX granules: 64 GiB (-E2BIG).
 */
int heap_add_area(struct heap *h, uint64_t start, uint64_t end, const uint8_t *copy,
		  uint32_t overhead, uint32_t arena,
		  struct heap_area **ret) _must_check_ _nonnull_all_;
/* An area that is one block in use. */
int heap_add_single(struct heap *h, uint64_t start, uint64_t end,
		    const uint8_t *copy) _must_check_ _nonnull_all_;

/* A chunk's user memory begins at `address`: within the area and aligned, else ignored. Marked
 * again, the last word counts. */
void heap_mark(struct heap_area *a, uint64_t address, bool in_use) _nonnull_all_;

/*
 * Call when all is marked: sorts the areas, counts, makes the crossings. -EPROTO when two areas
 * overlap, which no walk of a sound heap gives. O(granules / 64).
 */
int heap_index(struct heap *h) _must_check_ _nonnull_all_;

/* After heap_index: a block in use counts as free from here on. One that is an area of its own
 * stays. */
void heap_free(struct heap *h, const struct heap_block *b) _nonnull_all_;

/* Gives each area the runs of the mapping that holds it. The image must outlive the heap. */
void heap_set_runs(struct heap *h, const struct memory_image *image) _nonnull_all_;

/* The area that holds the address, NULL when none does. O(log areas). After heap_index. */
const struct heap_area *heap_area_at(const struct heap *h, uint64_t address) _nonnull_all_;

/* The first part of [from, end), which lies in the area, that was present (all of it when that is
 * not known); false when none was. */
bool heap_next_present(const struct heap_area *a, uint64_t from, uint64_t end,
		       struct page_run *ret) _nonnull_all_;

/* 1 + the granule of the last bound at or before `granule`, 0 when there is none. Not for a single
 * area. A look back of at most one page. */
uint64_t heap_bound_before(const struct heap_area *a, uint64_t granule) _nonnull_all_;

/*
 * The block in use whose memory [address, address + size) holds `pointer`; a block of size 0 does
 * not exist (glibc gives 24 bytes). False for free chunks, headers and other memory. O(log areas)
 * and a look back of at most one page.
 */
bool heap_block_at(const struct heap *h, uint64_t pointer, struct heap_block *ret) _nonnull_all_;

/*
 * The next block in use at or after (area, granule); false at the end. For loops over all blocks:
 * begin with {0, 0}, go on with granule + 1.
 */
bool heap_next(const struct heap *h, uint32_t area, uint64_t granule,
	       struct heap_block *ret) _nonnull_all_;
