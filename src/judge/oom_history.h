/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What earlier reports of the same machine say of a process of this one. */
#pragma once

#include "judge/oom_story.h"

/* Seconds from a to b by the clock that both have, the kernel's first; NAN when they share none, or
 * when it went backwards. */
double oom_seconds_between(const struct oom_stamp *a, const struct oom_stamp *b) _nonnull_all_;

/* The kernel's clock went back by more than a second: the machine was started in between. */
bool oom_is_later_boot(const struct oom_stamp *a, const struct oom_stamp *b) _nonnull_all_;

struct oom_growth {
	uint64_t before_bytes;
	double seconds; /* NAN: not known */
};
/* The same process (pid and comm) in the oldest report that has it; false when none has. */
bool oom_history_growth(const struct oom_history *h, const struct oom_report *r, int64_t pid,
			const char *comm, struct oom_growth *ret) _nonnull_all_;

struct oom_kills {
	uint32_t times;	    /* victims of that name before, in the same cgroup or none */
	uint32_t same_size; /* of these within 10 % of bytes_now */
	double since_last;  /* seconds; NAN: not known */
	double since_same;  /* the same of the last of .same_size */
	double interval;    /* mean of the seconds between the kills, this one included; NAN */
};
struct oom_kills oom_history_kills(const struct oom_history *h, const struct oom_report *r,
				   const char *comm, uint64_t bytes_now) _nonnull_all_;

/* Processes of different names killed within `seconds` before this report, itself included. */
uint32_t oom_history_names_killed(const struct oom_history *h, const struct oom_report *r,
				  double seconds) _nonnull_all_;

/* Nothing but the kill is in the text, and the rate limit explains it: within the 5 s before, the
 * kernel had printed the ten reports that it lets through (DEFAULT_RATELIMIT_INTERVAL and _BURST in
 * oom_kill_process(), mm/oom_kill.c; the "Killed process" line has no limit). */
bool oom_history_rate_limited(const struct oom_history *h,
			      const struct oom_report *r) _nonnull_all_;

/* The name of the first victim, else of the process chosen; "" none. */
const char *oom_victim_name(const struct oom_report *r) _nonnull_all_;
