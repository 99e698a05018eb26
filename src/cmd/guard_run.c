/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's life: start, arm, wait, stop. */
#include "cmd/guard_run.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include "base/alloc_trap.h"
#include "base/clock.h"
#include "base/fd.h"
#include "cmd/common.h"
#include "cmd/guard_reload.h"

static struct guard guard; /* one daemon, of fixed size: its pages are touched before arming */

static void take_signals(struct guard *g)
{
	struct signalfd_siginfo info;

	while (read(g->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			g->reload = true;
		else
			g->stop = true;
	}
}

static void on_event(struct guard *g, const struct epoll_event *e)
{
	uint64_t expirations;

	if (e->data.fd == g->timer) {
		(void)!read(g->timer, &expirations, sizeof(expirations));
	} else if (e->data.fd == g->signals) {
		take_signals(g);
	} else if (e->data.fd == g->psi && (e->events & EPOLLERR)) {
		(void)epoll_ctl(g->epoll, EPOLL_CTL_DEL, g->psi, NULL);
	} else if (e->data.fd == g->psi) {
		guard_stalled(g);
	} else {
		int helper = g->helper.fd;

		guard_take_results(g);
		/* A closed descriptor leaves the epoll set by itself. */
		if (helper >= 0 && g->helper.fd < 0)
			complain("the helper process has died: no evidence, no commands from now "
				 "on");
	}
}

static void loop(struct guard *g)
{
	while (!g->stop) {
		struct epoll_event event[8];
		int n;

		guard_set_timer(g);
		n = epoll_wait(g->epoll, event, ARRAY_SIZE(event), -1);
		for (int i = 0; i < n; i++)
			on_event(g, &event[i]);
		if (g->reload) {
			guard_tell_status(g, "RELOADING=1\n");
			guard_reload(g);
			guard_tell_status(g, "READY=1\n");
			g->reload = false;
		}
		if (!g->stop)
			guard_tick(g);
	}
}

static void stop(struct guard *g)
{
	alloc_trap_disarm();
	if (g->notify >= 0)
		guard_tell_status(g, "STOPPING=1\n");
	guard_take_back_all(g, DECISION_STOPPING);
	helper_stop(&g->helper);
	worker_stop(g->reaper, 1);
	worker_stop(g->limiter, 1);
	complain("stopped after %llu scans (%.0f us CPU each), %llu decisions, %llu failures, %llu "
		 "messages lost",
		 (unsigned long long)g->scans,
		 g->scans ? g->scan_cpu_seconds / (double)g->scans * 1e6 : 0,
		 (unsigned long long)g->decisions, (unsigned long long)g->failures,
		 (unsigned long long)g->lost_messages);
	sampler_free(g->sampler);
	watchlist_release(&g->watch);
	root_close(&g->root);
	closep(&g->state_lock);
}

int guard_run(const struct guard_options *options, const struct guard_policy *policy)
{
	struct guard *g = &guard;
	struct fault f = { 0 };
	int r;

	*g = (struct guard){ .options = *options,
			     .policy = *policy,
			     .root = ROOT_CLOSED,
			     .helper = { .fd = -1 },
			     .state_lock = -1 };
	guard_config_drop();
	g->policy.dry_run |= options->dry_run;
	for (size_t i = 0; i < GUARD_SUSPECTS; i++)
		g->pidfd[i] = -1;
	/* A huge page for a table that is used in part would be locked memory for nothing. */
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	g->end_seconds = clock_boot_seconds() + options->duration_seconds;
	r = guard_start(g, &f);
	if (!r)
		r = guard_first_scan(g, &f);
	if (r < 0)
		return fail(EXITCODE_UNDETERMINED, &f);
	/* Memory may be short already, and an earlier guard's level has just been taken back. */
	guard_quiet_scanned(g);
	guard_quiet_attend(g, clock_boot_seconds());
	guard_arm(g);
	guard_tell_status(g, "READY=1\n");
	loop(g);
	stop(g);
	return g->failures ? EXITCODE_ACTION_FAILED : EXITCODE_OK;
}
