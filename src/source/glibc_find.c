/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main_arena and mp_, which no symbol of a stripped libc names.
 *
 * The arenas form a ring by .next, so main_arena has a word that leads, maybe by others, back to
 * where it would begin by that row's offsets: with one arena the word's own address minus its value
 * is the offset of .next, and says which row it is. Empty bins point to themselves and look alike
 * every 16 bytes; they confirm, but cannot find.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "source/glibc_parts.h"

/* Bins of an arena in which a thread is just now linking a chunk. */
#define BINS_IN_FLUX 4

uint64_t glibc_next_arena(const struct glibc_walk *w, uint64_t arena)
{
	uint64_t next;

	if (arena > UINT64_MAX - w->arena->size ||
	    !image_word(w->image, arena + w->arena->next, &next))
		return 0;
	return next;
}

uint64_t glibc_newest_free(const struct glibc_walk *w, uint64_t arena)
{
	const uint64_t unsorted = arena + w->arena->bins - CHUNK_HEAD;
	uint64_t chunk;

	return image_word(w->image, unsorted + CHUNK_HEAD, &chunk) && chunk != unsorted ? chunk : 0;
}

static bool bins_hold(const struct glibc_walk *w, const uint8_t *arena, uint64_t address)
{
	uint32_t broken = 0;

	for (uint32_t i = 0; i < GLIBC_BINS; i++) {
		const uint64_t self = address + w->arena->bins + 16 * i - CHUNK_HEAD;
		uint64_t link[2], back, forth;

		memcpy(link, arena + w->arena->bins + 16 * i, sizeof(link));
		if (link[0] == self && link[1] == self)
			continue;
		if (!image_word(w->image, link[0] + 24, &back) ||
		    !image_word(w->image, link[1] + 16, &forth) || back != self || forth != self)
			broken++;
		if (broken > BINS_IN_FLUX)
			return false;
	}
	return true;
}

static bool ring_closes(const struct glibc_walk *w, uint64_t main)
{
	uint64_t a = main;

	for (uint32_t i = 0; i < GLIBC_ARENAS_MAX; i++) {
		a = glibc_next_arena(w, a);
		if (a == main)
			return true;
		if (a == 0 || a % 16)
			return false;
	}
	return false;
}

/*
 * Is the struct at the span's `address` an arena that has memory? Cheap tests first. Neither is
 * system_mem always below max_system_mem, nor the top always smaller: sysmalloc() and systrim()
 * bring the one up to date long after the other.
 */
static bool is_main_arena(const struct glibc_walk *w, const struct glibc_span *s, uint64_t address)
{
	const struct glibc_arena_layout *l = w->arena;
	const uint64_t top = glibc_load(s, address + l->top);
	const uint64_t held = glibc_load(s, address + l->system_mem);
	uint64_t head;

	if (top % 16 || held < 4096 || !image_word(w->image, top + 8, &head))
		return false;
	return bins_hold(w, s->copy + (address - s->start), address) && ring_closes(w, address);
}

typedef bool (*arena_test_fn)(const struct glibc_walk *w, const struct glibc_span *s,
			      uint64_t address);

static bool search(struct glibc_walk *w, const struct mapping *m, arena_test_fn test)
{
	const struct glibc_span s = { m->copy, m->start, m->end };

	for (uint32_t row = 0; row < ARRAY_SIZE(glibc_arena_layouts); row++) {
		const struct glibc_arena_layout *l = &glibc_arena_layouts[row];

		w->arena = l;
		for (uint64_t a = s.start; a + l->size + 8 <= s.end; a += 16) {
			/* A quick no for all but some: a ring of one or of aligned addresses. */
			const uint64_t next = glibc_load(&s, a + l->next);

			if (next == 0 || next % 16 || !test(w, &s, a))
				continue;
			w->ret->main_arena = a;
			w->top = glibc_load(&s, a + l->top);
			w->system_mem = glibc_load(&s, a + l->system_mem);
			(void)snprintf(w->ret->layout, sizeof(w->ret->layout), "%s", l->name);
			return true;
		}
	}
	return false;
}

/* .data of a file, or the .bss behind it. */
static bool is_data(const struct memory_image *image, uint32_t i)
{
	const struct mapping *m = &image->mapping[i];

	if (!m->copy || !(m->flags & MAPPING_WRITE) || m->flags & MAPPING_SHARED)
		return false;
	return m->inode || (i > 0 && m[-1].inode && m[-1].end == m->start);
}

static bool is_libc(const struct mapping *m)
{
	const char *slash = strrchr(m->path, '/');
	const char *name = slash ? slash + 1 : m->path;

	return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc-", 5) == 0;
}

/* Only the libc of the program itself may use brk, none that dlmopen() brought (__libc_initial). */
static bool has_brk(const struct glibc_walk *w)
{
	const struct mapping *m = image_find(w->image, w->top);

	return m && strcmp(m->path, "[heap]") == 0;
}

static bool find_idle(struct glibc_walk *w)
{
	const struct memory_image *image = w->image;

	for (uint32_t i = 0; i < image->mappings; i++)
		if (is_data(image, i) && search(w, &image->mapping[i], glibc_is_idle_arena))
			return glibc_has_no_blocks(image);
	return false;
}

int glibc_find_main_arena(struct glibc_walk *w)
{
	const struct memory_image *image = w->image;

	for (int pass = 0; pass < 3; pass++)
		for (uint32_t i = 0; i < image->mappings; i++)
			if (is_data(image, i) && is_libc(&image->mapping[i]) == (pass < 2) &&
			    search(w, &image->mapping[i], is_main_arena) &&
			    (pass > 0 || has_brk(w)))
				return 0;
	w->ret->is_idle = find_idle(w);
	return w->ret->is_idle ? 0 : -ENOENT;
}

static uint64_t load_at(const struct glibc_span *s, uint64_t base, int32_t distance)
{
	return glibc_load(s, base + (uint64_t)(int64_t)distance);
}

/* Threads that have an mmapped chunk in hand: more would be another row's words. */
#define MMAPS_IN_FLUX 256

/*
 * Whether the mmapped chunks that it counts are possible; true too for another row's when none. In
 * flux: sysmalloc_mmap() and munmap_chunk() change the four words one after the other.
 */
static bool par_holds(const struct glibc_walk *w, const struct glibc_span *s, uint64_t at,
		      const struct glibc_par_layout *l, bool in_flux)
{
	const uint32_t n = (uint32_t)load_at(s, at, l->n_mmaps);
	const uint32_t most = (uint32_t)load_at(s, at, l->max_n_mmaps);
	const uint64_t bytes = load_at(s, at, l->mmapped_mem);

	if (in_flux)
		return n <= (uint64_t)most + MMAPS_IN_FLUX && bytes % 16 == 0;
	if (n > most || bytes > load_at(s, at, l->max_mmapped_mem))
		return false;
	if (w->arena->mmapped_short)
		return bytes % 16 == 0 && (n == 0 || bytes >= 4096);
	return (n == 0) == (bytes == 0) && bytes % 4096 == 0;
}

/* NULL: none is possible. */
static const struct glibc_par_layout *par_row(const struct glibc_walk *w,
					      const struct glibc_span *s, uint64_t at)
{
	for (int in_flux = 0; in_flux < 2; in_flux++)
		for (uint32_t row = w->arena->par; row < ARRAY_SIZE(glibc_par_layouts); row++)
			if (par_holds(w, s, at, &glibc_par_layouts[row], in_flux))
				return &glibc_par_layouts[row];
	return NULL;
}

/* Few: further on, a thread may have a chunk in hand; in a small heap at once. */
static const uint32_t first_chunks[] = { 16, 2 };

/* The word is .sbrk_base when the main arena's first chunk stands where it points to. */
static bool is_sbrk_base(struct glibc_walk *w, uint64_t word, uint32_t enough)
{
	const uint64_t first = (word + 15) & ~UINT64_C(15);
	const struct glibc_span s = glibc_span(w->image, first);

	return word && s.copy && s.end - first >= CHUNK_HEAD &&
	       glibc_load(&s, first + 8) & CHUNK_PREV_INUSE &&
	       glibc_chain_goes_on(w, &s, first, w->top, 0, enough);
}

static const struct glibc_par_layout *search_par(struct glibc_walk *w, uint32_t enough)
{
	const struct mapping *m = image_find(w->image, w->ret->main_arena);
	const struct glibc_span s = { m->copy, m->start, m->end };

	for (uint64_t a = s.start + 0x60; a + 8 <= s.end; a += 8) {
		const uint64_t word = glibc_load(&s, a);
		const struct glibc_par_layout *row;
		const struct mapping *to;

		/* Not the arena's own words: its top and its bins point to chunks too. */
		if (word < 4096 ||
		    (a >= w->ret->main_arena && a < w->ret->main_arena + w->arena->size))
			continue;
		to = image_find(w->image, word);
		if (!to || to->inode || !(to->flags & MAPPING_WRITE) ||
		    !is_sbrk_base(w, word, enough))
			continue;
		row = par_row(w, &s, a);
		if (!row)
			continue;
		w->ret->mp = a + (uint64_t)(int64_t)row->start;
		w->ret->main_heap_start = (word + 15) & ~UINT64_C(15);
		w->lead = w->ret->main_heap_start - word;
		return row;
	}
	return NULL;
}

void glibc_find_par(struct glibc_walk *w, const struct glibc_par_layout **ret)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(first_chunks) && !*ret; i++)
		*ret = search_par(w, first_chunks[i]);
}
