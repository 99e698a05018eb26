/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program at native speed and holds it at its end, with all its memory still in place: by
 * PTRACE_SEIZE with TRACEEXIT, TRACECLONE and TRACEEXEC, so it stops only when a thread begins or
 * ends, at an exec and for a signal. No PTRACE_O_EXITKILL: when this process dies, the program goes
 * on.
 *
 * The end of a process is the PTRACE_EVENT_EXIT (kernel/exit.c do_exit, before exit_mm) of the
 * thread that called exit_group(2) or that a signal killed, or of its last thread. The others are
 * killed by the kernel and report the same stop (get_signal takes their SIGKILL off the queue
 * first, since 5.0), so the registers of all are known. Counted as `missing`: one that
 * does not within RUN_HOLD_SECONDS (uninterruptible sleep), and one that calls exit_group at the
 * very moment in which another does (ptrace_stop does not stop it then: 1 % of the threads where 20
 * race).
 *
 * A process that SIGKILL ends is not held, although it could be: the OOM killer sends that, and
 * what it frees is wanted at once. While it is held at its end SIGKILL has no effect
 * (prepare_signal drops it, the process is ending already): be quick.
 *
 * Signals pass unchanged, a job-control stop is left one (PTRACE_LISTEN). While the program runs,
 * this process blocks SIGINT and SIGQUIT, which the terminal sends to both, and passes SIGTERM and
 * SIGHUP on. The program has the signal mask and dispositions that this process had. ^Z stops this
 * process when the program has stopped, not before: it could not deliver what the program gets
 * (less and vi stop themselves when they have put the terminal in order).
 *
 * The caller must have no other child, since any child is waited for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"
#include "model/memory_image.h"

/* Between the first thread that stops at the end and the last. */
#define RUN_HOLD_SECONDS 1.0
/* A process that waits in its vfork, or for a disk, does not stop: it is not looked at then. */
#define RUN_LOOK_SECONDS 2.0
/* Between the SIGTERM after the looks of run_options.look_seconds and SIGKILL. */
#define RUN_TERM_SECONDS 5.0
/* An end so long after a SIGTERM, SIGINT or SIGQUIT was still asked for: the time that service
 * managers grant (systemd.service(5), TimeoutStopSec). */
#define RUN_ASKED_SECONDS 90.0

/* A process of which every thread, but the missing ones, is stopped. */
struct run_hold {
	int32_t pid;
	bool program; /* false: a child of it */
	bool ended;   /* false: a look at the running program */
	int status;   /* as of waitpid(2), that it is about to have; 0 unless `ended` */
	int asked;    /* as in run_result */
	double lifetime_seconds;
	/*
	 * For free() with their xstates, or taken over by an image (TAKE_PTR). The maps and the
	 * memory are those of /proc/(thread[0].tid): the leader may be a zombie, which has none.
	 */
	struct image_thread *thread;
	uint32_t threads, missing;
};

struct run_options {
	char *const *argv; /* NULL-terminated; argv[0] is looked for as execvp(3) does */
	bool children;	   /* hold the children of fork and vfork, too; waits for them all */
	/*
	 * INFINITY, or: hold the running program then, with `children` each process, one after the
	 * other; then end them all, as a service manager does: SIGTERM, SIGKILL.
	 */
	double look_seconds;
	bool leave_running; /* let go of each after its look instead of ending it */
	/* Called with the program's pid at once, and each time after the seconds it returned. */
	double (*tick)(void *context, int32_t pid);
	/* It goes on when this returns. */
	void (*held)(void *context, struct run_hold *h);
	void *context;
};

struct run_result {
	bool status_known; /* false: left running */
	int status;	   /* as of waitpid(2) */
	/*
	 * SIGTERM, SIGINT or SIGQUIT when it was sent one within RUN_ASKED_SECONDS before the end;
	 * the signal that ended it when that was HUP or KILL; 0: it ended by itself. A signal
	 * that the program takes by sigwait or signalfd is seen only when it was passed on here.
	 */
	int asked;
	double lifetime_seconds; /* from its exec to the end, or to the look */
	uint32_t held;		 /* processes */
	bool did_not_stop;	 /* the program, within RUN_LOOK_SECONDS of its look */
	uint32_t children_left;	 /* that still ran when this gave up waiting; not those let go */
};

/*
 * 0 when the program ran, whatever became of it. Negative errno with *f: -ENOENT, -EACCES,
 * -ENOEXEC: it cannot be executed; -EPERM: ptrace is not permitted (nothing has run); -ENOMEM.
 */
int run_traced(const struct run_options *o, struct run_result *ret,
	       struct fault *f) _must_check_ _nonnull_all_;
