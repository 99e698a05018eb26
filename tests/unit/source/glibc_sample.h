/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small process with a heap of glibc's malloc, made up from the table of layouts: for the
 * versions that no system at hand has, and for the fuzzer to break. Two arenas, one thread, two
 * mmapped chunks; free chunks in a bin, a fastbin and the tcache.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "model/memory_image.h"
#include "source/glibc_layout.h"

#define SAMPLE_LIBC UINT64_C(0x7f1200000000)
#define SAMPLE_HEAP UINT64_C(0x555555559000)
#define SAMPLE_ARENA UINT64_C(0x7e0000000000)
#define SAMPLE_TLS UINT64_C(0x7f1200010000)
#define SAMPLE_MMAPPED (SAMPLE_TLS + 0x4000)
#define SAMPLE_STACK UINT64_C(0x7ffff0000000)
#define SAMPLE_FS (SAMPLE_TLS + 0x2740)
#define SAMPLE_MAIN (SAMPLE_LIBC + 0x400)
#define SAMPLE_SBRK_BASE (SAMPLE_LIBC + 0x200) /* where the word stands */
#define SAMPLE_SLOT 0x48
#define SAMPLE_KEY UINT64_C(0x1122334455667788)

struct glibc_sample {
	uint32_t arena, par, tcache; /* rows of the tables */
	bool has_tcache, mangled;
	bool long_info;	      /* struct heap_info of 0x30 bytes */
	uint32_t tcache_more; /* what the tcache's chunk got above its size */
};

/* What must be found. */
#define SAMPLE_USED_EACH 12 /* blocks in use in each arena, without the tcache struct */
#define SAMPLE_USED_SIZE 0x68
#define SAMPLE_FREED 3 /* tcache chunks, as many in a fastbin, one in a bin; main arena */

static inline uint8_t *sample_at(const struct memory_image *m, uint64_t address)
{
	return (uint8_t *)(uintptr_t)image_at(m, address, 8);
}

static inline void sample_put(const struct memory_image *m, uint64_t address, uint64_t word)
{
	uint8_t *p = sample_at(m, address);

	if (p)
		memcpy(p, &word, sizeof(word));
}

static inline void sample_map(struct memory_image *m, uint64_t start, uint64_t bytes,
			      uint32_t flags, uint64_t inode, const char *path)
{
	struct mapping *map;

	m->mapping = reallocarray(m->mapping, m->mappings + 1, sizeof(*m->mapping));
	if (!m->mapping)
		abort();
	map = &m->mapping[m->mappings++];
	*map = (struct mapping){ .start = start,
				 .end = start + bytes,
				 .flags = flags,
				 .inode = inode,
				 .path = strdup(path),
				 .runs = 1 };
	map->run = malloc(sizeof(*map->run));
	if (!map->path || !map->run || mapping_reserve(map) < 0)
		abort();
	map->run[0] = (struct page_run){ start, start + bytes };
	m->copied_bytes += bytes;
}

static inline void sample_arena(const struct memory_image *m, const struct glibc_sample *s,
				uint64_t at, uint64_t next, uint64_t top, uint64_t bytes)
{
	const struct glibc_arena_layout *l = &glibc_arena_layouts[s->arena];

	sample_put(m, at + l->top, top);
	for (uint32_t i = 0; i < GLIBC_BINS; i++) {
		const uint64_t bin = at + l->bins + 16 * i;

		sample_put(m, bin, bin - CHUNK_HEAD);
		sample_put(m, bin + 8, bin - CHUNK_HEAD);
	}
	sample_put(m, at + l->next, next);
	sample_put(m, at + l->system_mem, bytes);
	sample_put(m, at + l->system_mem + 8, bytes);
}

static inline uint64_t sample_chunk(const struct memory_image *m, uint64_t at, uint64_t size,
				    uint64_t flags)
{
	sample_put(m, at + 8, size | flags);
	return at + size;
}

/* Puts the chunk in front of the list at `head`; `plus`: what the list links of a chunk. */
static inline void sample_link(const struct memory_image *m, const struct glibc_sample *s,
			       uint64_t head, uint64_t chunk, uint64_t plus)
{
	const uint64_t user = chunk + CHUNK_HEAD;
	uint64_t first = 0;

	(void)image_word(m, head, &first);
	sample_put(m, user, s->mangled ? first ^ user >> 12 : first);
	sample_put(m, head, chunk + plus);
}

/* Chunks from `at` to `end`, the rest is the top. */
static inline uint64_t sample_chunks(const struct memory_image *m, const struct glibc_sample *s,
				     uint64_t at, uint64_t end, uint64_t arena, bool is_main)
{
	const struct glibc_arena_layout *l = &glibc_arena_layouts[s->arena];
	const struct glibc_tcache_layout *t = &glibc_tcache_layouts[s->tcache];
	const uint64_t flags = CHUNK_PREV_INUSE | (is_main ? 0 : CHUNK_NON_MAIN);
	uint64_t tcache = 0, chunk;

	if (is_main && s->has_tcache) {
		tcache = at + CHUNK_HEAD;
		sample_put(m, SAMPLE_FS - SAMPLE_SLOT, tcache);
		at = sample_chunk(m, at, t->chunk_size + s->tcache_more, flags);
	}
	for (int i = 0; i < SAMPLE_USED_EACH; i++) {
		at = sample_chunk(m, at, SAMPLE_USED_SIZE + 8, flags);
		if (!is_main || i >= SAMPLE_FREED)
			continue;
		if (tcache) {
			sample_link(m, s, tcache + t->entries + 8 * 2, at, CHUNK_HEAD);
			sample_put(m, at + CHUNK_HEAD + 8, SAMPLE_KEY);
			at = sample_chunk(m, at, 0x40, flags);
		}
		if (l->fastbins) {
			sample_link(m, s, arena + l->fastbins + 8, at, 0);
			at = sample_chunk(m, at, 0x30, flags);
		}
	}
	if (is_main) { /* the unsorted bin */
		chunk = at;
		at = sample_chunk(m, at, 0x500, flags);
		sample_put(m, at, 0x500);
		sample_put(m, chunk + 16, arena + l->bins - CHUNK_HEAD);
		sample_put(m, chunk + 24, arena + l->bins - CHUNK_HEAD);
		sample_put(m, arena + l->bins, chunk);
		sample_put(m, arena + l->bins + 8, chunk);
		at = sample_chunk(m, at, SAMPLE_USED_SIZE + 8, flags & ~(uint64_t)CHUNK_PREV_INUSE);
	}
	(void)sample_chunk(m, at, end - at, CHUNK_PREV_INUSE);
	return at;
}

static inline void sample_mmapped(const struct memory_image *m, const struct glibc_sample *s)
{
	const uint64_t less = glibc_arena_layouts[s->arena].mmapped_short ? CHUNK_HEAD : 0;
	const struct glibc_par_layout *p = &glibc_par_layouts[s->par];
	const uint64_t at = SAMPLE_MMAPPED, moved = at + 0x2000 + 0x1ff0;

	sample_put(m, at + 8, (0x2000 - less) | CHUNK_MMAPPED);
	/* memalign(8192) of the second: the first header is stale. */
	sample_put(m, at + 0x2000 + 8, (0x4000 - less) | CHUNK_MMAPPED);
	sample_put(m, moved, 0x1ff0);
	sample_put(m, moved + 8, (0x4000 - 0x1ff0 - less) | CHUNK_MMAPPED);
	sample_put(m, SAMPLE_SBRK_BASE, SAMPLE_HEAP);
	sample_put(m, SAMPLE_SBRK_BASE + (uint64_t)(int64_t)p->n_mmaps, 2);
	sample_put(m, SAMPLE_SBRK_BASE + (uint64_t)(int64_t)p->n_mmaps + 4, 0x10000);
	sample_put(m, SAMPLE_SBRK_BASE + (uint64_t)(int64_t)p->max_n_mmaps, 2);
	sample_put(m, SAMPLE_SBRK_BASE + (uint64_t)(int64_t)p->mmapped_mem, 0x6000);
	sample_put(m, SAMPLE_SBRK_BASE + (uint64_t)(int64_t)p->max_mmapped_mem, 0x6000);
}

static inline void glibc_sample_make(const struct glibc_sample *s, struct memory_image *m)
{
	const struct glibc_arena_layout *l = &glibc_arena_layouts[s->arena];
	const uint64_t info = s->long_info ? 0x30 : 0x20, arena = SAMPLE_ARENA + info;
	const uint64_t bytes = 0x8000;
	const uint32_t rw = MAPPING_READ | MAPPING_WRITE;
	uint64_t top;

	*m = MEMORY_IMAGE_NONE;
	sample_map(m, SAMPLE_HEAP, bytes, rw, 0, "[heap]");
	sample_map(m, SAMPLE_ARENA, bytes, rw, 0, "");
	sample_map(m, SAMPLE_LIBC, 0x2000, rw, 77, "/usr/lib/libc.so.6");
	sample_map(m, SAMPLE_TLS, 0xc000, rw, 0, "");
	sample_map(m, SAMPLE_STACK, 0x4000, rw, 0, "[stack]");
	m->thread = calloc(1, sizeof(*m->thread));
	if (!m->thread)
		abort();
	m->threads = 1;
	m->thread[0].tid = m->pid = 4711;
	m->thread[0].reg[IMAGE_FS_BASE] = SAMPLE_FS;
	m->thread[0].reg[IMAGE_RSP] = SAMPLE_STACK + 0x3000;
	sample_put(m, SAMPLE_FS, SAMPLE_FS);
	sample_put(m, SAMPLE_FS + 16, SAMPLE_FS);
	sample_put(m, SAMPLE_FS + 0x2d0, 4711);

	sample_arena(m, s, SAMPLE_MAIN, arena, 0, bytes);
	sample_arena(m, s, arena, SAMPLE_MAIN, 0, bytes);
	top = sample_chunks(m, s, SAMPLE_HEAP, SAMPLE_HEAP + bytes, SAMPLE_MAIN, true);
	sample_put(m, SAMPLE_MAIN + l->top, top);
	sample_put(m, SAMPLE_ARENA, arena);
	sample_put(m, SAMPLE_ARENA + 16, bytes);
	top = sample_chunks(m, s, (arena + l->size + 15) & ~UINT64_C(15), SAMPLE_ARENA + bytes,
			    arena, false);
	sample_put(m, arena + l->top, top);
	sample_mmapped(m, s);
}
