/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/loss_groups.h"

#include <errno.h>
#include <stdlib.h>

#include "judge/loss_shape.h"
#include "judge/loss_table.h"

static int collect(struct loss_table *t)
{
	const uint32_t classes = 1 << LOSS_DEFINITE | 1 << LOSS_INDIRECT | 1 << LOSS_POSSIBLE |
				 (t->o->reachable ? 1 << LOSS_REACHABLE : 0);
	struct heap_block b = { .granule = UINT64_MAX };
	enum loss_class class;

	while (reach_next(t->reach, classes, b.area, b.granule + 1, &b, &class)) {
		struct loss_entry *e = loss_table_find(t, &b, class);
		struct loss indirect = { 0 };

		if (!e)
			return -ENOMEM;
		if (class == LOSS_DEFINITE)
			indirect = reach_indirect(t->reach, &b);
		e->loss.blocks++;
		e->loss.bytes += b.size;
		e->indirect.blocks += indirect.blocks;
		e->indirect.bytes += indirect.bytes;
		if (e->addresses < LOSS_ADDRESSES)
			e->address[e->addresses++] = b.address;
	}
	return 0;
}

static uint64_t weight(const struct loss_entry *e)
{
	return e->loss.bytes + e->indirect.bytes;
}

/* The order of the report; in the end by address, so that it is the same every time. */
static int by_importance(const void *x, const void *y)
{
	static const uint8_t order[LOSS_CLASSES] = {
		[LOSS_DEFINITE] = 0, [LOSS_POSSIBLE] = 1, [LOSS_INDIRECT] = 2, [LOSS_REACHABLE] = 3
	};
	const struct loss_entry *a = x, *b = y;

	if (a->key.class != b->key.class)
		return order[a->key.class] < order[b->key.class] ? -1 : 1;
	if (weight(a) != weight(b))
		return weight(a) > weight(b) ? -1 : 1;
	return (a->address[0] > b->address[0]) - (a->address[0] < b->address[0]);
}

/* The size that most of the holders have; 0 when none has. */
static uint64_t most_frequent(const struct holder_size *sizes, uint64_t holders)
{
	for (uint32_t i = 0; i < HOLDER_SIZES; i++)
		if (2 * sizes[i].count > holders)
			return sizes[i].size;
	return 0;
}

static void tell_holder(const struct loss_entry *e, struct loss_group *g)
{
	for (uint32_t h = HOLDER_NONE + 1; h < ARRAY_SIZE(e->holders); h++)
		if (e->holders[h] > g->holder_blocks) {
			g->holder = (enum last_holder)h;
			g->holder_blocks = e->holders[h];
		}
	if (g->holder == HOLDER_FREED)
		g->holder_size = most_frequent(e->freed, g->holder_blocks);
	else if (g->holder == HOLDER_LOST)
		g->holder_size = most_frequent(e->lost, g->holder_blocks);
}

static void tell(const struct loss_table *t, const struct loss_entry *e, struct loss_group *g)
{
	*g = (struct loss_group){
		.class = (enum loss_class)e->key.class,
		.size = e->key.size,
		.loss = e->loss,
		.indirect = e->indirect,
		.vtable = e->vtable,
		.addresses = e->addresses,
	};
	memcpy(g->shape, e->shape, sizeof(g->shape));
	memcpy(g->address, e->address, sizeof(g->address));
	if (e->key.type)
		memcpy(g->type, t->name[e->key.type - 1], sizeof(g->type));
	if (t->o->contents) {
		g->sample_bytes = (uint32_t)MIN(e->key.size, (uint64_t)LOSS_SAMPLE_SIZE);
		memcpy(g->sample, e->first, g->sample_bytes);
		g->sample_is_text = loss_is_text(g->sample, g->sample_bytes);
	}
	tell_holder(e, g);
}

static int tell_all(struct loss_table *t, struct leak_report *report)
{
	const uint64_t all = t->by_key.used;
	const uint32_t kept = (uint32_t)MIN(all, (uint64_t)t->o->limit);
	struct loss_group *group = calloc(kept + UINT64_C(1), sizeof(*group));

	if (!group)
		return -ENOMEM;
	if (all > 0)
		qsort(t->entry, all, sizeof(*t->entry), by_importance);
	for (uint32_t i = 0; i < kept; i++)
		tell(t, &t->entry[i], &group[i]);
	free(report->group);
	report->group = group;
	report->groups = kept;
	report->group_room = kept + 1;
	report->groups_left_out = all - kept;
	return 0;
}

int loss_groups(const struct memory_image *image, const struct heap *heap,
		const struct roots *roots, const struct reach *reach,
		const struct loss_group_options *o, struct leak_report *report)
{
	struct loss_table t = { .image = image, .heap = heap, .reach = reach, .o = o };
	int r = collect(&t);

	r = r ? r : loss_holders(&t, roots);
	r = r ? r : tell_all(&t, report);
	loss_table_release(&t);
	return r;
}
