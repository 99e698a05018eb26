/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is told of with a decision: the chosen one and the best of the others, with their numbers. */
#include <string.h>

#include "cmd/guard_run.h"
#include "judge/badness.h"
#include "judge/headroom.h"

static void candidate_fill(struct guard *g, uint32_t slot, double now, struct candidate *ret)
{
	const struct process_table *t = sampler_table(g->sampler);
	const struct process *p = &t->process[slot];
	double total;

	*ret = (struct candidate){
		.slot = slot,
		.process = *p,
		.headroom = headroom_of(p, t),
		.recent_bytes_per_second = (double)g->watch.recent[slot],
		.preferred = rule_list_matches(&g->policy.prefer, p, t),
		.excluded = guard_excluded(&g->policy, &g->self, p, t),
	};
	total = opt_is_known(ret->headroom.capacity_bytes)
			? (double)ret->headroom.capacity_bytes.value / (double)t->host.page_bytes
			: 0;
	ret->badness = oom_badness_pages(p, total, t->host.page_bytes);
	track_verdict(&g->watch.track[slot], &ret->headroom, &g->policy.growth, now, &ret->verdict);
	/* The class of track_feed has the persistence that a lone judgement of the series lacks. */
	if (track_class(&g->watch.track[slot]) == VERDICT_LEAKING)
		ret->verdict.class = VERDICT_LEAKING;
	else if (ret->verdict.class == VERDICT_LEAKING)
		ret->verdict.class = VERDICT_SUSPECT;
}

/* The order in which the decision shows them; cheap, because it runs over all slots. */
struct key {
	int class;
	double recent, held;
};

static struct key candidate_key(const struct guard *g, uint32_t slot)
{
	return (struct key){ (int)track_class(&g->watch.track[slot]), (double)g->watch.recent[slot],
			     (double)process_held_bytes(
				     &sampler_table(g->sampler)->process[slot]) };
}

static bool key_is_less(struct key a, struct key b)
{
	if (a.class != b.class)
		return a.class < b.class;
	return a.recent != b.recent ? a.recent < b.recent : a.held < b.held;
}

/* The best GUARD_CANDIDATES slots by insertion into a short sorted list: O(slots). */
static uint32_t best_slots(const struct guard *g, uint32_t ret[GUARD_CANDIDATES])
{
	const struct process_table *t = sampler_table(g->sampler);
	struct key key[GUARD_CANDIDATES];
	uint32_t count = 0;

	for (uint32_t i = 0; i < t->high; i++) {
		struct key k;
		uint32_t at;

		if (!slot_is_read(t, i) || !process_held_bytes(&t->process[i]))
			continue;
		if (g->policy.only.count && !rule_list_matches(&g->policy.only, &t->process[i], t))
			continue;
		k = candidate_key(g, i);
		if (count == GUARD_CANDIDATES && !key_is_less(key[count - 1], k))
			continue;
		at = count < GUARD_CANDIDATES ? count++ : count - 1;
		for (; at > 0 && key_is_less(key[at - 1], k); at--) {
			key[at] = key[at - 1];
			ret[at] = ret[at - 1];
		}
		key[at] = k;
		ret[at] = i;
	}
	return count;
}

void guard_decision_begin(struct guard *g, const struct suspect *s, double now)
{
	struct decision *d = &g->decision;

	memset(d, 0, sizeof(*d));
	d->has_chosen = true;
	d->fallback = s->fallback;
	candidate_fill(g, s->slot, now, &d->chosen);
}

void guard_decision_candidates(struct guard *g, double now)
{
	struct decision *d = &g->decision;
	uint32_t slots[GUARD_CANDIDATES];

	d->candidate_count = best_slots(g, slots);
	for (uint32_t k = 0; k < d->candidate_count; k++)
		candidate_fill(g, slots[k], now, &d->candidate[k]);
}

void guard_decide_about_life(struct guard *g, struct process_id id, const char *comm,
			     enum rung action, enum decision_reason why)
{
	struct decision *d = &g->decision;

	memset(d, 0, sizeof(*d));
	d->action = action;
	d->reason = why;
	d->has_chosen = true;
	d->chosen.process.id = id;
	d->chosen.process.cgroup = CGROUP_NONE;
	memcpy(d->chosen.process.comm, comm, PROCESS_COMM_SIZE);
}
