/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * glibc's malloc (ptmalloc) in a memory image, without symbols: finds main_arena, mp_, the other
 * arenas and the tcaches by their structure, walks every chunk, and fills a model heap. Layouts of
 * glibc 2.26 to 2.43 are rows of glibc_layout.h, probed and cross-checked, never taken from a
 * version text. x86-64.
 *
 * Sources: malloc/malloc.c and malloc/arena.c of each tag. The image is hostile: every address is
 * checked against it, every list is bounded, and every walk ends.
 */
#pragma once

#include "base/macro.h"
#include "model/heap.h"
#include "model/leak.h"
#include "model/memory_image.h"

/* What the allocator keeps for itself: no block of the program, and no root. */
struct glibc_private {
	struct page_run *range; /* [start, end), bytes rather than pages; ascending */
	uint32_t ranges, room;
};

struct glibc_heap {
	struct heap heap;	      /* indexed */
	struct glibc_private private; /* arenas, heap_info, tcache structs, free chunks are none of
					 it: the heap's bitmaps have them */
	uint64_t main_arena, mp;      /* addresses; mp 0: not found */
	uint64_t tcache_offset; /* of the tcache pointer from fs_base, as two's complement; 0: none
				 */
	uint64_t main_heap_start; /* sbrk_base: what is before it in [heap] is no chunk (TLS of a
				     static program), and a root */
	/* The TCBs in anonymous memory, outside of blocks, that are of no thread: of threads that
	 * ended, or that fork() left behind. */
	uint64_t *stray_tcb;
	uint32_t stray_tcbs;
	/* No block was ever allocated: the heap is empty, and that is known. */
	bool is_idle;
	char layout[16];
};
void glibc_heap_release(struct glibc_heap *g) _nonnull_all_;

/*
 * 0; -ENOENT: there is no glibc malloc in the image that is known here; -EPROTO: found, but nothing
 * of it can be walked; -ENOMEM. Adds to *q: chunks, arenas, checks, doubts.
 *
 * A malloc that was never called is told from one that is not found by evidence of three kinds: a
 * main_arena as malloc.c initialises it (alone in its ring, no memory, every bin zero or empty);
 * no [heap] but a static program's TLS; and no anonymous mapping above what ld.so makes for itself,
 * which an mmapped chunk or the heap of an unknown allocator would be. Then 0, and ret->is_idle.
 *
 * The tcaches are those of the live threads, and of threads whose TCB is there although they are
 * not: fork() gives the child the memory of all threads, and only the calling one of them (nptl,
 * reclaim_stacks(): the stacks go to the cache as they are; nobody frees the tcache).
 */
int glibc_walk(const struct memory_image *image, struct glibc_heap *ret,
	       struct scan_quality *q) _must_check_ _nonnull_all_;
