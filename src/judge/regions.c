/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum region_state {
	NO_REGION = 0,
	UNPOINTED,
	POINTED,
};

struct survey {
	const struct memory_image *image;
	uint8_t *state;	   /* enum region_state, by mapping */
	uint32_t *waiting; /* regions whose words were not looked at yet */
	uint32_t count;
	uint64_t low, high; /* every region lies within */
	uint32_t last;	    /* the mapping hit last: pointers come in swarms */
};

static bool may_be_region(const struct mapping *m)
{
	return m->copy && m->runs > 0 && m->inode == 0 && strcmp(m->path, "[stack]") != 0 &&
	       (m->flags & (MAPPING_WRITE | MAPPING_SHARED | MAPPING_DEVICE)) == MAPPING_WRITE;
}

/* What holds such a root lives by itself: .bss, or the stack of a thread. */
static bool is_alive(enum root_kind kind)
{
	return kind != ROOT_ANONYMOUS && kind != ROOT_DEAD_STACK;
}

static void find_regions(struct survey *s, const struct roots *roots)
{
	const struct memory_image *image = s->image;

	s->low = UINT64_MAX;
	for (uint32_t i = 0; i < image->mappings; i++) {
		if (may_be_region(&image->mapping[i]))
			s->state[i] = UNPOINTED;
	}
	for (uint32_t i = 0; i < roots->ranges; i++) {
		const struct root_range *r = &roots->range[i];

		if (r->mapping < image->mappings && is_alive(r->kind))
			s->state[r->mapping] = NO_REGION;
	}
	for (uint32_t i = 0; i < image->mappings; i++) {
		if (s->state[i] == NO_REGION)
			continue;
		s->low = MIN(s->low, image->mapping[i].start);
		s->high = MAX(s->high, image->mapping[i].end);
	}
}

static void point(struct survey *s, uint64_t word)
{
	const struct mapping *m = &s->image->mapping[s->last];

	if (word < m->start || word >= m->end) {
		m = image_find(s->image, word);
		if (!m)
			return;
		s->last = (uint32_t)(m - s->image->mapping);
	}
	if (s->state[s->last] != UNPOINTED)
		return;
	s->state[s->last] = POINTED;
	s->waiting[s->count++] = s->last;
}

static void look(struct survey *s, const uint8_t *copy, uint64_t bytes)
{
	for (uint64_t at = 0; at + IMAGE_WORD <= bytes; at += IMAGE_WORD) {
		uint64_t word;

		memcpy(&word, copy + at, sizeof(word));
		if (word >= s->low && word < s->high)
			point(s, word);
	}
}

static void follow(struct survey *s)
{
	while (s->count > 0) {
		const struct mapping *m = &s->image->mapping[s->waiting[--s->count]];

		for (uint32_t i = 0; i < m->runs; i++)
			look(s, m->copy + (m->run[i].start - m->start),
			     m->run[i].end - m->run[i].start);
	}
}

static void add_up(const struct survey *s, struct loss *pointed, struct loss *unpointed)
{
	for (uint32_t i = 0; i < s->image->mappings; i++) {
		const struct mapping *m = &s->image->mapping[i];
		struct loss *sum = s->state[i] == POINTED ? pointed : unpointed;

		if (s->state[i] == NO_REGION)
			continue;
		sum->blocks++;
		for (uint32_t k = 0; k < m->runs; k++)
			sum->bytes += m->run[k].end - m->run[k].start;
	}
}

int region_reachability(const struct memory_image *image, const struct roots *roots,
			struct loss *ret_pointed, struct loss *ret_unpointed)
{
	struct survey s = { .image = image };
	bool enough;

	*ret_pointed = *ret_unpointed = (struct loss){ 0 };
	if (image->mappings == 0)
		return 0;
	s.state = calloc(image->mappings, sizeof(*s.state));
	s.waiting = calloc(image->mappings, sizeof(*s.waiting));
	enough = s.state && s.waiting;
	if (enough) {
		find_regions(&s, roots);
		for (uint32_t i = 0; i < roots->ranges; i++) {
			if (is_alive(roots->range[i].kind))
				look(&s, roots->range[i].copy, roots->range[i].bytes);
		}
		follow(&s);
		add_up(&s, ret_pointed, ret_unpointed);
	}
	free(s.waiting);
	free(s.state);
	return enough ? 0 : -ENOMEM;
}
