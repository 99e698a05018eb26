/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a scan to steps: who is a suspect, what is short, what the ladder says. */
#include <math.h>

#include "act/pidfd.h"
#include "cmd/guard_run.h"
#include "judge/headroom.h"

/* Two limits concern each other when one is the host's, or they are the same. */
static bool limits_concern(const struct headroom *a, const struct headroom *b)
{
	return a->kind == LIMIT_HOST || b->kind == LIMIT_HOST ||
	       (a->kind == b->kind && a->cgroup == b->cgroup);
}

/*
 * A signalled process that does not end (it hangs in the kernel, or SIGKILL is switched off or was
 * refused) must not keep all others waiting for ever.
 */
static bool end_is_overdue(const struct guard *g, const struct suspect *s, double now)
{
	return suspect_is_signalled(s) && !s->exited &&
	       now >= fmax(s->signal_seconds, s->deadline_seconds) + g->policy.verify_seconds;
}

/* Is another kill under way whose memory may still come back to this limit? */
static bool kill_is_in_flight(const struct guard *g, uint32_t except, const struct headroom *h,
			      double now)
{
	if (g->policy.dry_run)
		return false;
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		const struct suspect *s = &g->suspect[i];

		if (i != except && s->used && g->pidfd[i] >= 0 && !end_is_overdue(g, s, now) &&
		    limits_concern(&s->limit, h))
			return true;
	}
	return false;
}

/* Only the suspect is in its cgroup, nobody below it, and memory.high exists. */
static bool can_limit(const struct process_table *t, const struct process *p)
{
	const struct cgroup *c;

	if (t->cgroups.version != CGROUP_V2 || p->cgroup == CGROUP_NONE)
		return false;
	c = &t->cgroups.node[p->cgroup];
	if (c->parent == CGROUP_NONE || c->processes != 1)
		return false;
	for (uint32_t i = 0; i < t->cgroups.count; i++) {
		if (t->cgroups.node[i].alive && t->cgroups.node[i].parent == p->cgroup)
			return false;
	}
	return true;
}

static bool is_still_short(struct guard *g, const struct suspect *s)
{
	const struct domain *d = guard_domain(g, s->domain);

	return d && fallback_is_due(&g->policy, d);
}

/* An eighth of the judged rate: less is no growth any more, or a pause of it. */
#define PART_OF_JUDGED 0.125

/* The verdict looks back over seconds; has the growth it tells of stopped since? */
static bool has_stopped(const struct candidate *c)
{
	const struct interval *judged = &c->verdict.growth_bytes_per_second;

	return judged->known && c->recent_bytes_per_second < judged->mid * PART_OF_JUDGED;
}

static struct ladder_step suspect_step(struct guard *g, uint32_t i, double now)
{
	const struct process_table *t = sampler_table(g->sampler);
	struct candidate *c = &g->decision.chosen;
	struct ladder_step step;
	struct ladder_input in = {
		.policy = &g->policy,
		.suspect = &g->suspect[i],
		.verdict = &c->verdict,
		.headroom = &c->headroom,
		.domain_seconds = guard_binding_seconds(g, &c->headroom),
		.held_bytes = process_held_bytes(&c->process),
		.kill_in_flight = kill_is_in_flight(g, i, &c->headroom, now),
		.still_short = is_still_short(g, &g->suspect[i]),
		.bystander = has_stopped(c) || guard_is_bystander(g, c->slot, &c->headroom),
		.can_limit = can_limit(t, &c->process),
		.scan_seconds = g->slow_scan_seconds,
		.now_seconds = now,
	};

	step = ladder_next(&in);
	g->suspect[i].exhaustion_seconds = ladder_exhaustion_seconds(&in);
	/* One that guard must leave alone is still good for telling the operator. */
	if (c->excluded && step.rung != RUNG_NOTIFY && step.rung != RUNG_CLEAR)
		step.rung = RUNG_NONE;
	return step;
}

/* Each rung marks itself done or failed, so this ends. */
void guard_suspect_climb(struct guard *g, uint32_t i, double now)
{
	for (int rungs = 0; rungs < RUNG_COUNT; rungs++) {
		struct suspect *s = &g->suspect[i];
		struct ladder_step step;

		if (!s->used || !guard_suspect_is_present(g, s))
			return;
		guard_decision_begin(g, s, now);
		step = suspect_step(g, i, now);
		if (step.rung == RUNG_NONE)
			return;
		guard_decision_candidates(g, now);
		guard_act(g, i, step, now);
	}
}

/* Who contributes most goes first: a kill under way makes the others wait. */
static void suspects_climb(struct guard *g, double now)
{
	bool climbed[GUARD_SUSPECTS] = { false };

	for (uint32_t n = 0; n < GUARD_SUSPECTS; n++) {
		uint32_t best = GUARD_SUSPECTS;

		for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
			const struct suspect *s = &g->suspect[i];

			if (!s->used || climbed[i] || !guard_suspect_is_present(g, s))
				continue;
			if (best == GUARD_SUSPECTS ||
			    g->watch.recent[s->slot] > g->watch.recent[g->suspect[best].slot])
				best = i;
		}
		if (best == GUARD_SUSPECTS)
			return;
		climbed[best] = true;
		guard_suspect_climb(g, best, now);
	}
}

/* A leaker that guard can act on, charged to this domain, makes the fallback needless. */
static bool domain_has_leaker(struct guard *g, const struct domain *d, double now)
{
	const struct process_table *t = sampler_table(g->sampler);

	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		const struct suspect *s = &g->suspect[i];

		if (s->used && guard_suspect_is_present(g, s) &&
		    (g->policy.dry_run || !end_is_overdue(g, s, now)) &&
		    domain_holds(d, &t->process[s->slot], t) &&
		    (suspect_is_signalled(s) || !guard_is_bystander(g, s->slot, &d->headroom)) &&
		    !guard_excluded(&g->policy, &g->self, &t->process[s->slot], t))
			return true;
	}
	return false;
}

static void fall_back(struct guard *g, double now)
{
	/*
	 * Past capacity the culprit may be one that guard cannot see, and the bystanders it sees
	 * would die one after the other: the kernel, which sees all, chooses better then.
	 */
	if (sampler_table(g->sampler)->counts.over_capacity)
		return;
	/* What a suspect that has just ended or shrunk gave back is in the next scan's numbers. */
	if (g->skipped)
		return;
	for (uint32_t i = 0; i < g->domain_count; i++) {
		const struct domain *d = &g->domain[i];
		struct suspect *s;
		uint32_t slot;

		if (!fallback_is_due(&g->policy, d) || domain_has_leaker(g, d, now) ||
		    kill_is_in_flight(g, GUARD_SUSPECTS, &d->headroom, now))
			continue;
		slot = fallback_choose(&g->policy, &g->self, sampler_table(g->sampler),
				       g->watch.recent, g->suspect, d);
		s = slot == UINT32_MAX ? NULL : guard_suspect_add(g, slot, true, now);
		if (!s)
			continue;
		s->domain = d->cgroup;
		guard_suspect_climb(g, (uint32_t)(s - g->suspect), now);
	}
}

void guard_decide(struct guard *g, double now)
{
	g->skipped = false;
	guard_suspects_follow(g, now);
	guard_suspects_find(g, now);
	suspects_climb(g, now);
	fall_back(g, now);
}
