/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/sim_heap.h"

static bool earlier(const struct sim_event *a, const struct sim_event *b)
{
	return a->seconds < b->seconds || (a->seconds == b->seconds && a->order < b->order);
}

void sim_heap_push(struct sim_heap *h, double seconds, uint32_t kind, uint32_t who)
{
	const struct sim_event e = { seconds, h->order++, kind, who };
	uint32_t i = h->count++;

	for (; i > 0 && earlier(&e, &h->event[(i - 1) / 2]); i = (i - 1) / 2)
		h->event[i] = h->event[(i - 1) / 2];
	h->event[i] = e;
}

bool sim_heap_pop(struct sim_heap *h, struct sim_event *ret)
{
	uint32_t i = 0, child;

	if (h->count == 0)
		return false;
	*ret = h->event[0];
	const struct sim_event last = h->event[--h->count];

	for (; (child = 2 * i + 1) < h->count; i = child) {
		if (child + 1 < h->count && earlier(&h->event[child + 1], &h->event[child]))
			child++;
		if (!earlier(&h->event[child], &last))
			break;
		h->event[i] = h->event[child];
	}
	h->event[i] = last;
	return true;
}
