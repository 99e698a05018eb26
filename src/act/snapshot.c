/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/inject.h"
#include "act/knob.h"
#include "act/snapshot_reap.h"
#include "act/tracee.h"
#include "base/clock.h"
#include "base/fd.h"

/* A clone of 100 GiB of small pages takes some 3 s. */
#define FORK_SECONDS 60.0
#define REAP_SECONDS 2.0
#define SIGNALS_MAX 16
#define REAP_NAP_USEC 2000

int snapshot_arm(int32_t pid, const struct memory_image *maps, const struct inject_gadgets *g,
		 snapshot_look *look, struct snapshot *ret, struct fault *f)
{
	struct snapshot s = { .pid = pid, .maps = maps, .look = look, .gadgets = *g, .pipe = -1 };
	int r = snapshot_watch_start(&s);

	if (r < 0) {
		snapshot_watch_end(&s, false);
		return fault_errno(f, r, "cannot start a process that watches this one");
	}
	*ret = s;
	return 0;
}

static void die_first(int32_t child)
{
	struct fault f;
	_cleanup_close_ int dir = tracee_proc(child, &f);
	_cleanup_close_ int fd = dir < 0 ? -1 : openat(dir, "oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* No harm when it fails: it only makes the kernel's choice better. */
	if (fd >= 0 && fd_write_all(fd, "1000", 4) < 0)
		return;
}

/* The child is attached and about to stop before its first instruction. */
static int hold_child(struct snapshot *snap, double deadline)
{
	bool job;
	int r;

	STEP("child");
	r = tracee_settle(snap->child, deadline, &job);
	STEP("child stopped");
	if (r == 0 && ptrace(PTRACE_SETOPTIONS, snap->child, 0, PTRACE_O_EXITKILL) < 0)
		r = -errno;
	STEP("child held");
	snap->watch->inside = snap->inside;
	snap->watch->child = snap->child;
	STEP("watcher told");
	die_first(snap->child);
	return r;
}

static void kill_child(int32_t child)
{
	int status;

	(void)kill(child, SIGKILL);
	/* 20 to 60 ms for some GiB: its page tables are taken apart. */
	while (tracee_wait(child, clock_boot_seconds() + FORK_SECONDS, &status) == 0)
		;
}

/* By one thread, which is prepared. */
static int fork_by(struct injection *i, struct snapshot *snap)
{
	const double deadline = clock_boot_seconds() + FORK_SECONDS;
	int r = inject_fork(i, deadline, &snap->child, &snap->inside), back;

	if (r < 0)
		return r;
	r = hold_child(snap, deadline);
	back = inject_restore(i, deadline);
	STEP("thread back");
	return r < 0 ? r : back;
}

static int refused(int error, struct fault *f)
{
	if (error == -EAGAIN)
		return fault_set(f, error,
				 "the process may not fork: its pids limit (cgroup) or "
				 "RLIMIT_NPROC is reached");
	return fault_errno(f, error, "the process cannot be forked");
}

/* 0, -ENOTSUP: not by this thread now; anything else ends it. */
static int try_thread(int32_t tid, struct snapshot *snap, bool any, const char **ret_why,
		      struct fault *f)
{
	int r = -EAGAIN;

	for (int signals = 0; r == -EAGAIN && signals < SIGNALS_MAX; signals++) {
		_cleanup_injection_ struct injection i = { 0 };

		r = inject_prepare(tid, snap->maps, &snap->gadgets, &i, ret_why);
		if (r == 0 && !any && inject_would_interrupt(&i))
			return -ENOTSUP;
		if (r == 0)
			r = fork_by(&i, snap);
		if (r == -EBUSY) {
			r = refused(snap->child, f);
			snap->child = 0;
			return r;
		}
	}
	/* It would go on for ever: signals come faster than one call is made. */
	return r == -EAGAIN || r == -ESRCH ? -ENOTSUP : r;
}

int snapshot_fork(struct seized *s, struct snapshot *snap, const char **ret_why, struct fault *f)
{
	*ret_why = "no thread can be used to fork it";
	for (uint32_t i = 0; i < s->threads; i++)
		if (s->job_stopped[i]) {
			*ret_why = "it is stopped by job control";
			return fault_set(f, -ENOTSUP, "cannot fork process %d: %s", s->pid,
					 *ret_why);
		}
	for (int any = 0; any < 2; any++)
		for (uint32_t i = 0; i < s->threads; i++) {
			int r = try_thread(s->tid[i], snap, any, ret_why, f);

			if (r == 0)
				return 0;
			if (r != -ENOTSUP)
				return f->err ? r
					      : fault_errno(f, r, "cannot fork process %d", s->pid);
		}
	return fault_set(f, -ENOTSUP, "cannot fork process %d: %s", s->pid, *ret_why);
}

int snapshot_end(struct snapshot *s, double *ret_pause, struct fault *f)
{
	const double deadline = clock_boot_seconds() + REAP_SECONDS;
	int r = 0;

	*ret_pause = 0;
	if (s->child) {
		STEP("end");
		kill_child(s->child);
		STEP("child killed");
		do {
			r = snapshot_reap(s, deadline, ret_pause);
			if (r == -EAGAIN)
				(void)usleep(REAP_NAP_USEC);
		} while (r == -EAGAIN && clock_boot_seconds() < deadline);
	}
	snapshot_watch_end(s, r == -EAGAIN);
	*s = SNAPSHOT_IDLE;
	if (r == -EAGAIN)
		return fault_set(
			f, r,
			"the ended copy could not be reaped yet: it stays as a zombie until "
			"a thread of the process runs; that is tried for a minute");
	return 0;
}
