/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suspects: who becomes one, whose place it takes, when it is forgotten. */
#include <math.h>
#include <string.h>

#include "cmd/guard_run.h"

bool guard_suspect_is_present(const struct guard *g, const struct suspect *s)
{
	const struct process_table *t = sampler_table(g->sampler);

	return s->slot < t->high && t->state[s->slot] != SLOT_FREE &&
	       process_id_equal(t->process[s->slot].id, s->id);
}

static struct suspect *suspect_find(struct guard *g, struct process_id id)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		if (g->suspect[i].used && process_id_equal(g->suspect[i].id, id))
			return &g->suspect[i];
	}
	return NULL;
}

/* How much a suspect deserves its place: one that guard must leave alone least of all. */
static double suspect_urgency(const struct guard *g, uint32_t slot)
{
	const struct process_table *t = sampler_table(g->sampler);

	if (guard_excluded(&g->policy, &g->self, &t->process[slot], t))
		return -1;
	return fmax(0, (double)g->watch.recent[slot]);
}

/*
 * The place of the least urgent suspect that is neither signalled nor limited, when the newcomer is
 * more than twice as urgent (so that two do not push each other out in turn); else GUARD_SUSPECTS.
 */
static uint32_t suspect_to_displace(const struct guard *g, double urgency)
{
	double least = urgency;
	uint32_t found = GUARD_SUSPECTS;

	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		const struct suspect *s = &g->suspect[i];
		double own;

		if (suspect_is_signalled(s) || (s->done & rung_bit(RUNG_LIMIT)) || s->fallback)
			continue;
		own = guard_suspect_is_present(g, s) ? suspect_urgency(g, s->slot) : -1;
		if (own < least && own * 2 < urgency) {
			least = own;
			found = i;
		}
	}
	return found;
}

static uint32_t suspect_place(struct guard *g, double urgency, double now)
{
	uint32_t i = 0;

	while (i < GUARD_SUSPECTS && g->suspect[i].used)
		i++;
	if (i < GUARD_SUSPECTS)
		return i;
	g->suspects_refused++;
	i = suspect_to_displace(g, urgency);
	if (i < GUARD_SUSPECTS)
		guard_take_back(g, &g->suspect[i], DECISION_CROWDED);
	return i;
}

struct suspect *guard_suspect_add(struct guard *g, uint32_t slot, bool fallback, double now)
{
	const struct process *p = &sampler_table(g->sampler)->process[slot];
	/* When memory runs out and nothing leaks, whoever must go is more urgent than any leak. */
	uint32_t i = suspect_place(g, fallback ? INFINITY : suspect_urgency(g, slot), now);
	struct suspect *s;

	if (i == GUARD_SUSPECTS)
		return NULL;
	s = &g->suspect[i];
	*s = (struct suspect){ .used = true,
			       .fallback = fallback,
			       .id = p->id,
			       .slot = slot,
			       .domain = CGROUP_NONE,
			       .exhaustion_seconds = (double)INFINITY,
			       .since_seconds = now,
			       .leaking_seconds = now };
	memcpy(s->comm, p->comm, sizeof(s->comm));
	g->pidfd[i] = -1;
	return s;
}

/* A suspect that ended by itself, or whose life guard never touched, is forgotten. */
void guard_suspects_follow(struct guard *g, double now)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		struct suspect *s = &g->suspect[i];

		if (!s->used || g->pidfd[i] >= 0 || guard_suspect_is_present(g, s))
			continue;
		guard_take_back(g, s, DECISION_ENDED);
		s->used = false;
	}
}

void guard_suspects_find(struct guard *g, double now)
{
	const struct process_table *t = sampler_table(g->sampler);

	g->suspects_refused = 0;
	for (uint32_t i = 0; i < t->high; i++) {
		const struct process *p = &t->process[i];
		struct suspect *s;

		if (!slot_is_read(t, i) || p->zombie ||
		    track_class(&g->watch.track[i]) != VERDICT_LEAKING)
			continue;
		if (g->policy.only.count && !rule_list_matches(&g->policy.only, p, t))
			continue;
		s = suspect_find(g, p->id);
		if (!s)
			s = guard_suspect_add(g, i, false, now);
		if (s)
			s->leaking_seconds = now;
	}
}
