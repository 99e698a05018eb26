/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/freeres.h"

#include <stddef.h>
#include <string.h>

/* libio/bits/types/struct_FILE.h and libioP.h (struct _IO_FILE_plus), 2.26 to 2.43. */
#define FILE_MAGIC UINT64_C(0xfbad0000)
#define FILE_MAGIC_MASK UINT64_C(0xffff0000)
#define FILE_USER_BUF 1
#define FILE_BUF_BASE 0x38
#define FILE_CHAIN 0x68
#define FILE_SHORT_BUF 0x83
#define FILE_FREERES_BUF 0xb0
#define FILE_VTABLE 0xd8
/* A ring that a program broke must end. */
#define STREAMS_MOST 65536

/* A mapping that was copied has its words in one piece. */
static uint64_t load(const struct mapping *m, uint64_t address)
{
	uint64_t word;

	memcpy(&word, m->copy + (address - m->start), sizeof(word));
	return word;
}

static bool block_from(const struct glibc_heap *g, uint64_t address, struct heap_block *ret)
{
	return heap_block_at(&g->heap, address, ret) && ret->address == address;
}

/* Of a stream: its vtable is libc's, in a file, and so is no data of the program's. */
static bool is_stream(const struct memory_image *image, uint64_t address, uint64_t *ret_flags)
{
	const struct mapping *m;
	uint64_t vtable;

	if (address % IMAGE_WORD || !image_word(image, address, ret_flags) ||
	    (*ret_flags & FILE_MAGIC_MASK) != FILE_MAGIC ||
	    !image_word(image, address + FILE_VTABLE, &vtable))
		return false;
	m = image_find(image, vtable);
	return m && m->inode;
}

static void free_buffer(const struct memory_image *image, struct glibc_heap *g, uint64_t member)
{
	struct heap_block b;
	uint64_t buffer;

	if (image_word(image, member, &buffer) && block_from(g, buffer, &b))
		heap_free(&g->heap, &b);
}

/*
 * exit() puts a buffer aside, says that it is the program's, and leaves the stream with its own
 * byte for one; with the buffer where that could not be written. Of a stream that exit() did not
 * come to, fopen() never wrote the word: it is what stood there in the block's former life, which
 * may lead to any block.
 */
static bool is_put_aside(const struct memory_image *image, uint64_t stream, uint64_t flags)
{
	uint64_t buffer, aside;

	return flags & FILE_USER_BUF && image_word(image, stream + FILE_BUF_BASE, &buffer) &&
	       image_word(image, stream + FILE_FREERES_BUF, &aside) &&
	       (buffer == stream + FILE_SHORT_BUF || buffer == aside);
}

static void free_stream(const struct memory_image *image, struct glibc_heap *g, uint64_t stream,
			uint64_t flags)
{
	if (is_put_aside(image, stream, flags))
		free_buffer(image, g, stream + FILE_FREERES_BUF);
	else if (!(flags & FILE_USER_BUF))
		free_buffer(image, g, stream + FILE_BUF_BASE);
}

/* Any word of libc's data that leads to a stream will do: one of them is _IO_list_all. */
static void free_streams(const struct memory_image *image, struct glibc_heap *g,
			 const struct mapping *data)
{
	uint32_t left = STREAMS_MOST;

	for (uint64_t at = data->start; at < data->end; at += IMAGE_WORD) {
		uint64_t stream = load(data, at), flags;

		while (stream && left > 0 && is_stream(image, stream, &flags)) {
			left--;
			free_stream(image, g, stream, flags);
			if (!image_word(image, stream + FILE_CHAIN, &stream))
				break;
		}
	}
}

/* As it is made: one free entry, {size, next}, which is all of it. */
static bool is_unused_pool(const struct memory_image *image, uint64_t arena, uint64_t size)
{
	uint64_t entry[2];

	return image_word(image, arena, &entry[0]) && image_word(image, arena + 8, &entry[1]) &&
	       entry[0] == size && entry[1] == 0;
}

static void free_pool(const struct memory_image *image, struct glibc_heap *g,
		      const struct mapping *data)
{
	for (uint64_t at = data->start; at + 3 * IMAGE_WORD <= data->end; at += IMAGE_WORD) {
		const uint64_t arena = load(data, at + IMAGE_WORD);
		const uint64_t size = load(data, at + 2 * IMAGE_WORD);
		struct heap_block b;

		if (arena && load(data, at) == arena && block_from(g, arena, &b) &&
		    size <= b.size && b.size - size <= 2 * GRANULE &&
		    is_unused_pool(image, arena, size)) {
			heap_free(&g->heap, &b);
			return;
		}
	}
}

/* Written data of a file, and the .bss that goes on behind it. */
static bool is_data_of(const struct memory_image *image, uint32_t i, const char *name)
{
	const struct mapping *m = &image->mapping[i];

	if (!(m->flags & MAPPING_WRITE) || !m->copy)
		return false;
	if (!m->inode && !*m->path && i > 0 && image->mapping[i - 1].end == m->start)
		m = &image->mapping[i - 1];
	return m->inode && strstr(m->path, name);
}

void freeres(const struct memory_image *image, struct glibc_heap *g)
{
	const struct mapping *libc = image_find(image, g->main_arena);

	if (libc && libc->copy)
		free_streams(image, g, libc);
	for (uint32_t i = 0; i < image->mappings; i++)
		if (is_data_of(image, i, "/libstdc++.so."))
			free_pool(image, g, &image->mapping[i]);
}
