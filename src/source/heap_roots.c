/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/heap_roots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "source/heap_roots_parts.h"

/* What is no root, ascending; ranges may overlap. */
struct carve {
	struct page_run *range;
	uint32_t ranges;
};

static int by_start(const void *x, const void *y)
{
	const struct page_run *a = x, *b = y;

	return (a->start > b->start) - (a->start < b->start);
}

static int carve_heap(const struct glibc_heap *g, struct carve *c)
{
	const size_t most = g ? (size_t)g->heap.areas + g->private.ranges : 0;
	uint32_t n = 0;

	c->range = calloc(most + 1, sizeof(*c->range));
	if (!c->range)
		return -ENOMEM;
	for (uint32_t i = 0; g && i < g->heap.areas; i++)
		c->range[n++] = (struct page_run){ g->heap.area[i].start, g->heap.area[i].end };
	for (uint32_t i = 0; g && i < g->private.ranges; i++)
		c->range[n++] = g->private.range[i];
	qsort(c->range, n, sizeof(*c->range), by_start);
	for (uint32_t i = 0; i < n; i++) {
		struct page_run *last = c->ranges ? &c->range[c->ranges - 1] : NULL;

		if (last && c->range[i].start <= last->end)
			last->end = MAX(last->end, c->range[i].end);
		else
			c->range[c->ranges++] = c->range[i];
	}
	return 0;
}

/* The first carved range that ends above the address. */
static const struct page_run *carve_at(const struct carve *c, uint64_t address)
{
	const size_t i = UPPER_BOUND(c->range, c->ranges, end, address);

	return i < c->ranges ? &c->range[i] : NULL;
}

/* The label at the address, NULL for none; *end comes down to where that changes. */
static const struct root_label *label_at(const struct root_labels *l, uint64_t address,
					 uint64_t *end)
{
	for (uint32_t i = 0; i < l->labels; i++) {
		const struct root_label *label = &l->label[i];

		if (label->start <= address && address < label->end) {
			*end = MIN(*end, label->end);
			return label;
		}
		if (label->start > address)
			*end = MIN(*end, label->start);
	}
	return NULL;
}

static enum root_kind kind_of(const struct memory_image *image, uint32_t i)
{
	const struct mapping *m = &image->mapping[i];

	if (m->flags & MAPPING_SHARED)
		return ROOT_SHARED;
	if (m->inode)
		return m->flags & MAPPING_WRITE ? ROOT_DATA : ROOT_RELRO;
	if (m->path[0] == '[' && m->path[1] == 's')
		return ROOT_STACK;
	/* The .bss behind a file's .data. */
	if (i > 0 && m->path[0] == '\0' && m[-1].inode && m[-1].end == m->start &&
	    m[-1].flags & MAPPING_WRITE && !(m[-1].flags & MAPPING_SHARED))
		return ROOT_DATA;
	return ROOT_ANONYMOUS;
}

struct sweep {
	const struct memory_image *image;
	const struct carve *carve;
	const struct root_labels *labels;
	struct roots *roots;
};

static int add_range(const struct sweep *s, uint32_t mapping, uint64_t start, uint64_t end)
{
	const struct mapping *m = &s->image->mapping[mapping];

	start = (start + 7) & ~UINT64_C(7);
	while (start < (end & ~UINT64_C(7))) {
		uint64_t until = end & ~UINT64_C(7);
		const struct root_label *label = label_at(s->labels, start, &until);
		const struct root_range range = {
			.start = start,
			.copy = m->copy + (start - m->start),
			.bytes = until - start,
			.mapping = mapping,
			.tid = label ? label->tid : 0,
			.kind = label ? label->kind : kind_of(s->image, mapping),
		};
		const int r = roots_add(s->roots, &range);

		if (r < 0)
			return r;
		start = until;
	}
	return 0;
}

/* Stacks and heaps may be executable, too (PT_GNU_STACK, READ_IMPLIES_EXEC). */
static bool is_code(const struct sweep *s, const struct page_run *run)
{
	const struct page_run *hole = carve_at(s->carve, run->start);
	uint64_t end = run->end;

	return (!hole || hole->start >= run->end) && !label_at(s->labels, run->start, &end) &&
	       end == run->end;
}

/*
 * Code that the program makes has pointers as operands, at any address: JVM's knew 50 of the blocks
 * of a small Java program that nothing else did. So all eight alignments of it are looked at.
 */
static int add_code(const struct sweep *s, uint32_t mapping, uint64_t start, uint64_t end)
{
	const struct mapping *m = &s->image->mapping[mapping];
	int r = 0;

	for (uint64_t shift = 1; shift < 8 && start + 16 <= end && r == 0; shift++)
		r = roots_add(s->roots,
			      &(struct root_range){ .start = start + shift,
						    .copy = m->copy + (start + shift - m->start),
						    .bytes = (end - start - 8) & ~UINT64_C(7),
						    .mapping = mapping,
						    .kind = kind_of(s->image, mapping) });
	return r;
}

static int sweep_code(const struct sweep *s)
{
	int r = 0;

	for (uint32_t i = 0; i < s->image->mappings && r == 0; i++) {
		const struct mapping *m = &s->image->mapping[i];

		if (!m->copy || !(m->flags & MAPPING_EXEC))
			continue;
		for (uint32_t k = 0; k < m->runs && r == 0; k++)
			if (is_code(s, &m->run[k]))
				r = add_code(s, i, m->run[k].start, m->run[k].end);
	}
	return r;
}

static int sweep_mapping(const struct sweep *s, uint32_t mapping)
{
	const struct mapping *m = &s->image->mapping[mapping];

	for (uint32_t i = 0; m->copy && i < m->runs; i++)
		for (uint64_t at = m->run[i].start; at < m->run[i].end;) {
			const struct page_run *hole = carve_at(s->carve, at);
			uint64_t end = m->run[i].end;
			int r;

			if (hole && hole->start <= at) {
				at = hole->end;
				continue;
			}
			if (hole)
				end = MIN(end, hole->start);
			r = add_range(s, mapping, at, end);
			if (r < 0)
				return r;
			at = end;
		}
	return 0;
}

static int add_words(struct roots *roots, const void *words, uint64_t bytes, int32_t tid,
		     enum root_kind kind)
{
	return roots_add(roots, &(struct root_range){ .copy = words,
						      .bytes = bytes & ~UINT64_C(7),
						      .mapping = UINT32_MAX,
						      .tid = tid,
						      .kind = kind });
}

/*
 * No vector register survives a call (System V ABI, 3.2.1), and a system call is made by one. What
 * memcpy() and malloc() left in them hid up to 60 of 16000 lost blocks of random graphs in idle
 * threads.
 */
static bool has_vectors(const struct image_thread *t)
{
	return t->xstate && !t->in_syscall;
}

/* Does the thread run code of the file that has main_arena? */
static bool may_run_malloc(const struct memory_image *image, const struct glibc_heap *g,
			   const struct image_thread *t)
{
	const struct mapping *code = image_find(image, t->reg[IMAGE_RIP]);
	const struct mapping *data = image_find(image, g->main_arena);

	return !t->in_syscall && code && data && code->inode && code->flags & MAPPING_EXEC &&
	       code->inode == data->inode && code->device == data->device;
}

/* The header of a chunk begins with the last word of the block before it. */
static bool is_header(const struct heap *h, uint64_t word)
{
	struct heap_block b;

	return word % GRANULE == 0 && heap_block_at(h, word, &b) && word == b.address + b.size - 8;
}

/*
 * malloc has the addresses of chunks in its registers, and to a scan those lead into the block
 * before. The head of a lost list so became possibly lost, with all that it leads to, at up to
 * every instruction of a call (tests/system/glibc/test-steps.c).
 */
static int add_general(const struct memory_image *image, const struct glibc_heap *g,
		       const struct image_thread *t, struct roots *roots)
{
	uint64_t *words;

	if (!g || !may_run_malloc(image, g, t))
		return add_words(roots, t->reg, sizeof(t->reg), t->tid, ROOT_REGISTERS);
	words = roots_words(roots, IMAGE_REGISTERS);
	if (!words)
		return -ENOMEM;
	for (uint32_t i = 0; i < IMAGE_REGISTERS; i++)
		words[i] = is_header(&g->heap, t->reg[i]) ? 0 : t->reg[i];
	return add_words(roots, words, sizeof(t->reg), t->tid, ROOT_REGISTERS);
}

static int add_registers(const struct memory_image *image, const struct glibc_heap *g,
			 struct roots *roots)
{
	int r = 0;

	for (uint32_t i = 0; i < image->threads && r == 0; i++) {
		const struct image_thread *t = &image->thread[i];

		r = add_general(image, g, t, roots);
		if (r == 0 && has_vectors(t))
			r = add_words(roots, t->xstate, t->xstate_bytes, t->tid, ROOT_REGISTERS);
	}
	return r;
}

/*
 * A thread knows its dtv by a pointer 16 bytes into the block; valgrind calls the block possibly
 * lost for that, 272 bytes and more a thread. It is as alive as the thread.
 */
static int add_dtvs(const struct root_labels *l, struct roots *roots)
{
	uint64_t *words = l->dtvs ? roots_words(roots, l->dtvs) : NULL;
	int r = 0;

	if (l->dtvs && !words)
		return -ENOMEM;
	for (uint32_t i = 0; i < l->dtvs && r == 0; i++) {
		words[i] = l->dtv[i];
		r = add_words(roots, &words[i], sizeof(*words), l->dtv_tid[i], ROOT_TLS);
	}
	return r;
}

static int add_in_heap(const struct memory_image *image, const struct root_labels *l,
		       struct roots *roots)
{
	int r = 0;

	for (uint32_t i = 0; i < l->in_heaps && r == 0; i++) {
		const struct root_label *s = &l->in_heap[i];
		const struct mapping *m = image_find(image, s->start);

		if (!m || !m->copy || s->end > m->end)
			continue;
		r = roots_add(roots,
			      &(struct root_range){ .start = s->start,
						    .copy = m->copy + (s->start - m->start),
						    .bytes = s->end - s->start,
						    .mapping = (uint32_t)(m - image->mapping),
						    .tid = s->tid,
						    .kind = ROOT_STACK });
	}
	return r;
}

/* ld.so's .data, or the .bss behind it. */
static bool is_loader(const struct memory_image *image, uint32_t i)
{
	const struct mapping *m = &image->mapping[i];
	const char *slash;

	if (!m->copy || !(m->flags & MAPPING_WRITE))
		return false;
	if (!m->inode && i > 0 && m[-1].end == m->start)
		m--;
	slash = strrchr(m->path, '/');
	return m->inode && strncmp(slash ? slash + 1 : m->path, "ld-", 3) == 0;
}

/*
 * elf/dl-find_object.c (since 2.35), struct dlfo_mappings_segment: previous@0, to_free@8. It is
 * moved up to a cache line, so that nothing outside of the block knows its start: whoever called
 * dlopen() would have a possible loss (which valgrind frees before it looks).
 */
static int add_found_objects(const struct sweep *s, const struct glibc_heap *g, uint32_t mapping,
			     uint64_t variable)
{
	uint64_t segment, block;
	struct heap_block b;
	int r = 0;

	if (!image_word(s->image, variable, &segment))
		return 0;
	/* Each is twice as long as the one before. */
	for (int i = 0; i < 64 && r == 0 && segment % 8 == 0; i++) {
		if (!heap_block_at(&g->heap, segment, &b) || b.address == segment ||
		    !image_word(s->image, segment + 8, &block) || block != b.address)
			break;
		r = roots_add(s->roots, &(struct root_range){
						.start = variable,
						.copy = image_at(s->image, segment + 8, 8),
						.bytes = 8,
						.mapping = mapping,
						.kind = ROOT_DATA,
					});
		if (!image_word(s->image, segment, &segment))
			break;
	}
	return r;
}

static int sweep_loader(const struct sweep *s, const struct glibc_heap *g)
{
	int r = 0;

	for (uint32_t i = 0; i < s->image->mappings; i++) {
		const struct mapping *m = &s->image->mapping[i];

		if (!is_loader(s->image, i))
			continue;
		for (uint64_t at = m->start; at < m->end && r == 0; at += 8)
			r = add_found_objects(s, g, i, at);
	}
	return r;
}

static int find_all(const struct memory_image *image, const struct glibc_heap *g,
		    const struct root_labels *l, const struct carve *c, struct roots *roots)
{
	const struct sweep s = { image, c, l, roots };
	int r = add_registers(image, g, roots);

	if (r == 0)
		r = add_dtvs(l, roots);
	if (r == 0)
		r = add_in_heap(image, l, roots);
	for (uint32_t i = 0; i < image->mappings && r == 0; i++)
		r = sweep_mapping(&s, i);
	if (r == 0 && g)
		r = sweep_loader(&s, g);
	if (r == 0 && g)
		r = sweep_code(&s);
	return r;
}

int heap_roots(const struct memory_image *image, const struct glibc_heap *g, struct roots *ret)
{
	_cleanup_roots_ struct roots roots = ROOTS_NONE;
	_cleanup_labels_ struct root_labels l = { 0 };
	struct carve c = { 0 };
	int r = carve_heap(g, &c);

	if (r == 0)
		r = root_labels_find(image, g, &l);
	if (r == 0)
		r = find_all(image, g, &l, &c, &roots);
	free(c.range);
	if (r == 0)
		*ret = TAKE(roots, ROOTS_NONE);
	return r;
}
