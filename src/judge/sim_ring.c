/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/sim_ring.h"

#include <stdlib.h>

int sim_ring_init(struct sim_ring *r, double bytes_max)
{
	*r = (struct sim_ring){ .bytes_max = bytes_max, .slots = 1 };
	while (r->slots < bytes_max / SIM_RECORD_MIN + 1)
		r->slots *= 2;
	r->record = calloc(r->slots, sizeof(*r->record));
	return r->record ? 0 : -ENOMEM;
}

void sim_ring_release(struct sim_ring *r)
{
	free(r->record);
	r->record = NULL;
}

void sim_ring_append(struct sim_ring *r, double bytes, uint32_t level)
{
	bytes = MAX(bytes, (double)SIM_RECORD_MIN);
	/* A record larger than the ring is cut to it, as printk cuts its text. */
	bytes = MIN(bytes, r->bytes_max);
	while (r->bytes + bytes > r->bytes_max)
		r->bytes -= sim_ring_at(r, r->tail++)->bytes;
	r->record[r->head++ & (r->slots - 1)] = (struct sim_record){ (float)bytes, level };
	r->bytes += (float)bytes;
}
