/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/fallback.h"

#include <math.h>

#include "judge/badness.h"
#include "judge/ladder.h"

double domain_seconds(const struct domain *d)
{
	if (!opt_is_known(d->headroom.bytes) || !(d->loss_bytes_per_second > 0))
		return INFINITY;
	return (double)d->headroom.bytes.value / d->loss_bytes_per_second;
}

/* So near to the end the reserve of one share is gone before anybody could act: twice that then. */
#define RUSH_SECONDS 2

/* Where nothing moves, a share of a large machine is no shortage, this much is. */
#define STILL_BYTES (2 * GIB)

bool fallback_is_due(const struct guard_policy *policy, const struct domain *d)
{
	bool is_host = d->cgroup == CGROUP_NONE;
	double left = headroom_share(&d->headroom), seconds = domain_seconds(d);

	if (!policy->fallback || !(is_host || policy->fallback_cgroups))
		return false;
	if (seconds <= RUSH_SECONDS && left <= 2 * policy->fallback_share)
		return true;
	if (left > policy->fallback_share)
		return false;
	/*
	 * A short host is a danger even while nothing moves (the next fork may be the last); a full
	 * cgroup is not: services live at their limit for years. There the limit must be running
	 * out.
	 */
	return seconds <= policy->fallback_seconds ||
	       (is_host && d->headroom.bytes.value <= STILL_BYTES);
}

bool domain_holds(const struct domain *d, const struct process *p, const struct process_table *t)
{
	if (d->cgroup == CGROUP_NONE)
		return true;
	for (uint32_t c = p->cgroup; c != CGROUP_NONE; c = t->cgroups.node[c].parent) {
		if (c == d->cgroup)
			return true;
	}
	return false;
}

/* Order of the three rules in the header; higher goes first. */
struct rank {
	int tier;
	double amount;
};

static struct rank rank_of(const struct guard_policy *policy, const struct process_table *t,
			   const struct process *p, double recent, const struct domain *d)
{
	double lost = d->scan_loss_bytes_per_second;
	double pages =
		opt_is_known(d->headroom.capacity_bytes)
			? (double)d->headroom.capacity_bytes.value / (double)t->host.page_bytes
			: 0;

	if (domain_seconds(d) <= policy->fallback_seconds && lost > 0 && recent >= lost / 2 &&
	    recent <= lost * 2)
		return (struct rank){ 3, recent };
	if (rule_list_matches(&policy->prefer, p, t))
		return (struct rank){ 2, (double)process_held_bytes(p) };
	return (struct rank){ 1, oom_badness_pages(p, pages, t->host.page_bytes) };
}

static bool is_in_hand(const struct suspect *suspect, const struct process *p)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		if (suspect[i].used && process_id_equal(suspect[i].id, p->id))
			return true;
	}
	return false;
}

uint32_t fallback_choose(const struct guard_policy *policy, const struct guard_self *self,
			 const struct process_table *t, const float *recent_bytes_per_second,
			 const struct suspect *suspect, const struct domain *d)
{
	struct rank best = { 0, 0 };
	uint32_t chosen = UINT32_MAX;

	for (uint32_t i = 0; i < t->high; i++) {
		const struct process *p = &t->process[i];
		struct rank r;

		if (t->state[i] != SLOT_NEW && t->state[i] != SLOT_LIVE)
			continue;
		if (!process_held_bytes(p) || !domain_holds(d, p, t) || is_in_hand(suspect, p) ||
		    guard_excluded(policy, self, p, t))
			continue;
		r = rank_of(policy, t, p, (double)recent_bytes_per_second[i], d);
		if (r.tier > best.tier || (r.tier == best.tier && r.amount > best.amount)) {
			best = r;
			chosen = i;
		}
	}
	return chosen;
}
