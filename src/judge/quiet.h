/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adaptive console quieting: when guard lowers console_loglevel, and when it puts it back. While
 * memory is short an OOM report may come, and on a slow console it is printed under oom_lock,
 * before anybody is killed. Below its level it reaches the ring buffer and the log daemons at once
 * all the same, so lowering the level loses nothing but the console's copy, and only for that time.
 * Pure.
 */
#pragma once

#include "judge/fallback.h"

struct quiet_input {
	const struct guard_policy *policy;
	const struct domain *domain; /* the host and the limited cgroups */
	uint32_t domain_count;
	struct opt_u64 console_loglevel; /* of now */
	bool ignore_loglevel;		 /* the kernel prints everything, whatever the level */
	/* How much longer one OOM report prints at that level than at quiet_level. */
	double saved_seconds;
	uint32_t unknown_consoles; /* serial ones that hold up the machine at an unknown speed */
	bool lowered;		   /* by guard, and not put back */
	double short_seconds;	   /* when memory was last short; meaningful with .lowered */
	double now_seconds;
};

enum quiet_step {
	QUIET_NONE = 0,
	QUIET_LOWER,   /* to policy->quiet_level */
	QUIET_RESTORE, /* to what was there before */
};

/*
 * The domain that is short of memory, or whose exhaustion is forecast; NULL when none is.
 *
 * host    less than quiet_share of RAM and swap is left: a report may come at any moment.
 * any     exhaustion nearer than quiet_seconds at the present rate, with at most half of the limit
 *         left; or nearer than 3 s, however much is left: a burst is seen through a loss that is
 *         smoothed over 4 s, so that the truth is nearer than the forecast.
 * A full cgroup alone is no shortage: services live at their limit for years.
 */
const struct domain *quiet_short_domain(const struct guard_policy *policy,
					const struct domain *domain, uint32_t count) _nonnull_(1);

/*
 * Would it help? Never with quiet = no, nor where the kernel ignores the level. Always with yes;
 * with auto when it saves more than policy->quiet_stall_seconds of printing a report, or when that
 * cannot be known because a serial console has no known speed.
 */
bool quiet_is_wanted(const struct quiet_input *in) _nonnull_all_;

/* Lowers only what is higher than quiet_level; restores quiet_restore_seconds after the last
 * shortage. An unreadable console_loglevel is left alone. */
enum quiet_step quiet_next(const struct quiet_input *in) _nonnull_all_;

/*
 * Until the next look at the host: the shortest time in which memory could go from what is left to
 * the shortage, at 6 GiB/s (earlyoom's figure for RAM, main.c: mem_fill_rate), from 0.1 s to 1 s.
 * So a machine with plenty left is looked at no more often than without quieting.
 */
double quiet_look_seconds(const struct guard_policy *policy,
			  const struct domain *host) _nonnull_all_;
