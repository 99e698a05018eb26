/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rungs that change a knob: steering the kernel's choice by oom_score_adj, braking by
 * memory.high. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/guard_change.h"
#include "cmd/guard_rung.h"
#include "judge/badness.h"
#include "judge/headroom.h"

/* The largest badness of any other process that this limit would let the kernel choose. */
static double worst_rival(const struct guard *g, const struct suspect *s, uint32_t cgroup,
			  double total)
{
	const struct process_table *t = sampler_table(g->sampler);
	const struct domain d = { .cgroup = cgroup };
	double worst = 0;

	for (uint32_t i = 0; i < t->high; i++) {
		const struct process *p = &t->process[i];

		if (t->state[i] == SLOT_FREE || i == s->slot || p->oom_score_adj == -1000 ||
		    p->id.pid == 1 || !domain_holds(&d, p, t))
			continue;
		worst = fmax(worst, oom_badness_pages(p, total, t->host.page_bytes));
	}
	return worst;
}

static int16_t steering_adj(const struct guard *g, const struct suspect *s, struct headroom limit)
{
	const struct process_table *t = sampler_table(g->sampler);
	const struct process *p = &t->process[s->slot];
	double total = (double)limit.capacity_bytes.value / (double)t->host.page_bytes;
	double own = oom_badness_pages(p, 0, t->host.page_bytes);

	return oom_steering_adj(own, worst_rival(g, s, limit.cgroup, total), total,
				p->oom_score_adj);
}

static void steer_critical(struct guard *g)
{
	const struct process_table *t = sampler_table(g->sampler);

	for (uint32_t i = 0; i < t->high; i++) {
		const struct process *p = &t->process[i];

		if (t->state[i] == SLOT_FREE || !rule_list_matches(&g->policy.critical, p, t) ||
		    p->oom_score_adj <= g->policy.critical_oom_score_adj ||
		    changes_find(&g->changes, CHANGE_OOM_SCORE_ADJ, p->id))
			continue;
		(void)guard_set_adj(g, p->id, g->policy.critical_oom_score_adj);
	}
}

int guard_rung_steer(struct guard *g, struct suspect *s)
{
	const struct headroom *binding = &g->decision.chosen.headroom;
	int16_t adj = steering_adj(g, s, headroom_of_host(sampler_table(g->sampler)));
	int r;

	if (binding->kind == LIMIT_CGROUP) {
		int16_t inside = steering_adj(g, s, *binding);

		adj = inside > adj ? inside : adj;
	}
	r = guard_set_adj(g, s->id, adj);
	steer_critical(g);
	return r;
}

static bool unit_is_own(const char *path, struct text *ret_unit)
{
	size_t len = strlen(path);

	/* Only the leaf: a slice above holds others. */
	return access("/run/systemd/system", F_OK) == 0 &&
	       cgroup_path_unit(text_of(path, len), ret_unit) &&
	       ret_unit->p + ret_unit->n == path + len;
}

/* A unit's properties belong to systemd: what is written behind its back it may overwrite. */
static int limit_unit(struct guard *g, struct change *change, struct text unit)
{
	struct strbuf s = guard_detail(g);
	int r = text_copy(unit, change->path, sizeof(change->path));

	if (r < 0)
		return r;
	change->kind = CHANGE_UNIT_HIGH;
	strbuf_printf(&s, "%s MemoryHigh %s -> %s", change->path, change->before, change->after);
	if (g->policy.dry_run) {
		g->decision.result = RESULT_DRY_RUN;
		return 0;
	}
	g->decision.result = RESULT_PENDING;
	guard_json_reset();
	r = changes_add(&g->changes, change, NULL, &g->decision.fault);
	return r < 0 ? r : guard_run_systemctl(g, change->path, change->after);
}

/* memory.high is written by the worker: the write reclaims in the writer's context. */
static int limit_cgroup(struct guard *g, struct change *change, int *dir)
{
	struct worker_job job = { .kind = WORKER_KNOB_WRITE };
	struct strbuf s = guard_detail(g);
	struct change *entry = NULL;
	int r;

	strbuf_printf(&s, "memory.high %s -> %s", change->before, change->after);
	if (g->policy.dry_run) {
		g->decision.result = RESULT_DRY_RUN;
		return 0;
	}
	g->decision.result = RESULT_PENDING;
	guard_json_reset();
	r = changes_add(&g->changes, change, &entry, &g->decision.fault);
	if (r < 0)
		return r;
	(void)snprintf(job.file, sizeof(job.file), "memory.high");
	memcpy(job.value, change->after, sizeof(job.value));
	job.tag = change->id.starttime_ticks;
	job.fd = TAKE_FD(*dir);
	r = worker_submit(g->limiter, &job);
	guard_json_reset();
	if (r < 0)
		(void)changes_remove(&g->changes, entry, NULL);
	return r;
}

/*
 * Room for an eighth of what is left: seven eighths stay for everybody else, and a suspect that
 * only grows a little more is not stopped at once.
 */
int guard_rung_limit(struct guard *g, struct suspect *s)
{
	const struct process_table *t = sampler_table(g->sampler);
	const struct candidate *c = &g->decision.chosen;
	const struct cgroup *node = &t->cgroups.node[c->process.cgroup];
	struct change change = { .kind = CHANGE_MEMORY_HIGH, .id = s->id };
	const char *path = cgroup_path(&t->cgroups, c->process.cgroup);
	uint64_t high = node->usage_bytes.value + c->headroom.bytes.value / 8;
	_cleanup_close_ int dir = -1;
	struct text unit;
	int r = text_copy(text_string(path), change.path, sizeof(change.path));

	if (r < 0)
		return r;
	/* In whole pages: the kernel rounds, and what is read back must be what was written. */
	high -= high % t->host.page_bytes;
	(void)snprintf(change.after, sizeof(change.after), "%llu", (unsigned long long)high);
	dir = guard_open_cgroup(g, path);
	if (dir < 0)
		return dir;
	r = knob_read(dir, "memory.high", change.before, &g->decision.fault);
	if (r < 0)
		return r;
	r = unit_is_own(path, &unit) ? limit_unit(g, &change, unit)
				     : limit_cgroup(g, &change, &dir);
	if (r == 0 && !g->policy.dry_run)
		sampler_set_brake(g->sampler, c->process.cgroup, high, cgroup_high(node));
	return r;
}
