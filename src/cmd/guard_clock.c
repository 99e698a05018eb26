/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two clocks: a cheap one on the limits, a slow one on all processes that gets faster as
 * exhaustion nears. */
#include <math.h>
#include <sys/timerfd.h>

#include "base/clock.h"
#include "cmd/common.h"
#include "cmd/guard_reload.h"

#define PSI_SECONDS 61 /* a stall counts as an exhaustion this far away */
/* The end of a signalled process is looked for at this pace: its memory is what all wait for. */
#define END_SECONDS 0.05

static void complain_once(struct guard *g, const struct fault *f)
{
	/* A machine whose /proc cannot be read is said once, and counted in STATUS afterwards. */
	if (g->failures++ == 0)
		complain("%s", f->what);
}

static double pace(const struct guard *g, double nearest_exhaustion_seconds)
{
	return pace_seconds(&g->policy, nearest_exhaustion_seconds,
			    sampler_table(g->sampler)->pass_cpu_seconds);
}

void guard_stalled(struct guard *g)
{
	/* Our own brake on a suspect makes pressure, too: a stall draws scans at the pace of an
	 * exhaustion a minute away, not one each time. */
	g->next_scan_seconds =
		fmin(g->next_scan_seconds, g->last_scan_seconds + pace(g, PSI_SECONDS));
}

int guard_first_scan(struct guard *g, struct fault *f)
{
	double now = clock_boot_seconds();
	const struct process_table *t = sampler_table(g->sampler);
	int r = sampler_pass(g->sampler, now, f);

	if (r < 0)
		return r;
	guard_growth_policy(&g->policy, &t->host);
	watchlist_feed(&g->watch, t, &g->policy.growth);
	guard_update_domains(g, now);
	guard_domains_scanned(g, 0);
	g->last_scan_seconds = now;
	g->next_scan_seconds = now + fmin(1, g->policy.rest_seconds);
	complain("guarding %u processes%s; %u cannot be read, %u are over capacity", t->counts.read,
		 g->policy.dry_run ? " (dry run: nothing is changed)" : "", t->counts.unreadable,
		 t->counts.over_capacity);
	return 0;
}

static void scan(struct guard *g, double now)
{
	const struct process_table *t = sampler_table(g->sampler);
	struct fault f;

	/* Also after a failure: trying again at once would only spin. */
	g->next_scan_seconds = g->next_limits_seconds = now + g->policy.headroom_seconds;
	if (sampler_pass(g->sampler, now, &f) < 0) {
		complain_once(g, &f);
		return;
	}
	g->scans++;
	g->scan_cpu_seconds += t->pass_cpu_seconds;
	watchlist_feed(&g->watch, t, &g->policy.growth);
	guard_update_domains(g, now);
	guard_domains_scanned(g, now - g->last_scan_seconds);
	g->last_scan_seconds = now;
	g->slow_scan_seconds = pace(g, guard_nearest_exhaustion(g));
	/* Before the acts, which may take their time: the report may come first. */
	guard_quiet_scanned(g);
	guard_quiet_attend(g, now);
	guard_decide(g, now);
	g->next_scan_seconds = now + g->slow_scan_seconds;
}

static void look_at_limits(struct guard *g, double now)
{
	/* Quieting may want the host looked at more often than the cgroups, which cost more. */
	const bool cgroups_too = now >= g->next_limits_seconds;
	struct fault f;

	if (cgroups_too)
		g->next_limits_seconds = now + g->policy.headroom_seconds;
	if (sampler_host(g->sampler, now, &f) < 0) {
		complain_once(g, &f);
		return;
	}
	if (cgroups_too)
		(void)sampler_cgroup_usage(g->sampler);
	guard_update_domains(g, now);
	guard_quiet_attend(g, now);
	g->next_scan_seconds =
		fmin(g->next_scan_seconds, now + pace(g, guard_nearest_exhaustion(g)));
}

void guard_tick(struct guard *g)
{
	double now = clock_boot_seconds();

	if (now >= g->next_scan_seconds)
		scan(g, now);
	else
		look_at_limits(g, now);
	guard_attend(g, now);
	if (g->watchdog_seconds > 0 && now >= g->next_watchdog_seconds) {
		guard_tell_status(g, "WATCHDOG=1\n");
		g->next_watchdog_seconds = now + g->watchdog_seconds;
	}
	g->stop |= now >= g->end_seconds;
}

static bool is_waiting_for_an_end(const struct guard *g)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		if (g->suspect[i].used && g->pidfd[i] >= 0)
			return true;
	}
	return false;
}

void guard_set_timer(struct guard *g)
{
	double now = clock_boot_seconds();
	double next = fmin(g->next_limits_seconds, now + guard_quiet_look_seconds(g));
	double deadline = guard_next_deadline(g);
	struct itimerspec at = { 0 };

	if (is_waiting_for_an_end(g))
		next = now + END_SECONDS;
	/* One that has passed and could not be met (SIGKILL switched off) is no reason to spin. */
	next = fmin(next, deadline > now ? deadline : now + END_SECONDS);
	next = fmin(next, g->next_scan_seconds);
	if (g->watchdog_seconds > 0)
		next = fmin(next, g->next_watchdog_seconds);
	next = fmin(next, g->end_seconds);
	next = fmax(next, now + 0.001);
	at.it_value.tv_sec = (time_t)next;
	at.it_value.tv_nsec = (long)((next - floor(next)) * 1e9);
	(void)timerfd_settime(g->timer, TFD_TIMER_ABSTIME, &at, NULL);
}
