/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guard's policy: which rung of the ladder a suspect has reached. Pure; the same function serves
 * the dry run. docs/GUARD.md tells it in prose.
 */
#pragma once

#include "model/guard.h"

struct ladder_input {
	const struct guard_policy *policy;
	const struct suspect *suspect;
	const struct verdict *verdict;	 /* of now; its exhaustion is the suspect's own doing */
	const struct headroom *headroom; /* of now */
	double domain_seconds; /* until the binding limit at the rate all processes together use it
				  up; INFINITY when it does not shrink or is not known */
	uint64_t held_bytes;   /* of the suspect */
	bool kill_in_flight; /* a signalled process has not ended, or its memory is not back yet */
	bool still_short;    /* of a fallback suspect: the limit it was chosen for still runs out */
	/* It takes next to nothing just now: it has stopped, or others use the limit up. */
	bool bystander;
	bool can_limit;	     /* the suspect is alone in a cgroup that has memory.high */
	double scan_seconds; /* until the judge looks again */
	double now_seconds;
};

struct ladder_step {
	enum rung rung; /* RUNG_NONE: nothing to do now */
	enum decision_reason reason;
	double grace_seconds; /* with RUNG_TERM: SIGKILL follows after it */
};

/*
 * Of a suspect that has ended: is it time to say what came back? When half of it has (what was
 * shared or cached does not, and others go on growing), or when the time for it is over.
 */
bool ladder_return_is_settled(const struct guard_policy *policy, const struct suspect *s,
			      double now_seconds) _nonnull_all_;

struct ladder_step ladder_next(const struct ladder_input *in) _nonnull_all_;

/* Exhaustion as the ladder sees it: the nearer of the suspect's own and the limit's; may be
 * INFINITY. */
double ladder_exhaustion_seconds(const struct ladder_input *in) _nonnull_all_;

/* Share of the binding limit that is left, 0-1; 1 when not known (never a reason to act). */
double headroom_share(const struct headroom *h) _nonnull_all_;

/*
 * When the judge should look again: a fortieth of the nearest exhaustion, between fast_seconds
 * and rest_seconds, so that a runaway is judged on its first quarter. While exhaustion is more than
 * a minute away scanning may cost 1 % of a core: scan_cpu_seconds is what the last scan cost.
 */
double pace_seconds(const struct guard_policy *policy, double nearest_exhaustion_seconds,
		    double scan_cpu_seconds) _nonnull_all_;
