/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where glibc's malloc keeps what, on x86-64: offsets in struct malloc_state, malloc_par and
 * tcache_perthread_struct of each range of versions, as rows that are tried one after the other.
 *
 * Sources: malloc/malloc.c and malloc/arena.c of the tags glibc-2.23 to glibc-2.43; 2.31, 2.36,
 * 2.41 and 2.43 were compared with running programs (tests/system/test-glibc.c).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CHUNK_HEAD UINT64_C(16) /* prev_size and size, in front of the user's memory */
#define CHUNK_MIN UINT64_C(32)
#define CHUNK_FENCE UINT64_C(16) /* no chunk in use is so small: the end of a segment */
enum chunk_flag {
	CHUNK_PREV_INUSE = 1,
	CHUNK_MMAPPED = 2,
	CHUNK_NON_MAIN = 4,
	CHUNK_FLAGS = 7,
};

#define GLIBC_BINS 127	  /* pairs of pointers, each as fd and bk of a chunk 16 bytes below */
#define GLIBC_FASTBINS 10 /* chunk sizes 0x20 to 0xb0 */

/* struct malloc_state. */
struct glibc_arena_layout {
	const char *name;
	uint32_t fastbins; /* 0: it has none */
	uint32_t top, bins, next, system_mem, size;
	/*
	 * The size of an mmapped chunk does not count its own header (2.43, with MMAP_HP).
	 * mremap_chunk() there adds 16 bytes too many to mmapped_mem each time (measured), and
	 * free() leaves them.
	 */
	bool mmapped_short;
	uint32_t par; /* the first row of glibc_par_layouts that may go with it */
};

/* struct malloc_par, as distances from .sbrk_base, which is what it is found by. */
struct glibc_par_layout {
	int32_t n_mmaps, max_n_mmaps;	      /* int */
	int32_t mmapped_mem, max_mmapped_mem; /* size_t */
	int32_t start;
};

/* struct tcache_perthread_struct, known by the size of the chunk that it is. */
struct glibc_tcache_layout {
	uint32_t chunk_size;
	uint32_t bins, entries; /* how many lists, and where their heads are */
	uint32_t
		small_bins; /* bin i of these holds chunks of 0x20 + 0x10 * i bytes; others mixed */
	uint32_t count_bytes; /* of a list's counter at the start of the struct */
	bool keyed;	      /* the second word of a cached chunk is the same in all of a thread */
};

extern const struct glibc_arena_layout glibc_arena_layouts[3];
extern const struct glibc_par_layout glibc_par_layouts[2];
extern const struct glibc_tcache_layout glibc_tcache_layouts[3];
