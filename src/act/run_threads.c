/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/run_threads.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act/seize.h"

#define FOREIGN (-1) /* the pid of a child that is not followed: let go at its first stop */
#define ORPHAN_SECONDS 1.0

static const int stop_signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
static const int ask_signals[] = { SIGTERM, SIGINT, SIGQUIT };

static bool is_one_of(int signal, const int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == signal)
			return true;
	return false;
}

void tracees_release(struct tracees *t)
{
	for (uint32_t i = 0; i < t->threads; i++)
		free(t->thread[i].saved.xstate);
	free(t->thread);
	free(t->process);
	*t = (struct tracees){ 0 };
}

static struct tracee *tracee_find(struct tracees *t, int32_t tid)
{
	for (uint32_t i = 0; i < t->threads; i++)
		if (t->thread[i].tid == tid)
			return &t->thread[i];
	return NULL;
}

/* Room for one more; the array may move. */
static bool grow(void **array, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t want = *room ? 2 * *room : 16;
	void *p;

	if (count < *room)
		return true;
	p = reallocarray(*array, want, size);
	if (!p)
		return false;
	*array = p;
	*room = want;
	return true;
}

struct tracee *tracee_add(struct tracees *t, int32_t tid, int32_t pid)
{
	struct tracee *th = tracee_find(t, tid);

	if (!th) {
		if (!grow((void **)&t->thread, t->threads, &t->thread_room, sizeof(*th)))
			return NULL;
		th = &t->thread[t->threads++];
		*th = (struct tracee){ .tid = tid };
	}
	th->pid = pid;
	return th;
}

static void tracee_drop(struct tracees *t, struct tracee *th)
{
	free(th->saved.xstate);
	*th = t->thread[--t->threads];
}

struct traced *traced_of(struct tracees *t, int32_t pid)
{
	for (uint32_t i = 0; i < t->processes; i++)
		if (t->process[i].pid == pid)
			return &t->process[i];
	return NULL;
}

struct traced *traced_add(struct tracees *t, int32_t pid, double now)
{
	struct traced *p = traced_of(t, pid);

	if (p)
		return p;
	if (!grow((void **)&t->process, t->processes, &t->process_room, sizeof(*p)))
		return NULL;
	p = &t->process[t->processes++];
	*p = (struct traced){ .pid = pid, .started = now };
	return p;
}

static long trace(int request, int32_t tid, uintptr_t data)
{
	return ptrace((enum __ptrace_request)request, tid, NULL, (void *)data);
}

/* ESRCH everywhere: SIGKILL took it out of its stop; its end is reported next. */
static void go_on(struct tracee *th)
{
	th->state = th->at_end ? TRACEE_LEAVING : TRACEE_RUNS;
	(void)trace(th->listens && !th->at_end ? PTRACE_LISTEN : PTRACE_CONT, th->tid,
		    th->at_end || th->listens ? 0 : (uintptr_t)th->signal);
}

static void let_go(struct tracees *t, struct tracee *th)
{
	(void)trace(PTRACE_DETACH, th->tid, (uintptr_t)th->signal);
	tracee_drop(t, th);
}

/* One word, without the 3 KiB that thread_registers() reads: most threads end alone. */
static uint64_t peek_register(int32_t tid, enum image_register reg)
{
	errno = 0;
	return (uint64_t)ptrace(PTRACE_PEEKUSER, tid, (void *)(uintptr_t)(8 * reg), NULL);
}

/* Another thread of the process that may still run. */
static bool others_live(const struct tracees *t, const struct tracee *th)
{
	for (uint32_t i = 0; i < t->threads; i++) {
		const struct tracee *o = &t->thread[i];

		if (o != th && o->pid == th->pid && !o->at_end)
			return true;
	}
	return false;
}

static void ends(struct traced *p, int status, double now)
{
	p->state = TRACED_ENDS;
	p->status = status;
	p->since = now;
}

/* The system call that it is in, and whether that is of the 32-bit table. */
static uint64_t call_of(int32_t tid, bool *ret_compat)
{
	*ret_compat = peek_register(tid, IMAGE_CS) == 0x23;
	return peek_register(tid, IMAGE_ORIG_RAX);
}

/*
 * PTRACE_EVENT_EXIT. Which end it is: the message is do_exit's code, and orig_rax the system call
 * that it is in. A thread that neither called exit(2) nor has a code was killed along with others,
 * by an exit_group(0) or by an execve of another thread (do_group_exit gives 0 then): that one
 * tells soon. An execve waits for this one, so it does not stay for long; its registers do.
 */
static void tracee_ends(struct tracees *t, struct tracee *th, struct traced *p, double now)
{
	static const uint64_t call_exit[] = { 60, 1 }, call_group[] = { 231, 252 };
	unsigned long code = 0;
	uint64_t call;
	bool compat;

	th->at_end = true;
	if (trace(PTRACE_GETEVENTMSG, th->tid, (uintptr_t)&code) < 0 || p->state == TRACED_DONE ||
	    p->shares) {
		go_on(th);
		return;
	}
	if ((code & 0x7f) == SIGKILL) {
		p->asked = SIGKILL;
		p->asked_at = now;
		traced_go_on(t, p);
		p->state = TRACED_DONE;
		return;
	}
	call = call_of(th->tid, &compat);
	if (!(code & 0x7f) && call == call_exit[compat]) {
		if (others_live(t, th))
			go_on(th);
		else if (p->state == TRACED_RUNS)
			ends(p, (int)code, now);
		return;
	}
	if (thread_registers(th->tid, &th->saved) < 0) {
		go_on(th);
		return;
	}
	th->parted = true;
	if (p->state == TRACED_RUNS && (code || call == call_group[compat]))
		ends(p, (int)code, now);
}

/* A thread that was created, or the process of a fork. */
static void tracee_begot(struct tracees *t, struct tracee *th, int event, double now)
{
	const int32_t parent = th->pid;
	unsigned long message = 0;
	struct tracee *child;
	struct traced *p;
	int32_t tid;
	bool shares;

	if (trace(PTRACE_GETEVENTMSG, th->tid, (uintptr_t)&message) < 0)
		return;
	tid = (int32_t)message;
	child = tracee_find(t, tid);
	if (child && child->pid != 0)
		return;
	if (event == PTRACE_EVENT_CLONE && tgkill(parent, tid, 0) == 0) {
		child = tracee_add(t, tid, parent);
		p = traced_of(t, parent);
		if (child && child->state == TRACEE_STOPPED && (!p || p->state != TRACED_LOOKS))
			go_on(child);
		return;
	}
	child = tracee_add(t, tid, t->children ? tid : FOREIGN);
	if (!child || !t->children) {
		if (child && child->state == TRACEE_STOPPED)
			let_go(t, child);
		return;
	}
	/* Without CONFIG_KCMP the kind of the call has to do. */
	shares = syscall(SYS_kcmp, parent, tid, KCMP_VM, 0, 0) == 0 || event == PTRACE_EVENT_VFORK;
	p = traced_add(t, tid, now);
	if (p)
		p->shares = shares;
	if (child->state == TRACEE_STOPPED)
		go_on(child);
}

/* The thread that executed has the pid now, and is the only one. */
static void tracee_executed(struct tracees *t, int32_t pid)
{
	struct traced *p = traced_of(t, pid);

	for (uint32_t i = t->threads; i-- > 0;)
		if (t->thread[i].pid == pid && t->thread[i].tid != pid)
			tracee_drop(t, &t->thread[i]);
	if (p) {
		p->shares = false;
		p->unseen = 0;
		p->state = TRACED_RUNS;
	}
}

static void tracee_signalled(struct tracee *th, struct traced *p, int signal, double now)
{
	th->signal = signal;
	if (p && is_one_of(signal, ask_signals, ARRAY_SIZE(ask_signals))) {
		p->asked = signal;
		p->asked_at = now;
	}
}

static void stopped(struct tracees *t, struct tracee *th, int status, double now)
{
	const int event = status >> 16, signal = WSTOPSIG(status);
	const int32_t tid = th->tid;
	struct traced *p = traced_of(t, th->pid);

	if (event == 0) {
		tracee_signalled(th, p, signal, now);
	} else if (event == PTRACE_EVENT_STOP) {
		th->listens =
			is_one_of(signal, stop_signals, ARRAY_SIZE(stop_signals)) ? signal : 0;
	} else if (event == PTRACE_EVENT_EXIT && p) {
		tracee_ends(t, th, p, now);
		return;
	} else if (event == PTRACE_EVENT_EXEC) {
		tracee_executed(t, th->pid);
	} else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK ||
		   event == PTRACE_EVENT_VFORK) {
		tracee_begot(t, th, event, now);
	}
	/* The tables may have moved. */
	th = tracee_find(t, tid);
	p = th ? traced_of(t, th->pid) : NULL;
	if (th && th->pid != 0 && (!p || p->state != TRACED_LOOKS))
		go_on(th);
}

void tracee_stopped(struct tracees *t, int32_t tid, int status, double now)
{
	const int event = status >> 16;
	struct tracee *th = tracee_find(t, tid);

	if (!th)
		th = tracee_add(t, tid, 0);
	if (!th) {
		t->short_of_memory = true;
		(void)trace(PTRACE_DETACH, tid, 0);
		return;
	}
	free(TAKE_PTR(th->saved.xstate));
	*th = (struct tracee){ .tid = tid, .pid = th->pid, .state = TRACEE_STOPPED, .since = now };
	if (th->pid == FOREIGN)
		let_go(t, th);
	else if (th->pid != 0 || event != PTRACE_EVENT_STOP)
		stopped(t, th, status, now);
}

void tracee_gone(struct tracees *t, int32_t tid)
{
	struct tracee *th = tracee_find(t, tid);
	struct traced *p = th ? traced_of(t, th->pid) : NULL;

	if (p)
		p->unseen += !th->at_end;
	if (th)
		tracee_drop(t, th);
	p = traced_of(t, tid);
	if (p && !p->program)
		*p = t->process[--t->processes];
}

void traced_interrupt(struct tracees *t, struct traced *p, double now)
{
	p->state = TRACED_LOOKS;
	p->since = now;
	for (uint32_t i = 0; i < t->threads; i++)
		if (t->thread[i].pid == p->pid && t->thread[i].state == TRACEE_RUNS)
			(void)trace(PTRACE_INTERRUPT, t->thread[i].tid, 0);
}

bool traced_is_held(const struct tracees *t, const struct traced *p, double now)
{
	uint32_t running = 0, held = 0;

	for (uint32_t i = 0; i < t->threads; i++) {
		const struct tracee *th = &t->thread[i];

		if (th->pid != p->pid)
			continue;
		running += th->state == TRACEE_RUNS;
		held += th->state == TRACEE_STOPPED;
	}
	return held > 0 && (running == 0 || now >= p->since + RUN_HOLD_SECONDS);
}

int traced_stop_signal(const struct tracees *t, const struct traced *p)
{
	int signal = 0;

	for (uint32_t i = 0; i < t->threads; i++) {
		const struct tracee *th = &t->thread[i];

		if (th->pid != p->pid || th->at_end)
			continue;
		if (th->state != TRACEE_RUNS || !th->listens)
			return 0;
		signal = th->listens;
	}
	return signal;
}

int traced_threads(struct tracees *t, const struct traced *p, struct image_thread **ret,
		   uint32_t *ret_count, uint32_t *ret_missing)
{
	struct image_thread *list = calloc(t->threads + 1, sizeof(*list)), first;
	uint32_t count = 0, missing = p->unseen;

	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->threads; i++) {
		struct tracee *th = &t->thread[i];

		if (th->pid != p->pid)
			continue;
		missing += th->state == TRACEE_RUNS;
		if (th->saved.tid && (th->state == TRACEE_STOPPED || th->parted))
			list[count++] = TAKE(th->saved, (struct image_thread){ 0 });
		else if (th->state == TRACEE_STOPPED &&
			 thread_registers(th->tid, &list[count]) == 0)
			count++;
	}
	for (uint32_t i = 1; i < count; i++)
		if (list[i].tid == p->pid) {
			first = list[0];
			list[0] = list[i];
			list[i] = first;
		}
	*ret = list;
	*ret_count = count;
	*ret_missing = missing;
	return 0;
}

void traced_go_on(struct tracees *t, struct traced *p)
{
	for (uint32_t i = 0; i < t->threads; i++)
		if (t->thread[i].pid == p->pid && t->thread[i].state == TRACEE_STOPPED)
			go_on(&t->thread[i]);
}

void traced_detach(struct tracees *t, struct traced *p)
{
	for (uint32_t i = t->threads; i-- > 0;)
		if (t->thread[i].pid == p->pid && t->thread[i].state == TRACEE_STOPPED)
			let_go(t, &t->thread[i]);
}

double tracees_expire(struct tracees *t, double now)
{
	double next = INFINITY;

	for (uint32_t i = t->threads; i-- > 0;) {
		struct tracee *th = &t->thread[i];
		const struct traced *p = traced_of(t, th->pid);
		const double limit = th->pid == 0 ? ORPHAN_SECONDS : UNDECIDED_SECONDS;

		if (th->state != TRACEE_STOPPED ||
		    (th->pid != 0 && !(th->parted && p && p->state == TRACED_RUNS)))
			continue;
		if (now < th->since + limit)
			next = fmin(next, th->since + limit - now);
		else if (th->pid == 0)
			let_go(t, th);
		else
			go_on(th);
	}
	return next;
}
