/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few things that seize, inject and snapshot share: /proc of the process they act on, waiting
 * for one tracee with a limit, and the hook of the tests. ptrace is always of the live system, so
 * /proc is opened here by root_open(NULL).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"
#include "base/text.h"

/*
 * Called before and after every step that changes a target, with its name. NULL but in the test
 * that kills us at each of them.
 */
extern void (*tracee_step)(const char *name);
#define STEP(name)                                                                                 \
	do {                                                                                       \
		if (tracee_step)                                                                   \
			tracee_step(name);                                                         \
	} while (0)

/* A descriptor of /proc/PID, -ESRCH with *f. */
int tracee_proc(int32_t pid, struct fault *f) _must_check_ _nonnull_all_;

#define TRACEE_STATUS_SIZE 8192
/*
 * The value of a line of a `status` file: "Seccomp" of "Seccomp:\t0". False when it has none.
 * `buf` is NUL-terminated.
 */
bool tracee_field(const char *buf, const char *name, struct text *ret) _must_check_ _nonnull_all_;
/* The first number of such a value, `none` when there is none. */
uint64_t tracee_number(const char *buf, const char *name, uint64_t none) _nonnull_all_;

/*
 * The next stop of a tracee, whichever thread group it is in. 0; -ETIMEDOUT past `deadline`
 * (clock_boot_seconds); -ESRCH: it has ended, and that was reaped. Never blocks, polls: a wait that
 * is ended by a timer's signal would need a handler of the whole process.
 */
int tracee_wait(int32_t tid, double deadline, int *ret_status) _must_check_ _nonnull_all_;

/* Is it the stop of PTRACE_INTERRUPT (or a group-stop: then *ret_job), not a signal's? */
bool tracee_is_event_stop(int status, bool *ret_job) _nonnull_all_;

/*
 * PTRACE_DETACH. One that is ending is reaped instead: a traced thread that has died is nobody
 * else's to wait for, and the process would not end without it. One that does not stop within 0.2 s
 * is let go when it does not matter any more, with the end of this process.
 */
void tracee_let_go(int32_t tid);

/*
 * Waits for the stop that PTRACE_INTERRUPT asked for. Signals that come before it are delivered.
 * As tracee_wait.
 */
int tracee_settle(int32_t tid, double deadline, bool *ret_job) _must_check_ _nonnull_all_;
