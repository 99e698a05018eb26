/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From nothing to an armed guard: sources, helpers, what an earlier guard left, the event loop. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
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

#include "base/alloc_trap.h"
#include "base/fd.h"
#include "cmd/common.h"
#include "cmd/guard_run.h"
#include "source/boot_id.h"
#include "source/psi_trigger.h"

/* Any 150 ms of stall within 2 s; windows of whole 2 s need no privilege since 6.5. */
#define PSI_STALL_USEC 150000
#define PSI_WINDOW_USEC 2000000

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

/* What an earlier guard left behind is taken back before anything new is changed. */
static int recover(struct guard *g, struct fault *f)
{
	const char *file = g->policy.dry_run ? "" : g->policy.state_file;
	char boot_id[BOOT_ID_SIZE];
	int r = boot_id_read(&g->root, boot_id);

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

	if (text && text_u64(text_string(text), &usec) == 0)
		g->watchdog_seconds = (double)usec / 1e6 / 2;
}

int guard_start(struct guard *g, struct fault *f)
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
 * From here on guard must live with what it has: memory locked as it is touched, the stack it will
 * need touched now, the kernel told to spare it. What is not permitted is said and done without.
 */
void guard_arm(struct guard *g)
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
