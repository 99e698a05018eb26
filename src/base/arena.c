/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	size_t begin = (a->used + align - 1) / align * align;

	if (begin > a->size || size > a->size - begin)
		return NULL;
	a->used = begin + size;
	a->most = MAX(a->most, a->used);
	return a->buf + begin;
}

void arena_reset(struct arena *a)
{
	a->used = 0;
}
