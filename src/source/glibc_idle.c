/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A main_arena that was never used: malloc.c initialises .next and .attached_threads, all else is
 * zero (or ptmalloc_init() made the bins, and the top is the unsorted bin: initial_top()). Two
 * KiB of zeros that end with a pointer to their own start are no accident.
 *
 * That says nothing of an allocator that took malloc's place, so there must be no memory that could
 * be its heap, or an mmapped chunk of this one.
 */
#include <string.h>

#include "source/glibc_parts.h"

/* ld.so's own, before malloc: link maps, and the TLS of the first thread. */
#define EARLY_MOST (UINT64_C(64) << 10)

static bool bins_are_new(const struct glibc_walk *w, const struct glibc_span *s, uint64_t arena)
{
	const uint64_t top = glibc_load(s, arena + w->arena->top);
	const uint64_t bins = arena + w->arena->bins;

	if (top != 0 && top != bins - CHUNK_HEAD)
		return false;
	for (uint64_t i = 0; i < 2 * GLIBC_BINS; i++)
		if (glibc_load(s, bins + 8 * i) != (top ? bins + 16 * (i / 2) - CHUNK_HEAD : 0))
			return false;
	return true;
}

bool glibc_is_idle_arena(const struct glibc_walk *w, const struct glibc_span *s, uint64_t arena)
{
	const struct glibc_arena_layout *l = w->arena;
	/* next_free, attached_threads, system_mem, max_system_mem */
	static const uint64_t behind[] = { 0, 1, 0, 0 };

	if (glibc_load(s, arena + l->next) != arena)
		return false;
	for (uint32_t i = 0; i < ARRAY_SIZE(behind); i++)
		if (glibc_load(s, arena + l->next + 8 * (i + 1)) != behind[i])
			return false;
	for (uint32_t i = 0; l->fastbins && i < GLIBC_FASTBINS; i++)
		if (glibc_load(s, arena + l->fastbins + 8 * i) != 0)
			return false;
	return bins_are_new(w, s, arena);
}

static bool holds_register(const struct memory_image *image, const struct mapping *m,
			   enum image_register reg)
{
	for (uint32_t i = 0; i < image->threads; i++)
		if (image->thread[i].reg[reg] - m->start < m->end - m->start)
			return true;
	return false;
}

/* MAP_HUGETLB is a file too. */
static bool is_data(const struct mapping *m)
{
	return m->inode && !(m->flags & MAPPING_SHARED) &&
	       strncmp(m->path, "/anon_hugepage", 14) != 0;
}

static bool may_hold_blocks(const struct memory_image *image, uint32_t i)
{
	const struct mapping *m = &image->mapping[i];
	const bool is_bss = !m->inode && i > 0 && m[-1].inode && m[-1].end == m->start;

	if (!(m->flags & MAPPING_WRITE) || strcmp(m->path, "[stack]") == 0 || is_data(m))
		return false;
	/* A static program's TLS is the first of brk (csu/libc-tls.c). */
	if (strcmp(m->path, "[heap]") == 0 && !holds_register(image, m, IMAGE_FS_BASE))
		return true;
	return !is_bss && m->end - m->start > EARLY_MOST;
}

bool glibc_has_no_blocks(const struct memory_image *image)
{
	for (uint32_t i = 0; i < image->mappings; i++)
		if (may_hold_blocks(image, i))
			return false;
	return true;
}
