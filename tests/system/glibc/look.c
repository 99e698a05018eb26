/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

void look_maps(pid_t pid, struct memory_image *m)
{
	char line[1024], path[512], flags[8];
	FILE *f;

	(void)snprintf(line, sizeof(line), "/proc/%d/maps", pid);
	f = fopen(line, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct mapping map = { 0 };
		unsigned major, minor;

		path[0] = '\0';
		assert_true(sscanf(line, "%lx-%lx %7s %lx %x:%x %lu %511[^\n]", &map.start,
				   &map.end, flags, &map.offset, &major, &minor, &map.inode,
				   path) >= 7);
		map.flags = (flags[0] == 'r' ? MAPPING_READ : 0) |
			    (flags[1] == 'w' ? MAPPING_WRITE : 0) |
			    (flags[2] == 'x' ? MAPPING_EXEC : 0) |
			    (flags[3] == 's' ? MAPPING_SHARED : 0);
		map.path = strdup(path);
		m->mapping = reallocarray(m->mapping, m->mappings + 1, sizeof(*m->mapping));
		assert_non_null(m->mapping);
		m->mapping[m->mappings++] = map;
	}
	fclose(f);
}

bool look_is_wanted(const struct memory_image *m, uint32_t i)
{
	const struct mapping *map = &m->mapping[i];
	const struct mapping *next = i + 1 < m->mappings ? map + 1 : NULL;
	const bool relro = map->flags == MAPPING_READ && map->inode && next &&
			   next->start == map->end && next->inode == map->inode &&
			   next->flags & MAPPING_WRITE;

	return (map->flags & MAPPING_WRITE && map->flags & MAPPING_READ) || relro;
}

void look_add_page(struct mapping *m, uint64_t at)
{
	struct page_run *run = m->runs ? &m->run[m->runs - 1] : NULL;

	if (run && run->end == at) {
		run->end += IMAGE_PAGE;
		return;
	}
	m->run = reallocarray(m->run, m->runs + 1, sizeof(*m->run));
	assert_non_null(m->run);
	m->run[m->runs++] = (struct page_run){ at, at + IMAGE_PAGE };
}

static int by_address(const void *x, const void *y)
{
	const struct book_block *a = x, *b = y;

	return (a->address > b->address) - (a->address < b->address);
}

/* Takes out what is in flight; *ret_flight: how many. Sorts. */
uint32_t book_close(struct book *book, uint32_t *ret_flight)
{
	uint32_t n = 0;

	*ret_flight = 0;
	for (uint32_t i = 0; i < BOOK_THREADS; i++)
		if (book->flight[i]) {
			book->block[i * BOOK_SLOTS + book->flight[i] - 1].address = 0;
			*ret_flight += 1;
		}
	for (uint32_t i = 0; i < book->blocks; i++)
		if (book->block[i].address)
			book->block[n++] = book->block[i];
	for (uint32_t i = 0; i < n; i++)
		book->block[i].address -= BOOK_HIDE;
	qsort(book->block, n, sizeof(*book->block), by_address);
	return n;
}

struct compared compare(const struct heap *heap, const struct book *book, uint32_t n)
{
	struct compared c = { 0 };
	struct heap_block b = { 0 };
	uint32_t i = 0;

	for (bool more = heap_next(heap, 0, 0, &b); more;
	     more = heap_next(heap, b.area, b.granule + 1, &b)) {
		while (i < n && book->block[i].address < b.address) {
			i++;
			c.missing++;
		}
		if (i < n && book->block[i].address == b.address) {
			if (book->block[i].size == b.size)
				c.same++;
			else
				c.wrong_size++;
			i++;
		} else {
			if (c.extra < ARRAY_SIZE(c.extra_sizes))
				c.extra_sizes[c.extra] = b.size;
			c.extra++;
		}
	}
	c.missing += n - i;
	return c;
}

static uint32_t number(const struct marking *k, uint64_t address)
{
	uint32_t low = 0, high = k->blocks;

	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;

		if (k->address[mid] < address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void mark_words(struct marking *k, const uint8_t *copy, uint64_t bytes)
{
	for (uint64_t i = 0; i + 8 <= bytes; i += 8) {
		struct heap_block b;
		uint64_t word;
		uint32_t n;

		memcpy(&word, copy + i, sizeof(word));
		if (!heap_block_at(k->heap, word, &b))
			continue;
		n = number(k, b.address);
		if (!k->seen[n])
			k->stack[k->depth++] = b;
		k->seen[n] = 1;
	}
}

void mark_all(struct marking *k, const struct roots *r)
{
	struct heap_block b = { 0 };
	const struct heap_area *a;

	for (bool more = heap_next(k->heap, 0, 0, &b); more;
	     more = heap_next(k->heap, b.area, b.granule + 1, &b)) {
		k->address = reallocarray(k->address, k->blocks + 1, sizeof(*k->address));
		assert_non_null(k->address);
		k->address[k->blocks++] = b.address;
	}
	k->seen = calloc(k->blocks + 1, 1);
	k->stack = calloc(k->blocks + 1, sizeof(*k->stack));
	assert_true(k->seen && k->stack);
	for (uint32_t i = 0; i < r->ranges; i++)
		mark_words(k, r->range[i].copy, r->range[i].bytes);
	while (k->depth) {
		b = k->stack[--k->depth];
		a = &k->heap->area[b.area];
		mark_words(k, a->copy + (b.address - a->start), b.size);
	}
}

void marking_release(struct marking *k)
{
	free(k->address);
	free(k->seen);
	free(k->stack);
}
