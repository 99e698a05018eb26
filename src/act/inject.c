/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/inject.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "act/tracee.h"

#define CLONE_ARGS ((uint64_t)(CLONE_FILES | CLONE_FS | CLONE_PARENT_SETTID))
/* No pid can be that (PID_MAX_LIMIT is 4 Mi): ECHILD, should the clone have failed. */
#define NO_CHILD UINT64_C(0x7fffffff)
#define SYSCALL_STOP (SIGTRAP | 0x80)
#define ERESTARTNOINTR 513

static struct inject_frames *frames_of(struct injection *i)
{
	return (struct inject_frames *)(void *)i->image;
}

/* Not /proc/PID/mem: that would write through read-only pages. */
static int poke(const struct injection *i, const uint8_t *bytes)
{
	struct iovec local = { (void *)(uintptr_t)bytes, i->bytes };
	struct iovec remote = { (void *)(uintptr_t)i->address, i->bytes };
	const ssize_t n = process_vm_writev(i->tid, &local, 1, &remote, 1, 0);

	return n == (ssize_t)i->bytes ? 0 : n < 0 ? -errno : -EFAULT;
}

static int set_registers(const struct injection *i, const struct user_regs_struct *regs)
{
	return ptrace(PTRACE_SETREGS, i->tid, 0, regs) < 0 ? -errno : 0;
}

/* The one moment: before it the thread is as it was, after it everything leads back. */
static int depart(struct injection *i, const struct user_regs_struct *regs)
{
	int r;

	STEP("frames");
	r = poke(i, i->image);
	STEP("frames written");
	if (r == 0 &&
	    ptrace(PTRACE_SETOPTIONS, i->tid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE) < 0)
		r = -errno;
	STEP("options");
	if (r == 0)
		r = set_registers(i, regs);
	STEP("registers");
	return r;
}

/*
 * A signal came before the call. The thread gets its own registers back at the signal's stop, so
 * that the handler finds them as it would have, and the signal is delivered.
 */
static int deliver(struct injection *i, int signal, double deadline)
{
	bool job;
	int r = set_registers(i, &i->before);

	STEP("signal");
	if (r == 0)
		r = poke(i, i->saved);
	if (r == 0 && (ptrace(PTRACE_INTERRUPT, i->tid, 0, 0) < 0 ||
		       ptrace(PTRACE_CONT, i->tid, 0, (long)signal) < 0))
		r = -errno;
	if (r == 0)
		r = tracee_settle(i->tid, deadline, &job);
	STEP("signal delivered");
	return r < 0 ? r : job ? -ENOTSUP : -EAGAIN;
}

/* A job-control stop while the call was being made. */
static int give_up(struct injection *i)
{
	int r = set_registers(i, &i->before);

	if (r == 0)
		r = poke(i, i->saved);
	return r < 0 ? r : -ENOTSUP;
}

/*
 * Lets the thread go to its next stop that matters: the entry of the call, its exit, or the event
 * of a clone. *ret_event: PTRACE_EVENT_CLONE or 0.
 */
static int to_next_stop(struct injection *i, double deadline, int *ret_event)
{
	for (;;) {
		bool job;
		int status, r;

		if (ptrace(PTRACE_SYSCALL, i->tid, 0, 0) < 0)
			return -errno;
		STEP("goes on");
		r = tracee_wait(i->tid, deadline, &status);
		if (r < 0)
			return r;
		STEP("stopped");
		if (tracee_is_event_stop(status, &job)) {
			if (job)
				return give_up(i);
			continue;
		}
		*ret_event = status >> 16;
		if (*ret_event == PTRACE_EVENT_CLONE || WSTOPSIG(status) == SYSCALL_STOP)
			return 0;
		return deliver(i, WSTOPSIG(status), deadline);
	}
}

static int result_of(const struct injection *i, int64_t *ret)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, i->tid, 0, &regs) < 0)
		return -errno;
	*ret = (int64_t)regs.rax;
	return 0;
}

int inject_restore(struct injection *i, double deadline)
{
	bool job;
	int r;

	if (ptrace(PTRACE_INTERRUPT, i->tid, 0, 0) < 0)
		return -errno;
	STEP("taken back");
	if (ptrace(PTRACE_CONT, i->tid, 0, 0) < 0)
		return -errno;
	STEP("comes back");
	r = tracee_settle(i->tid, deadline, &job);
	STEP("back");
	if (r == 0)
		r = set_registers(i, &i->before);
	STEP("registers back");
	/* Else the words of the frames would stay as a dead stack that keeps blocks alive. */
	if (r == 0)
		r = poke(i, i->saved);
	STEP("stack back");
	if (r == 0 && ptrace(PTRACE_SETOPTIONS, i->tid, 0, 0) < 0)
		r = -errno;
	return r;
}

static void call_frame(struct injection *i, struct inject_frame *f, uint64_t number, uint64_t rsp)
{
	*f = frames_of(i)->last;
	f->ax = number;
	f->ip = i->gadgets.syscall_ret;
	f->sp = rsp;
	/* Nothing but SIGKILL and SIGSTOP until it is back: a wait must not end early. */
	f->sigmask = UINT64_MAX;
}

static struct user_regs_struct call_registers(const struct injection *i, uint64_t number,
					      size_t frame)
{
	struct user_regs_struct regs = i->before;

	regs.orig_rax = UINT64_MAX; /* not in a call that could be restarted */
	regs.rax = number;
	regs.rip = i->gadgets.syscall_ret;
	regs.rsp = i->address + frame;
	return regs;
}

#define FRAME(name) offsetof(struct inject_frames, name)

static struct user_regs_struct fork_frames(struct injection *i)
{
	struct inject_frames *f = frames_of(i);
	struct user_regs_struct regs = call_registers(i, SYS_clone, FRAME(first));

	call_frame(i, &f->first, SYS_wait4, i->address + FRAME(last));
	f->first.di = NO_CHILD;
	f->first.si = f->first.r10 = 0;
	f->first.dx = __WALL;
	call_frame(i, &f->child, SYS_exit_group, i->address + FRAME(last));
	f->child.di = 0;
	regs.rdi = CLONE_ARGS;
	regs.rsi = i->address + FRAME(child);
	regs.rdx = i->address + FRAME(first) + offsetof(struct inject_frame, di);
	regs.r10 = regs.r8 = 0;
	return regs;
}

static int child_of(const struct injection *i, int32_t *ret_child, int32_t *ret_inside)
{
	const uint64_t slot = i->address + FRAME(first) + offsetof(struct inject_frame, di);
	struct iovec local = { ret_inside, sizeof(*ret_inside) };
	struct iovec remote = { (void *)(uintptr_t)slot, sizeof(*ret_inside) };
	unsigned long child;

	if (ptrace(PTRACE_GETEVENTMSG, i->tid, 0, &child) < 0)
		return -errno;
	*ret_child = (int32_t)child;
	return process_vm_readv(i->tid, &local, 1, &remote, 1, 0) == sizeof(*ret_inside) ? 0
											 : -EFAULT;
}

int inject_fork(struct injection *i, double deadline, int32_t *ret_child, int32_t *ret_inside)
{
	const struct user_regs_struct regs = fork_frames(i);
	int r = depart(i, &regs), event = 0;
	int64_t result = -ERESTARTNOINTR;

	if (r == 0)
		r = to_next_stop(i, deadline, &event); /* the entry */
	/* The exit comes alone when clone refused; a signal that waits makes it start anew. */
	while (r == 0 && event != PTRACE_EVENT_CLONE && result == -ERESTARTNOINTR) {
		r = to_next_stop(i, deadline, &event);
		if (r == 0 && event != PTRACE_EVENT_CLONE)
			r = result_of(i, &result);
		if (r == 0 && result == -ENOSYS)
			result = -ERESTARTNOINTR; /* an entry */
	}
	if (r < 0)
		return r;
	if (event == PTRACE_EVENT_CLONE)
		return child_of(i, ret_child, ret_inside);
	*ret_child = (int32_t)result;
	r = inject_restore(i, deadline);
	return r < 0 ? r : -EBUSY;
}

int inject_wait(struct injection *i, int32_t inside, double deadline, int64_t *ret_result)
{
	struct user_regs_struct regs = call_registers(i, SYS_wait4, FRAME(last));
	int event, r;

	regs.rdi = (uint64_t)inside;
	regs.rsi = regs.r10 = 0;
	regs.rdx = __WALL | WNOHANG;
	r = depart(i, &regs);
	for (int stop = 0; stop < 2 && r == 0; stop++)
		r = to_next_stop(i, deadline, &event);
	if (r == 0)
		r = result_of(i, ret_result);
	return r < 0 ? r : inject_restore(i, deadline);
}
