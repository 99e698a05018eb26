/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/roots.h"

#include <errno.h>
#include <stdlib.h>

void roots_release(struct roots *r)
{
	for (uint32_t i = 0; i < r->word_arrays; i++)
		free(r->words[i]);
	free(r->words);
	free(r->range);
	free(r->dead);
	*r = ROOTS_NONE;
}

static int append(struct root_range **list, uint32_t *n, uint32_t *room,
		  const struct root_range *range)
{
	if (*n == *room) {
		const uint32_t more = *room ? 2 * *room : 64;
		struct root_range *p = reallocarray(*list, more, sizeof(*p));

		if (!p)
			return -ENOMEM;
		*list = p;
		*room = more;
	}
	(*list)[(*n)++] = *range;
	return 0;
}

int roots_add(struct roots *r, const struct root_range *range)
{
	if (range->bytes == 0)
		return 0;
	if (range->kind == ROOT_DEAD_STACK)
		return append(&r->dead, &r->deads, &r->dead_room, range);
	return append(&r->range, &r->ranges, &r->range_room, range);
}

uint64_t *roots_words(struct roots *r, uint32_t words)
{
	uint64_t **list = reallocarray(r->words, r->word_arrays + 1, sizeof(*list));
	uint64_t *array;

	if (!list)
		return NULL;
	r->words = list;
	array = calloc(words, sizeof(*array));
	if (array)
		list[r->word_arrays++] = array;
	return array;
}

const char *root_kind_name(enum root_kind kind)
{
	static const char *const names[] = {
		[ROOT_REGISTERS] = "registers",
		[ROOT_STACK] = "stack",
		[ROOT_TLS] = "tls",
		[ROOT_DATA] = "data",
		[ROOT_RELRO] = "relro",
		[ROOT_ANONYMOUS] = "anonymous",
		[ROOT_SHARED] = "shared",
		[ROOT_DEAD_STACK] = "dead stack",
	};

	return (size_t)kind < ARRAY_SIZE(names) ? names[kind] : "unknown";
}
