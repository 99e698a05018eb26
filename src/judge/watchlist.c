/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/watchlist.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "judge/headroom.h"

int watchlist_init(struct watchlist *w, uint32_t slots)
{
	*w = (struct watchlist){
		.track = calloc(slots, sizeof(*w->track)),
		.recent = calloc(slots, sizeof(*w->recent)),
		.capacity = slots,
	};
	if (w->track && w->recent)
		return 0;
	watchlist_release(w);
	return -ENOMEM;
}

void watchlist_release(struct watchlist *w)
{
	free(w->track);
	free(w->recent);
	*w = (struct watchlist){ 0 };
}

static void feed_slot(struct watchlist *w, const struct process_table *t, uint32_t slot,
		      double elapsed, const struct growth_policy *policy)
{
	const struct process *p = &t->process[slot];
	uint64_t held = process_held_bytes(p);
	struct sample x = { .time_seconds = t->time_seconds,
			    .held_bytes = held,
			    .cpu_seconds = p->fields & PROCESS_CPU ? p->cpu_seconds : (double)NAN };
	struct headroom h = headroom_of(p, t);
	double before = series_level_bytes(w->track[slot].series.last_level);

	w->recent[slot] = 0;
	/* A life that began since the last scan has taken all it holds since then. */
	if (elapsed > 0 && (t->state[slot] == SLOT_NEW || w->track[slot].series.samples))
		w->recent[slot] = (float)(((double)held - before) / elapsed);
	(void)track_feed(&w->track[slot], &x, &h, policy);
}

void watchlist_feed(struct watchlist *w, const struct process_table *t,
		    const struct growth_policy *p)
{
	double elapsed = w->time_seconds > 0 ? t->time_seconds - w->time_seconds : 0;

	for (uint32_t i = 0; i < t->high && i < w->capacity; i++) {
		if (t->state[i] != SLOT_NEW && t->state[i] != SLOT_LIVE)
			continue;
		/* Before anything else: a life that cannot be read yet must not inherit a history.
		 */
		if (t->state[i] == SLOT_NEW) {
			track_init(&w->track[i]);
			w->recent[i] = 0;
		}
		if (t->process[i].fields & PROCESS_ANON)
			feed_slot(w, t, i, elapsed, p);
	}
	w->time_seconds = t->time_seconds;
}
