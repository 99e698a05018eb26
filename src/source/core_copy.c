/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/core_parts.h"
#include "source/memory_copy.h"

/* Through a buffer that stays in the L2 cache: a page of zeros then never becomes a page of the
 * copy. */
#define PIECE (64 * IMAGE_PAGE)

static bool is_zero(const uint8_t *page)
{
	uint64_t first;

	memcpy(&first, page, sizeof(first));
	return first == 0 && memcmp(page, page + sizeof(first), IMAGE_PAGE - sizeof(first)) == 0;
}

static int take_page(struct mapping *m, uint64_t address, const uint8_t *page)
{
	if (is_zero(page))
		return 0;
	memcpy(m->copy + (address - m->start), page, IMAGE_PAGE);
	return page_runs_add(m, address, address + IMAGE_PAGE);
}

/* Pages of the piece one by one after an error, so that a bad sector costs one page. */
static int take_piece(const struct core_file *c, struct mapping *m, uint64_t address,
		      uint64_t offset, uint64_t len, uint8_t *buf)
{
	const bool whole = core_bytes(c, offset, buf, len) == 0;

	for (uint64_t at = 0; at < len; at += IMAGE_PAGE) {
		const uint64_t n = MIN(len - at, IMAGE_PAGE);
		int err;

		if (!whole && core_bytes(c, offset + at, buf + at, n) < 0) {
			m->unreadable_pages++;
			continue;
		}
		memset(buf + at + n, 0, IMAGE_PAGE - n);
		err = take_page(m, address + at, buf + at);
		if (err < 0)
			return err;
	}
	return 0;
}

/* The next stretch of [from, end) of the file that is no hole; all of it where holes are not told.
 */
static bool next_data(int fd, uint64_t *from, uint64_t end, uint64_t *ret_end)
{
	const off_t data = lseek(fd, (off_t)*from, SEEK_DATA);
	off_t hole;

	*ret_end = end;
	if (data < 0)
		return errno != ENXIO;
	if ((uint64_t)data >= end)
		return false;
	hole = lseek(fd, data, SEEK_HOLE);
	*from = MAX(*from, (uint64_t)data);
	if (hole >= 0)
		*ret_end = (uint64_t)hole < end ? (uint64_t)hole : end;
	return *ret_end > *from;
}

static uint64_t page_up(uint64_t n)
{
	return (n + IMAGE_PAGE - 1) / IMAGE_PAGE * IMAGE_PAGE;
}

static int take_segment(const struct core_file *c, const struct core_segment *s, struct mapping *m,
			uint8_t *buf)
{
	const uint64_t end = MIN(s->offset + s->bytes, c->size), total = end - s->offset;

	for (uint64_t at = 0, stop; at < total; at = stop) {
		uint64_t from = s->offset + at, stretch;

		if (!next_data(c->fd, &from, end, &stretch))
			return 0;
		/* Whole pages of the memory, wherever the file system's blocks begin and end. */
		at = (from - s->offset) / IMAGE_PAGE * IMAGE_PAGE;
		stop = MIN(total, page_up(stretch - s->offset));
		for (; at < stop; at += PIECE) {
			const int err = take_piece(c, m, m->start + at, s->offset + at,
						   MIN(PIECE, stop - at), buf);

			if (err < 0)
				return err;
		}
	}
	return 0;
}

/*
 * Pages of it that a program may have written and that the core lacks. Anonymous memory of which
 * there is nothing at all was never touched (fs/coredump.c vma_dump_size: no anon_vma), or is
 * MADV_DONTDUMP, which no core tells apart.
 */
static uint32_t missing(const struct mapping *m, const struct core_segment *s, uint64_t got)
{
	const uint64_t pages = (m->end - m->start) / IMAGE_PAGE;

	if (s->bytes == 0 && m->inode == 0)
		return 0;
	return (uint32_t)MIN(pages - got, (uint64_t)UINT32_MAX);
}

static int take_mapping(const struct core_file *c, uint32_t i, struct memory_image *m, uint8_t *buf)
{
	const struct core_segment *s = &c->segment[i];
	struct mapping *map = &m->mapping[i];
	const uint64_t end = MIN(s->offset + s->bytes, c->size);
	const uint64_t got = end > s->offset ? page_up(end - s->offset) / IMAGE_PAGE : 0;
	int err = 0;

	if (!memory_is_wanted(m, i))
		return 0;
	/* RELRO that was left out is read from the file; half a copy would hide the rest. */
	if (!(map->flags & MAPPING_WRITE) && got < (map->end - map->start) / IMAGE_PAGE)
		return 0;
	if (got > 0) {
		err = mapping_reserve(map);
		if (err == 0)
			err = take_segment(c, s, map, buf);
	}
	map->unreadable_pages += missing(map, s, got);
	for (uint32_t r = 0; r < map->runs; r++)
		m->copied_bytes += map->run[r].end - map->run[r].start;
	m->unreadable_pages += map->unreadable_pages;
	return err;
}

int core_copy(const struct core_file *c, struct memory_image *m)
{
	uint8_t *buf = malloc(PIECE);
	int err = buf ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < m->mappings && err == 0; i++)
		err = take_mapping(c, i, m, buf);
	free(buf);
	return err;
}
