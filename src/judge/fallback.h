/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When memory runs out and no process is leaking (a burst): who must go. The rule, at least as
 * good as the kernel's:
 *   1. while exhaustion is nearer than fallback_seconds: the process that took at least half of
 * what the limit lost since the scan before: a burst in progress is stopped where it happens
 *      (without that haste, a few pages of drift would make a bystander the culprit). One that
 *      seems to have taken more than twice the loss has not: a forked child shows what it shares
 *      with its parent;
 *   2. else the one that [prefer] names, the largest first;
 *   3. else the kernel's own choice (judge/badness.h) among those guard may act on.
 * Pure. The decision says that it is the fallback.
 */
#pragma once

#include "judge/rule.h"

/* The limit that runs out, and how fast: the host or one limited cgroup. */
struct domain {
	uint32_t cgroup; /* CGROUP_NONE: the host */
	struct headroom headroom;
	double loss_bytes_per_second; /* how fast the headroom shrinks; <= 0: it does not */
	/* The same between the last two scans, for comparing it with what the processes took. */
	double scan_loss_bytes_per_second;
	struct opt_u64 scan_bytes; /* the headroom at the last scan */
};

/* Seconds until the headroom is used up at the present rate; INFINITY when it does not shrink. */
double domain_seconds(const struct domain *d) _nonnull_all_;

/* Does policy ask for the fallback in this domain now? */
bool fallback_is_due(const struct guard_policy *policy, const struct domain *d) _nonnull_all_;

/* Is the process charged to this domain? */
bool domain_holds(const struct domain *d, const struct process *p,
		  const struct process_table *t) _nonnull_all_;

/*
 * The slot of the process that must go, or UINT32_MAX when none is eligible.
 * recent_bytes_per_second: one entry per slot, plain difference of the last two scans.
 * suspect: GUARD_SUSPECTS of them; those in use are in hand already and not chosen again.
 */
uint32_t fallback_choose(const struct guard_policy *policy, const struct guard_self *self,
			 const struct process_table *t, const float *recent_bytes_per_second,
			 const struct suspect *suspect, const struct domain *d) _nonnull_all_;
