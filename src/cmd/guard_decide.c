/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a scan to steps: who is a suspect, what is short, what the ladder says. */
#include <math.h>
#include <string.h>

#include "act/pidfd.h"
#include "cmd/guard_run.h"
#include "judge/badness.h"
#include "judge/headroom.h"

/* Shrinking is smoothed over some 4 s: a page cache that fills and empties is not a loss. */
#define LOSS_SMOOTH_SECONDS 4.0

static bool slot_is_read(const struct process_table *t, uint32_t slot)
{
	return t->state[slot] == SLOT_NEW || t->state[slot] == SLOT_LIVE;
}

/* --- domains: the limits that can run out -------------------------------------------------- */

static struct headroom domain_headroom(const struct process_table *t, uint32_t cgroup)
{
	return cgroup == CGROUP_NONE ? headroom_of_host(t) : headroom_of_cgroup(t, cgroup);
}

static void domain_update(struct domain *d, const struct process_table *t, double elapsed)
{
	struct headroom before = d->headroom;
	double weight = fmin(1, elapsed / LOSS_SMOOTH_SECONDS), loss;

	d->headroom = domain_headroom(t, d->cgroup);
	if (!opt_is_known(before.bytes) || !opt_is_known(d->headroom.bytes) || elapsed <= 0)
		return;
	loss = ((double)before.bytes.value - (double)d->headroom.bytes.value) / elapsed;
	d->loss_bytes_per_second += weight * (loss - d->loss_bytes_per_second);
}

static struct domain *domain_find(struct guard *g, uint32_t cgroup)
{
	for (uint32_t i = 0; i < g->domain_count; i++) {
		if (g->domain[i].cgroup == cgroup)
			return &g->domain[i];
	}
	return NULL;
}

static bool cgroup_is_limited(const struct cgroup *c)
{
	return c->alive && (opt_is_known(c->max_bytes) || opt_is_known(cgroup_high(c)) ||
			    opt_is_known(c->memsw_max_bytes));
}

/* Domains whose cgroup is gone make room; new limited cgroups come in while there is some. */
static void domains_follow(struct guard *g, const struct process_table *t)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < g->domain_count; i++) {
		uint32_t c = g->domain[i].cgroup;

		if (c == CGROUP_NONE ||
		    (c < t->cgroups.count && cgroup_is_limited(&t->cgroups.node[c])))
			g->domain[kept++] = g->domain[i];
	}
	g->domain_count = kept;
	if (!domain_find(g, CGROUP_NONE) && g->domain_count < GUARD_DOMAINS)
		g->domain[g->domain_count++] = (struct domain){ .cgroup = CGROUP_NONE };
	for (uint32_t c = 0; c < t->cgroups.count && g->domain_count < GUARD_DOMAINS; c++) {
		if (cgroup_is_limited(&t->cgroups.node[c]) && !domain_find(g, c))
			g->domain[g->domain_count++] = (struct domain){ .cgroup = c };
	}
}

void guard_update_domains(struct guard *g, double now)
{
	const struct process_table *t = sampler_table(g->sampler);
	double elapsed = g->domain_seconds > 0 ? now - g->domain_seconds : 0;

	domains_follow(g, t);
	for (uint32_t i = 0; i < g->domain_count; i++)
		domain_update(&g->domain[i], t, elapsed);
	g->domain_seconds = now;
}

double guard_nearest_exhaustion(const struct guard *g)
{
	const struct process_table *t = sampler_table(g->sampler);
	double nearest = INFINITY;

	for (uint32_t i = 0; i < g->domain_count; i++)
		nearest = fmin(nearest, domain_seconds(&g->domain[i]));
	for (uint32_t i = 0; i < t->high; i++) {
		struct headroom h;

		/* Only a process that grew since the last scan can be near its own limit. */
		if (!slot_is_read(t, i) || !(g->watch.recent[i] > 0))
			continue;
		h = headroom_of(&t->process[i], t);
		if (opt_is_known(h.bytes))
			nearest = fmin(nearest, (double)h.bytes.value / (double)g->watch.recent[i]);
	}
	return nearest;
}

/* --- candidates: who is told of with a decision ------------------------------------------------
 */

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

/* Begins g->decision for a suspect that is still in the table, with all candidates. */
static void decision_begin(struct guard *g, uint32_t i, double now)
{
	struct decision *d = &g->decision;
	const struct suspect *s = &g->suspect[i];
	uint32_t slots[GUARD_CANDIDATES];

	memset(d, 0, sizeof(*d));
	d->has_chosen = true;
	d->fallback = s->fallback;
	candidate_fill(g, s->slot, now, &d->chosen);
	d->candidate_count = best_slots(g, slots);
	for (uint32_t k = 0; k < d->candidate_count; k++)
		candidate_fill(g, slots[k], now, &d->candidate[k]);
}

/* --- suspects ------------------------------------------------------------------------------------
 */

static bool suspect_is_present(const struct guard *g, const struct suspect *s)
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

static bool is_signalled(const struct suspect *s)
{
	return (s->done | s->failed) & (rung_bit(RUNG_TERM) | rung_bit(RUNG_KILL));
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

		if (is_signalled(s) || (s->done & rung_bit(RUNG_LIMIT)) || s->fallback)
			continue;
		own = suspect_is_present(g, s) ? suspect_urgency(g, s->slot) : -1;
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
		guard_take_back(g, &g->suspect[i], DECISION_CROWDED, now);
	return i;
}

static struct suspect *suspect_add(struct guard *g, uint32_t slot, bool fallback, double now)
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
			       .since_seconds = now,
			       .leaking_seconds = now };
	memcpy(s->comm, p->comm, sizeof(s->comm));
	g->pidfd[i] = -1;
	return s;
}

/* A suspect that ended by itself, or whose life guard never touched, is forgotten. */
static void suspects_follow(struct guard *g, double now)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		struct suspect *s = &g->suspect[i];

		if (!s->used || g->pidfd[i] >= 0 || suspect_is_present(g, s))
			continue;
		guard_take_back(g, s, DECISION_ENDED, now);
		s->used = false;
	}
}

static void suspects_find(struct guard *g, double now)
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
			s = suspect_add(g, i, false, now);
		if (s)
			s->leaking_seconds = now;
	}
}

/* --- the ladder ----------------------------------------------------------------------------------
 */

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
	return is_signalled(s) && !s->exited &&
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

static double binding_domain_seconds(struct guard *g, const struct headroom *h)
{
	struct domain *d;

	if (h->kind != LIMIT_HOST && h->kind != LIMIT_CGROUP)
		return INFINITY;
	d = domain_find(g, h->kind == LIMIT_HOST ? CGROUP_NONE : h->cgroup);
	return d ? domain_seconds(d) : INFINITY;
}

/* What a suspect that guard must leave alone is still good for: telling the operator. */
static bool is_only_told(const struct candidate *c, struct ladder_step *step)
{
	if (c->excluded && step->rung != RUNG_NOTIFY && step->rung != RUNG_CLEAR)
		step->rung = RUNG_NONE;
	return c->excluded;
}

static bool is_still_short(struct guard *g, const struct suspect *s)
{
	const struct domain *d = domain_find(g, s->domain);

	return d && fallback_is_due(&g->policy, d);
}

/* An eighth of what the fastest takes is a part: workers of one pool leak side by side. */
#define PART_OF_FASTEST 0.125

/* Is the memory this limit loses now taken by others than the process in this slot? */
static bool is_bystander(struct guard *g, uint32_t slot, const struct headroom *h)
{
	const struct process_table *t = sampler_table(g->sampler);
	const struct domain *d = NULL;
	double fastest = 0;

	if (h->kind == LIMIT_HOST || h->kind == LIMIT_CGROUP)
		d = domain_find(g, h->kind == LIMIT_HOST ? CGROUP_NONE : h->cgroup);
	if (!d || !(d->loss_bytes_per_second > 0))
		return false;
	for (uint32_t i = 0; i < t->high; i++) {
		if (slot_is_read(t, i) && domain_holds(d, &t->process[i], t))
			fastest = fmax(fastest, (double)g->watch.recent[i]);
	}
	return (double)g->watch.recent[slot] < fastest * PART_OF_FASTEST;
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
		.domain_seconds = binding_domain_seconds(g, &c->headroom),
		.held_bytes = process_held_bytes(&c->process),
		.kill_in_flight = kill_is_in_flight(g, i, &c->headroom, now),
		.still_short = is_still_short(g, &g->suspect[i]),
		.bystander = is_bystander(g, c->slot, &c->headroom),
		.can_limit = can_limit(t, &c->process),
		.scan_seconds = g->slow_scan_seconds,
		.now_seconds = now,
	};

	step = ladder_next(&in);
	(void)is_only_told(c, &step);
	return step;
}

/* The verdict of track_feed has the persistence that a lone judgement of the series lacks. */
static void use_tracked_class(struct guard *g, struct candidate *c)
{
	c->verdict.class = track_class(&g->watch.track[c->slot]);
}

/* Climbs as far as the ladder says now. Each rung marks itself done or failed, so this ends. */
static void suspect_climb(struct guard *g, uint32_t i, double now)
{
	for (int rungs = 0; rungs < RUNG_COUNT; rungs++) {
		struct suspect *s = &g->suspect[i];
		struct ladder_step step;

		if (!s->used)
			return;
		if (suspect_is_present(g, s)) {
			decision_begin(g, i, now);
			use_tracked_class(g, &g->decision.chosen);
		}
		step = suspect_step(g, i, now);
		if (step.rung == RUNG_NONE)
			return;
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

			if (!s->used || climbed[i] || !suspect_is_present(g, s))
				continue;
			if (best == GUARD_SUSPECTS ||
			    g->watch.recent[s->slot] > g->watch.recent[g->suspect[best].slot])
				best = i;
		}
		if (best == GUARD_SUSPECTS)
			return;
		climbed[best] = true;
		suspect_climb(g, best, now);
	}
}

/* --- the burst rule
 * --------------------------------------------------------------------------------- */

/* A leaker that guard can act on, charged to this domain, makes the fallback needless. */
static bool domain_has_leaker(struct guard *g, const struct domain *d, double now)
{
	const struct process_table *t = sampler_table(g->sampler);

	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		const struct suspect *s = &g->suspect[i];

		if (s->used && suspect_is_present(g, s) &&
		    (g->policy.dry_run || !end_is_overdue(g, s, now)) &&
		    domain_holds(d, &t->process[s->slot], t) &&
		    (is_signalled(s) || !is_bystander(g, s->slot, &d->headroom)) &&
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
	for (uint32_t i = 0; i < g->domain_count; i++) {
		const struct domain *d = &g->domain[i];
		struct suspect *s;
		uint32_t slot;

		if (!fallback_is_due(&g->policy, d) || domain_has_leaker(g, d, now) ||
		    kill_is_in_flight(g, GUARD_SUSPECTS, &d->headroom, now))
			continue;
		slot = fallback_choose(&g->policy, &g->self, sampler_table(g->sampler),
				       g->watch.recent, g->suspect, d);
		s = slot == UINT32_MAX ? NULL : suspect_add(g, slot, true, now);
		if (!s)
			continue;
		s->domain = d->cgroup;
		suspect_climb(g, (uint32_t)(s - g->suspect), now);
	}
}

void guard_decide(struct guard *g, double now)
{
	suspects_follow(g, now);
	suspects_find(g, now);
	suspects_climb(g, now);
	fall_back(g, now);
}

/* --- between scans
 * ------------------------------------------------------------------------------------ */

/* Headroom of the limit a signalled suspect was bound by, with what sits on per-CPU lists. */
static void memory_came_back(struct guard *g, struct suspect *s, double now)
{
	const struct process_table *t = sampler_table(g->sampler);
	struct headroom h = { .kind = LIMIT_UNKNOWN };
	struct zoneinfo zones;
	double back;

	if (s->limit.kind == LIMIT_HOST)
		h = headroom_of_host(t);
	else if (s->limit.kind == LIMIT_CGROUP && s->limit.cgroup < t->cgroups.count)
		h = headroom_of_cgroup(t, s->limit.cgroup);
	if (!opt_is_known(h.bytes)) {
		/* An rlimit, or a cgroup that went with its last process: the limit itself is gone.
		 */
		s->returned_bytes = s->expected_bytes;
		return;
	}
	back = (double)h.bytes.value - (double)s->available_before;
	if (h.kind == LIMIT_HOST && sampler_zoneinfo(g->sampler, &zones) == 0)
		back += (double)(zones.pcp_pages * t->host.page_bytes);
	s->returned_bytes = back > 0 ? (uint64_t)back : 0;
}

static void attend_ended(struct guard *g, uint32_t i, double now)
{
	struct suspect *s = &g->suspect[i];

	if (!s->exited) {
		s->exited = true;
		s->exit_seconds = now;
	}
	memory_came_back(g, s, now);
	if (!ladder_return_is_settled(&g->policy, s, now))
		return;
	guard_act(g, i, (struct ladder_step){ .rung = RUNG_VERIFY, .reason = DECISION_ENDED }, now);
}

static void attend_signalled(struct guard *g, uint32_t i, double now)
{
	struct suspect *s = &g->suspect[i];

	if (pidfd_has_exited(g->pidfd[i])) {
		attend_ended(g, i, now);
		return;
	}
	if (now >= s->deadline_seconds && suspect_is_present(g, s))
		suspect_climb(g, i, now);
}

void guard_attend(struct guard *g, double now)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		struct suspect *s = &g->suspect[i];

		if (!s->used)
			continue;
		if (g->pidfd[i] >= 0) {
			attend_signalled(g, i, now);
			continue;
		}
		if ((s->done & rung_bit(RUNG_EVIDENCE)) && !s->evidence_ready &&
		    now >= s->evidence_seconds + g->policy.evidence_seconds) {
			s->evidence_ready = true;
			if (suspect_is_present(g, s))
				suspect_climb(g, i, now);
		}
	}
}

double guard_next_deadline(const struct guard *g)
{
	double next = INFINITY;

	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		const struct suspect *s = &g->suspect[i];

		if (!s->used)
			continue;
		if ((s->done & rung_bit(RUNG_EVIDENCE)) && !s->evidence_ready)
			next = fmin(next, s->evidence_seconds + g->policy.evidence_seconds);
		if (g->pidfd[i] >= 0 && !(s->done & rung_bit(RUNG_KILL)))
			next = fmin(next, s->deadline_seconds);
	}
	return next;
}
