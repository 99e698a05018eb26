/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's life: start, arm, wait, stop. Two clocks: a cheap one on the limits, a slow one on
 * all processes that gets faster as exhaustion nears. */
#include "cmd/guard_run.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include "act/datagram.h"
#include "base/alloc_trap.h"
#include "base/clock.h"
#include "base/fd.h"
#include "cmd/common.h"
#include "cmd/guard_reload.h"
#include "judge/growth.h"
#include "source/psi_trigger.h"

/* PSI: any 150 ms of stall within 2 s; windows of whole 2 s need no privilege since 6.5. */
#define PSI_STALL_USEC 150000
#define PSI_WINDOW_USEC 2000000
#define PSI_SECONDS 61 /* a stall counts as an exhaustion this far away */

static struct guard guard; /* one daemon, of fixed size: its pages are touched before arming */

/* --- start ------------------------------------------------------------------------------------ */

/* The directory a file is to lie in, one level: /var/lib/bulkhead. */
static void make_parent(const char *file)
{
	char path[GUARD_PATH_SIZE];
	const char *slash = strrchr(file, '/');

	if (!slash || slash == file ||
	    text_copy(text_of(file, (size_t)(slash - file)), path, sizeof(path)) < 0)
		return;
	(void)mkdir(path, 0750);
}

static int read_boot_id(const struct root *root, char *buf, size_t size)
{
	size_t len;
	int r = file_read_at(root->proc, "sys/kernel/random/boot_id", buf, size, &len);

	if (r < 0)
		return r;
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

/* What an earlier guard left behind is taken back before anything new is changed. */
static int recover(struct guard *g, struct fault *f)
{
	const char *file = g->policy.dry_run ? "" : g->policy.state_file;
	char boot_id[40] = "";
	int r = read_boot_id(&g->root, boot_id, sizeof(boot_id));

	if (r < 0)
		return fault_errno(f, r, "cannot read the boot id");
	make_parent(g->policy.state_file);
	if (*file && (r = changes_lock(file, &g->state_lock, f)) < 0)
		return r;
	r = changes_load(&g->changes, file, boot_id, f);
	if (r == -EPROTO || r == -EFBIG) {
		/* Nothing can be restored from it; saying so beats not guarding at all. */
		complain("%s; starting without it", f->what);
		return 0;
	}
	return r;
}

static int start_sources(struct guard *g, struct fault *f)
{
	struct sampler_config config = sampler_config_guard();
	int r = root_open(NULL, &g->root, f);

	if (r < 0)
		return r;
	guard_quiet_start(g);
	r = sampler_open(&g->root, &config, &g->sampler, f);
	if (r < 0)
		return r;
	if (watchlist_init(&g->watch, config.max_processes) < 0)
		return fault_errno(f, -ENOMEM, "cannot hold %u processes", config.max_processes);
	g->psi = psi_trigger_open(&g->root, PSI_STALL_USEC, PSI_WINDOW_USEC, f);
	if (g->psi < 0) {
		complain("no wake-up by memory pressure (%s); sampling alone decides", f->what);
		g->psi = -1;
	}
	return 0;
}

static int start_helpers(struct guard *g, struct fault *f)
{
	struct helper_config config = { .proc_fd = g->root.proc,
					.sys_fd = g->root.sys,
					.evidence_keep = g->policy.evidence_keep };
	int r;

	memcpy(config.evidence_dir, g->policy.evidence_dir, sizeof(config.evidence_dir));
	if (config.evidence_dir[0]) {
		make_parent(config.evidence_dir);
		(void)mkdir(config.evidence_dir, 0700);
	}
	r = helper_start(&config, &g->helper, f);
	if (r < 0)
		return r;
	g->self = (struct guard_self){ .pid = getpid(), .helper_pid = g->helper.pid };
	r = worker_start(&g->reaper, f);
	return r < 0 ? r : worker_start(&g->limiter, f);
}

static int add_to_epoll(struct guard *g, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	if (fd < 0)
		return 0;
	return epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

static int start_loop(struct guard *g, struct fault *f)
{
	sigset_t set;
	int r;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	g->epoll = epoll_create1(EPOLL_CLOEXEC);
	g->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	g->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (g->epoll < 0 || g->timer < 0 || g->signals < 0)
		return fault_errno(f, -errno, "cannot make the event loop");
	r = add_to_epoll(g, g->timer, EPOLLIN);
	if (!r)
		r = add_to_epoll(g, g->signals, EPOLLIN);
	if (!r)
		r = add_to_epoll(g, g->psi, EPOLLPRI);
	if (!r)
		r = add_to_epoll(g, g->helper.fd, EPOLLIN);
	if (!r)
		r = add_to_epoll(g, worker_fd(g->reaper), EPOLLIN);
	if (!r)
		r = add_to_epoll(g, worker_fd(g->limiter), EPOLLIN);
	return r < 0 ? fault_errno(f, r, "cannot fill the event loop") : 0;
}

static void read_watchdog(struct guard *g)
{
	const char *text = getenv("WATCHDOG_USEC");
	uint64_t usec;

	if (text && text_u64(text_of(text, strlen(text)), &usec) == 0)
		g->watchdog_seconds = (double)usec / 1e6 / 2;
}

/*
 * From here on guard must live with what it has: memory locked as it is touched, the stack it will
 * need touched now, the kernel told to spare it. What is not permitted is said and done without.
 */
static void arm(struct guard *g)
{
	volatile char stack[16 * 1024];
	_cleanup_close_ int self = openat(g->root.proc, "self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct fault f;

	for (size_t i = 0; i < sizeof(stack); i += 4096)
		stack[i] = 0;
	/* What starting up has freed need not stay locked. */
	(void)malloc_trim(0);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		complain("cannot lock memory (%s); guard may be swapped out",
			 strerrordesc_np(errno));
	if (knob_write(self, "oom_score_adj", "-1000", &f) < 0)
		complain("%s; the kernel may kill guard", f.what);
	if (setpriority(PRIO_PROCESS, 0, -20) < 0)
		complain("cannot raise own priority (%s)", strerrordesc_np(errno));
	/* Own allocations of the kernel then do not wait for writeback (5.6, CAP_SYS_RESOURCE). */
	(void)prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	alloc_trap_arm();
}

/* --- the clocks ----------------------------------------------------------------------------------
 */

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

static void tick(struct guard *g)
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

void guard_growth_policy(struct guard_policy *policy, const struct host *host)
{
	uint64_t asked = policy->growth.noise_floor_bytes;

	policy->growth = growth_policy_default(host->cpus);
	policy->growth.noise_floor_bytes =
		asked ? asked : rss_noise_floor_bytes(host->cpus, host->page_bytes);
}

static bool is_waiting_for_an_end(const struct guard *g)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		if (g->suspect[i].used && g->pidfd[i] >= 0)
			return true;
	}
	return false;
}

/* The end of a signalled process is looked for at this pace: its memory is what all wait for. */
#define END_SECONDS 0.05

static void set_timer(struct guard *g)
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
		/* Our own brake on a suspect makes pressure, too: a stall draws scans at the pace
		 * of an exhaustion a minute away, not one each time. */
		g->next_scan_seconds =
			fmin(g->next_scan_seconds, g->last_scan_seconds + pace(g, PSI_SECONDS));
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

		set_timer(g);
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
			tick(g);
	}
}

/* --- the whole
 * ------------------------------------------------------------------------------------ */

static int start(struct guard *g, struct fault *f)
{
	int r = start_sources(g, f);

	/* A reader of stdout that goes away must not end the guard. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (!r)
		r = start_helpers(g, f);
	if (!r)
		r = recover(g, f);
	if (!r)
		r = guard_tell_open(g, f);
	/* At once: whatever fails from here on, what an earlier guard left is in order again. */
	if (!r)
		guard_take_back_all(g, DECISION_RECOVERED);
	if (!r)
		r = start_loop(g, f);
	read_watchdog(g);
	return r;
}

/*
 * The first scan runs before arming: it touches the code and the memory of the usual path, and
 * tells an operator at once what cannot be read.
 */
static int first_scan(struct guard *g, struct fault *f)
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
	r = start(g, &f);
	if (!r)
		r = first_scan(g, &f);
	if (r < 0)
		return fail(EXITCODE_UNDETERMINED, &f);
	/* Memory may be short already, and an earlier guard's level has just been taken back. */
	guard_quiet_scanned(g);
	guard_quiet_attend(g, clock_boot_seconds());
	arm(g);
	guard_tell_status(g, "READY=1\n");
	loop(g);
	stop(g);
	return g->failures ? EXITCODE_ACTION_FAILED : EXITCODE_OK;
}
