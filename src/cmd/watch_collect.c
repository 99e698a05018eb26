/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/watch_collect.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "judge/growth.h"

int watch_collect_open(struct watch_collector *c, const struct watch_options *o)
{
	struct sampler_config config = sampler_config_watch();
	int r;

	*c = (struct watch_collector){ .o = o, .root = ROOT_CLOSED };
	r = root_open(o->common.root, &c->root, &c->fault);
	if (r < 0)
		return r;
	return sampler_open(&c->root, &config, &c->sampler, &c->fault);
}

void watch_collect_done(struct watch_collector *c)
{
	ranking_done(&c->ranking);
	free(TAKE_PTR(c->row));
	sampler_free(TAKE_PTR(c->sampler));
	root_close(&c->root);
}

void watch_collect_rows(struct watch_collector *c)
{
	const struct process_table *t = sampler_table(c->sampler);

	c->rows = 0;
	for (uint32_t i = 0; i < t->high; i++) {
		/* The verdict costs most, so what nobody asked for gets none. */
		if (t->state[i] != SLOT_FREE && watch_wants(c->o, t->process[i].id.pid))
			c->rows += ranked_of_slot(&c->ranking, t, i, &c->row[c->rows]);
	}
}

static void note_gaps(struct watch_collector *c)
{
	const struct pass_counts *n = &c->view.table->counts;

	c->partial = !c->o->pids && (n->unreadable || n->over_capacity);
	c->view.missing = c->missing;
	c->view.missing_count = 0;
	for (uint32_t p = 0; p < c->o->pids; p++) {
		uint32_t i = 0;

		while (i < c->rows && c->row[i].id.pid != c->o->pid[p])
			i++;
		if (i == c->rows)
			c->missing[c->view.missing_count++] = c->o->pid[p];
		else
			c->partial |= c->row[i].unread;
	}
}

int watch_collect_pass(struct watch_collector *c)
{
	const struct process_table *t = sampler_table(c->sampler);
	int r = sampler_pass(c->sampler, clock_boot_seconds(), &c->fault);

	if (r < 0)
		return r;
	if (!c->ranking.slot) {
		struct growth_policy policy = growth_policy_default(t->host.cpus);

		policy.noise_floor_bytes = rss_noise_floor_bytes(t->host.cpus, t->host.page_bytes);
		c->row = calloc(t->capacity, sizeof(*c->row));
		if (!c->row || ranking_init(&c->ranking, t->capacity, &policy) < 0)
			return fault_errno(&c->fault, -ENOMEM, "cannot start watching");
	}
	ranking_pass(&c->ranking, t);
	c->view.table = t;
	c->view.wall_seconds = c->root.live ? clock_wall_seconds() : NAN;
	watch_collect_rows(c);
	note_gaps(c);
	return 0;
}
