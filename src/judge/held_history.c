/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/held_history.h"

static void thin_out(struct held_history *h)
{
	h->count /= 2;
	for (uint32_t i = 0; i < h->count; i++)
		h->item[i] = h->item[2 * i];
	h->stride *= 2;
}

void held_history_add(struct held_history *h, double seconds, uint64_t bytes)
{
	h->last = (struct held_sample){ seconds, bytes };
	if (!h->stride)
		h->stride = 1;
	if (h->skip > 0) {
		h->skip--;
		return;
	}
	if (h->count == HELD_HISTORY_SIZE)
		thin_out(h);
	h->item[h->count++] = h->last;
	h->skip = h->stride - 1;
}

bool held_history_ends(const struct held_history *h, struct held_sample *ret_settled,
		       struct held_sample *ret_last)
{
	double settled;
	uint32_t i = 0;

	if (!h->count || !(h->last.seconds > h->item[0].seconds))
		return false;
	settled = h->item[0].seconds + (h->last.seconds - h->item[0].seconds) / 4;
	while (i + 1 < h->count && h->item[i].seconds < settled)
		i++;
	*ret_settled = h->item[i];
	*ret_last = h->last;
	return true;
}
