/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "source/oom_counter.h"
#include "source/oom_open.h"
#include "source/oom_text.h"

int oom_array_add(void **array, uint32_t *count, uint32_t *capacity, uint32_t max, size_t size,
		  void **ret)
{
	*ret = NULL;
	if (*count >= max)
		return 0;
	if (*count == *capacity) {
		const uint32_t more = MIN(*capacity ? *capacity * 2 : 8, max);
		void *grown = reallocarray(*array, more, size);

		if (!grown)
			return -ENOMEM;
		*array = grown;
		*capacity = more;
	}
	*ret = (char *)*array + *count * size;
	memset(*ret, 0, size);
	++*count;
	return 0;
}

/* Takes "Node 0 " if it is there; !CONFIG_NUMA prints none. False: garbled. */
static bool take_node_id(struct text *t, int32_t none, int32_t *ret)
{
	uint64_t id;

	*ret = none;
	if (!text_skip_prefix(t, "Node "))
		return true;
	if (!oom_take_u64(t, &id) || id > INT32_MAX || !text_skip_prefix(t, " "))
		return false;
	*ret = (int32_t)id;
	return true;
}

int oom_take_node(struct oom_open *o, struct text t)
{
	struct oom_memory *m = &o->r.memory;
	struct oom_node *node;
	int32_t id;
	int r;

	if (!take_node_id(&t, 0, &id))
		return 0;
	r = oom_array_add((void **)&m->node, &m->node_count, &o->node_capacity, OOM_NODES_MAX,
			  sizeof(*node), (void **)&node);
	if (r < 0 || !node)
		return r;
	node->id = id;
	oom_counters_take(&node->counters, t, false);
	node->all_unreclaimable = oom_text_has(t, "all_unreclaimable? yes");
	return 0;
}

/* The zone of that name, or a new one; NULL when there is no room. */
static int zone_of(struct oom_open *o, int32_t node, struct text name, struct oom_zone **ret)
{
	struct oom_memory *m = &o->r.memory;
	int r;

	for (uint32_t i = 0; i < m->zone_count; i++)
		if (m->zone[i].node == node && text_is(name, m->zone[i].name)) {
			*ret = &m->zone[i];
			return 0;
		}
	r = oom_array_add((void **)&m->zone, &m->zone_count, &o->zone_capacity, OOM_ZONES_MAX,
			  sizeof(**ret), (void **)ret);
	if (r < 0 || !*ret)
		return r;
	(*ret)->node = node;
	OOM_COPY(name, (*ret)->name);
	return 0;
}

static int take_zone_name(struct oom_open *o, struct text *t, struct oom_zone **ret)
{
	int32_t node;
	size_t name;
	int r;

	*ret = NULL;
	if (!take_node_id(t, 0, &node))
		return 0;
	name = oom_line_zone_name(*t);
	if (!name)
		return 0;
	r = zone_of(o, node, text_of(t->p, name), ret);
	*t = oom_text_from(*t, name);
	return r;
}

int oom_take_zone(struct oom_open *o, struct text t)
{
	struct oom_zone *zone;
	const int r = take_zone_name(o, &t, &zone);

	if (r < 0 || !zone)
		return r;
	oom_counters_take(&zone->counters, t, false);
	zone->all_unreclaimable = oom_text_has(t, "all_unreclaimable? yes");
	o->zone = (uint32_t)(zone - o->r.memory.zone) + 1;
	o->r.parts |= OOM_PART_ZONES;
	return 0;
}

void oom_take_reserve(struct oom_open *o, struct text t)
{
	struct oom_zone *zone = o->zone ? &o->r.memory.zone[o->zone - 1] : NULL;
	struct text word;

	o->zone = 0;
	if (!zone || !text_skip_prefix(&t, "lowmem_reserve[]:"))
		return;
	zone->reserve_count = 0;
	while (zone->reserve_count < ARRAY_SIZE(zone->lowmem_reserve_pages) &&
	       text_next_word(&t, &word))
		if (text_u64(word, &zone->lowmem_reserve_pages[zone->reserve_count++]) < 0) {
			zone->reserve_count--;
			return;
		}
}

/* "(UME)" behind a number of blocks; up to 3.3 there is none. */
static void take_types(struct text *t, char *types, size_t size)
{
	struct text letters, rest = *t;

	oom_skip_blanks(&rest);
	if (!text_skip_prefix(&rest, "(") || !oom_take_until(&rest, ")", &letters))
		return;
	oom_copy(letters, types, size);
	*t = rest;
}

/* "1*4kB (U) 0*8kB ... = 15904kB": as many orders as the kernel has, the first one page. */
int oom_take_buddy(struct oom_open *o, struct text t)
{
	struct oom_zone *zone;
	const int r = take_zone_name(o, &t, &zone);
	struct oom_buddy buddy = { .known = true };
	uint64_t blocks;

	if (r < 0 || !zone || !text_skip_prefix(&t, ":"))
		return r;
	oom_skip_blanks(&t);
	while (buddy.orders < OOM_ORDERS_MAX && oom_take_u64(&t, &blocks)) {
		struct opt_u64 size;

		if (!text_skip_prefix(&t, "*"))
			break;
		size = oom_take_kib(&t);
		if (size.known != KNOWN)
			break;
		if (!buddy.orders)
			o->r.page_bytes = size;
		buddy.blocks[buddy.orders] = blocks;
		take_types(&t, buddy.types[buddy.orders++], sizeof(buddy.types[0]));
		oom_skip_blanks(&t);
	}
	if (text_skip_prefix(&t, "= "))
		buddy.total_bytes = oom_take_kib(&t);
	zone->buddy = buddy;
	return 0;
}

static bool number_after(struct text t, const char *key, uint64_t *ret)
{
	struct text skipped;

	return oom_take_until(&t, key, &skipped) && oom_take_u64(&t, ret);
}

int oom_take_hugepages(struct oom_open *o, struct text t)
{
	struct oom_memory *m = &o->r.memory;
	struct oom_hugepages h = { 0 }, *to;
	uint64_t kib;
	int r;

	if (!take_node_id(&t, -1, &h.node) || !number_after(t, "hugepages_total=", &h.total) ||
	    !number_after(t, "hugepages_free=", &h.free) ||
	    !number_after(t, "hugepages_surp=", &h.surplus) ||
	    !number_after(t, "hugepages_size=", &kib) || oom_kib(kib).known != KNOWN)
		return 0;
	h.size_bytes = oom_kib(kib).value;
	r = oom_array_add((void **)&m->hugepages, &m->hugepages_count, &o->hugepages_capacity,
			  OOM_HUGEPAGES_MAX, sizeof(*to), (void **)&to);
	if (r < 0 || !to)
		return r;
	*to = h;
	return 0;
}
