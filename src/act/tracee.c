/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/root.h"
#include "base/strbuf.h"

/* A thread that runs stops within some 20 us; after that the CPU is better left to others. */
#define SPIN_SECONDS 300e-6
#define NAP_NSEC 50000
#define LET_GO_SECONDS 0.2

void (*tracee_step)(const char *name);

int tracee_proc(int32_t pid, struct fault *f)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	int r = root_open(NULL, &root, f), fd;
	char name[16];
	struct strbuf s = STRBUF(name);

	if (r < 0)
		return r;
	strbuf_printf(&s, "%d", pid);
	fd = openat(root.proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : fault_set(f, -ESRCH, "there is no process %d", pid);
}

bool tracee_field(const char *buf, const char *name, struct text *ret)
{
	struct text rest = text_string(buf), line;

	while (text_next_line(&rest, &line)) {
		if (!text_skip_prefix(&line, name) || !text_skip_prefix(&line, ":"))
			continue;
		*ret = text_trim(line);
		return true;
	}
	return false;
}

uint64_t tracee_number(const char *buf, const char *name, uint64_t none)
{
	struct text value, word;
	uint64_t number;

	if (!tracee_field(buf, name, &value) || !text_next_word(&value, &word) ||
	    text_u64(word, &number) < 0)
		return none;
	return number;
}

int tracee_wait(int32_t tid, double deadline, int *ret_status)
{
	const double begin = clock_boot_seconds();

	for (;;) {
		const pid_t got = waitpid(tid, ret_status, __WALL | WNOHANG);
		const double now = clock_boot_seconds();

		if (got == tid)
			return WIFSTOPPED(*ret_status) ? 0 : -ESRCH;
		if (got < 0 && errno != EINTR)
			return errno == ECHILD ? -ESRCH : -errno;
		if (now > deadline)
			return -ETIMEDOUT;
		if (now - begin < SPIN_SECONDS)
			(void)sched_yield();
		else
			(void)nanosleep(&(struct timespec){ .tv_nsec = NAP_NSEC }, NULL);
	}
}

bool tracee_is_event_stop(int status, bool *ret_job)
{
	if (status >> 16 != PTRACE_EVENT_STOP)
		return false;
	*ret_job = WSTOPSIG(status) != SIGTRAP;
	return true;
}

int tracee_settle(int32_t tid, double deadline, bool *ret_job)
{
	for (;;) {
		int status, r = tracee_wait(tid, deadline, &status);

		if (r < 0)
			return r;
		if (tracee_is_event_stop(status, ret_job))
			return 0;
		/*
		 * A signal's stop, and any stop clears a pending interrupt (kernel/signal.c,
		 * ptrace_stop): ask again before it goes on.
		 */
		if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0 ||
		    ptrace(PTRACE_CONT, tid, 0, status >> 16 ? 0 : (long)WSTOPSIG(status)) < 0)
			return -errno;
	}
}

void tracee_let_go(int32_t tid)
{
	const double deadline = clock_boot_seconds() + LET_GO_SECONDS;
	int status, signal = 0;

	while (ptrace(PTRACE_DETACH, tid, 0, (long)signal) < 0) {
		if (tracee_wait(tid, deadline, &status) < 0)
			return;
		signal = status >> 16 ? 0 : WSTOPSIG(status);
	}
}
