/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/run_traced.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "act/run_threads.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"

struct run {
	const struct run_options *o;
	struct run_result result;
	struct tracees t;
	int32_t pid;	     /* of the program */
	int exec_error;	     /* descriptor: what execvp said */
	sigset_t taken, old; /* the signals that are waited for; the mask before */
	double begun, tick_at, look_at, kill_at;
	bool looked; /* at one at least */
	bool program_gone, give_up, stopped_along;
};

/* When even this fails the program ends with status 127, as a shell says it. */
static void say_errno(int fd, int err)
{
	if (fd_write_all(fd, (const char *)&err, sizeof(err)) < 0)
		_exit(126);
}

/* In the child: waits until it is traced, then becomes the program. */
static _Noreturn void become(const struct run *r, int ready, int error)
{
	char c;
	ssize_t n;

	do
		n = read(ready, &c, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1) {
		(void)sigprocmask(SIG_SETMASK, &r->old, NULL);
		(void)execvp(r->o->argv[0], r->o->argv);
		say_errno(error, errno);
	}
	_exit(127);
}

static int seize_child(struct run *r, int ready, struct fault *f)
{
	unsigned long options = PTRACE_O_TRACEEXIT | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	struct traced *p = traced_add(&r->t, r->pid, r->begun);

	if (r->o->children)
		options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
	if (!p || !tracee_add(&r->t, r->pid, r->pid))
		return fault_errno(f, -ENOMEM, "cannot follow the program");
	p->program = true;
	p->state = TRACED_DONE; /* until it has executed: before, it is a copy of this process */
	if (ptrace(PTRACE_SEIZE, r->pid, NULL, (void *)options) < 0)
		return fault_errno(
			f, -errno,
			"cannot trace a program: kernel.yama.ptrace_scope is 3 (or 2, and "
			"this is not root), or a seccomp filter or security module "
			"forbids ptrace");
	return write(ready, "", 1) == 1 ? 0 : fault_errno(f, -errno, "cannot start the program");
}

static int start(struct run *r, struct fault *f)
{
	_cleanup_close_ int ready_in = -1, ready_out = -1, error_out = -1;
	int ready[2], error[2], e;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return fault_errno(f, -errno, "cannot make a pipe");
	ready_in = ready[0];
	ready_out = ready[1];
	if (pipe2(error, O_CLOEXEC) < 0)
		return fault_errno(f, -errno, "cannot make a pipe");
	r->exec_error = error[0];
	error_out = error[1];
	r->pid = fork();
	if (r->pid < 0)
		return fault_errno(f, -errno, "cannot start a process");
	if (r->pid == 0) {
		/* Else it would wait on its own copy if this process died now. */
		(void)close(ready_out);
		become(r, ready_in, error_out);
	}
	e = seize_child(r, ready_out, f);
	if (e < 0) {
		(void)kill(r->pid, SIGKILL);
		(void)waitpid(r->pid, NULL, __WALL);
	}
	return e;
}

/*
 * SIGCHLD at its default, so that it comes for every stop. All of these are blocked, and so are
 * queued even where they are ignored; what the old dispositions were the program keeps.
 */
static void take_signals(struct run *r, struct sigaction *ret_old)
{
	static const int signals[] = { SIGCHLD, SIGINT,	 SIGQUIT, SIGTERM,
				       SIGHUP,	SIGTSTP, SIGTTIN, SIGTTOU };

	(void)sigemptyset(&r->taken);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaddset(&r->taken, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &r->taken, &r->old);
	(void)sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, ret_old);
}

static void program_gone(struct run *r, int status, double now)
{
	const struct traced *p = traced_of(&r->t, r->pid);

	r->program_gone = true;
	r->result.status_known = true;
	r->result.status = status;
	if (!p)
		return;
	if (!(r->result.lifetime_seconds > 0))
		r->result.lifetime_seconds = now - p->started;
	if (p->asked && now - p->asked_at <= RUN_ASKED_SECONDS)
		r->result.asked = p->asked;
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP)
		r->result.asked = SIGHUP;
}

/* Everything that has been reported. False: no child is left. */
static bool drain(struct run *r)
{
	int status;
	int32_t tid;

	while ((tid = waitpid(-1, &status, __WALL | WNOHANG)) > 0) {
		const double now = clock_boot_seconds();

		if (WIFSTOPPED(status)) {
			tracee_stopped(&r->t, tid, status, now);
			continue;
		}
		if (tid == r->pid)
			program_gone(r, status, now);
		tracee_gone(&r->t, tid);
	}
	return tid == 0;
}

/* The program stays in the table when it is gone, and its pid may be another's then. */
static bool lives(const struct run *r, const struct traced *p)
{
	return !p->program || !r->program_gone;
}

static void signal_all(const struct run *r, int signal)
{
	for (uint32_t i = 0; i < r->t.processes; i++)
		if (lives(r, &r->t.process[i]))
			(void)kill(r->t.process[i].pid, signal);
}

static void hold(struct run *r, struct traced *p, double now)
{
	struct run_hold h = {
		.pid = p->pid,
		.program = p->program,
		.ended = p->state == TRACED_ENDS,
		.status = p->status,
		.asked = p->asked && now - p->asked_at <= RUN_ASKED_SECONDS ? p->asked : 0,
		.lifetime_seconds = now - p->started,
	};

	if (p->program)
		r->result.lifetime_seconds = h.lifetime_seconds;
	if (traced_threads(&r->t, p, &h.thread, &h.threads, &h.missing) == 0) {
		r->result.held++;
		r->o->held(r->o->context, &h);
	}
	for (uint32_t i = 0; h.thread && i < h.threads; i++)
		free(h.thread[i].xstate);
	free(h.thread);
	p->state = TRACED_DONE;
	if (h.ended)
		traced_go_on(&r->t, p);
	else if (r->o->leave_running)
		traced_detach(&r->t, p);
	/* Else it waits for the end of the looks, and does not beget more to look at. */
}

/* Seconds until a process that waits for its threads has waited enough. */
static double holds(struct run *r)
{
	const double now = clock_boot_seconds();
	double next = INFINITY;

	for (uint32_t i = 0; i < r->t.processes; i++) {
		struct traced *p = &r->t.process[i];

		if (p->state != TRACED_ENDS && p->state != TRACED_LOOKS)
			continue;
		if (traced_is_held(&r->t, p, now)) {
			hold(r, p, now);
			continue;
		}
		if (p->state == TRACED_LOOKS && now >= p->since + RUN_LOOK_SECONDS) {
			p->state = TRACED_DONE;
			r->result.did_not_stop |= p->program;
			continue;
		}
		next = fmin(next, fmax(p->since + RUN_HOLD_SECONDS - now, 0.01));
	}
	return next;
}

/* Interrupts one, unless one is already; false: all have been looked at, or end. */
static bool look_at_next(struct run *r, double now)
{
	struct traced *next = NULL;

	for (uint32_t i = r->t.processes; i-- > 0;) {
		struct traced *p = &r->t.process[i];

		if (lives(r, p) && p->state == TRACED_LOOKS)
			return true;
		if (lives(r, p) && p->state == TRACED_RUNS && !p->shares)
			next = p;
	}
	if (next)
		traced_interrupt(&r->t, next, now);
	return next != NULL;
}

/* One after the other: each stops for its own look only. */
static void look(struct run *r, double now)
{
	if (look_at_next(r, now)) {
		r->looked = true;
		return;
	}
	if (!r->looked)
		return;
	r->look_at = INFINITY;
	if (r->o->leave_running) {
		r->give_up = true;
		return;
	}
	signal_all(r, SIGTERM);
	signal_all(r, SIGCONT); /* a stopped one would not take it */
	for (uint32_t i = 0; i < r->t.processes; i++)
		if (r->t.process[i].state == TRACED_DONE)
			traced_go_on(&r->t, &r->t.process[i]);
	r->kill_at = now + RUN_TERM_SECONDS;
}

/* What is due by the clock; seconds until the next. */
static double clockwork(struct run *r)
{
	const double now = clock_boot_seconds();
	const struct traced *p = traced_of(&r->t, r->pid);
	double next = INFINITY;

	if (p && !r->program_gone && p->state == TRACED_RUNS) {
		if (now >= r->tick_at)
			r->tick_at = now + fmax(r->o->tick(r->o->context, r->pid), 0.001);
		next = r->tick_at;
	}
	/* Later than that: as soon as there is one to look at, or the next. */
	if (now < r->look_at)
		next = fmin(next, r->look_at);
	else
		look(r, now);
	if (now >= r->kill_at) {
		signal_all(r, SIGKILL);
		r->kill_at = now + RUN_TERM_SECONDS; /* of those that were begotten meanwhile */
	}
	return fmax(fmin(next, r->kill_at) - now, 0);
}

static bool is_of_terminal(int signal)
{
	return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* By that signal, until SIGCONT comes. */
static void stop_self(int signal)
{
	sigset_t one;

	(void)sigemptyset(&one);
	(void)sigaddset(&one, signal);
	(void)raise(signal);
	(void)sigprocmask(SIG_UNBLOCK, &one, NULL);
	(void)sigprocmask(SIG_BLOCK, &one, NULL);
}

/*
 * The shell sees its job stopped only when this process is. Not without a terminal: who stops and
 * continues the program there by its pid would find that we do not go on.
 */
static void stop_along(struct run *r)
{
	const struct traced *p = traced_of(&r->t, r->pid);
	const int signal = p && !r->program_gone ? traced_stop_signal(&r->t, p) : 0;

	if (!signal) {
		r->stopped_along = false;
		return;
	}
	if (r->stopped_along || !is_of_terminal(signal) || getpgid(r->pid) != getpgrp())
		return;
	_cleanup_close_ int tty = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	r->stopped_along = true;
	if (tty >= 0)
		stop_self(signal);
}

static void take(struct run *r, int signal)
{
	struct traced *p = traced_of(&r->t, r->pid);

	if (signal == SIGCHLD)
		return;
	if (is_of_terminal(signal)) {
		/* Else stop_along: when the program has stopped. */
		if (r->program_gone)
			stop_self(signal);
		return;
	}
	if (r->program_gone) {
		r->give_up = true;
		return;
	}
	if (signal == SIGINT || signal == SIGQUIT)
		return;
	(void)kill(r->pid, signal);
	if (p && signal == SIGTERM) {
		p->asked = signal;
		p->asked_at = clock_boot_seconds();
	}
}

static void wait_for(struct run *r, double seconds)
{
	/* An hour does no harm, and fits. */
	const double s = fmin(seconds, 3600);
	const struct timespec wait = { (time_t)s, (long)((s - floor(s)) * 1e9) };
	const int signal = sigtimedwait(&r->taken, NULL, &wait);

	if (signal > 0)
		take(r, signal);
}

static void follow(struct run *r)
{
	while (drain(r) && !r->give_up) {
		double next;

		/* Children that this process had before it was executed are not waited for. */
		if (r->program_gone && (!r->o->children || !r->t.threads))
			break;
		stop_along(r);
		next = fmin(holds(r), tracees_expire(&r->t, clock_boot_seconds()));
		next = fmin(next, clockwork(r));
		if (r->give_up)
			break;
		wait_for(r, next);
	}
	for (uint32_t i = 0; i < r->t.processes; i++) {
		const struct traced *p = &r->t.process[i];

		r->result.children_left +=
			!p->program && !(r->o->leave_running && p->state == TRACED_DONE);
	}
}

/* What execvp said; 0 when it did not come back. */
static int exec_failure(const struct run *r)
{
	int err = 0;
	ssize_t n;

	do
		n = read(r->exec_error, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(err) ? -err : 0;
}

int run_traced(const struct run_options *o, struct run_result *ret, struct fault *f)
{
	struct run r = {
		.o = o,
		.exec_error = -1,
		.begun = clock_boot_seconds(),
		.kill_at = INFINITY,
		.t = { .children = o->children },
	};
	struct sigaction old_child;
	int e;

	r.look_at = r.begun + o->look_seconds;
	take_signals(&r, &old_child);
	e = start(&r, f);
	if (e == 0) {
		follow(&r);
		e = exec_failure(&r);
		if (e < 0) {
			char name[128];

			(void)fault_errno(f, e, "cannot execute '%s'",
					  ESCAPED(name, text_string(o->argv[0])));
		}
	}
	closep(&r.exec_error);
	/* A ^C that ended the program is here, too. */
	while (sigtimedwait(&r.taken, NULL, &(struct timespec){ 0 }) > 0)
		continue;
	tracees_release(&r.t);
	(void)sigaction(SIGCHLD, &old_child, NULL);
	(void)sigprocmask(SIG_SETMASK, &r.old, NULL);
	if (e == 0)
		*ret = r.result;
	return e;
}
