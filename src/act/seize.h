/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All threads of a process held at a point where each could go on by itself: PTRACE_SEIZE and
 * PTRACE_INTERRUPT, never SIGSTOP. If this process dies, the kernel lets them go (no
 * PTRACE_O_EXITKILL). A signal that arrives meanwhile is delivered, none is lost; a job-control
 * stop stays one.
 *
 * What a stop costs the target besides the time: the system calls epoll_wait, semop, sigwaitinfo,
 * sigtimedwait and recv with SO_RCVTIMEO return EINTR (signal(7), "Interruption of system calls and
 * library functions by stop signals").
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"
#include "model/memory_image.h"

struct seized {
	int32_t pid;
	int32_t *tid;	   /* [0] is the leader where it still lives */
	bool *job_stopped; /* in a group-stop already */
	uint32_t threads, room;
	double since_seconds; /* clock_boot_seconds: of the first PTRACE_INTERRUPT */
};

/*
 * 0, or negative errno with *f naming the reason and the remedy: -EPERM (Yama's ptrace_scope,
 * another user, not dumpable, a user namespace, another tracer, which has not gone within 0.3 s),
 * -EINVAL (this process itself, a kernel thread), -ENOTSUP (a 32-bit program), -ESRCH, -ETIMEDOUT:
 * a thread is in uninterruptible sleep and did not stop within `timeout_seconds`. On failure
 * everything is released again; a thread that did not stop is let go when it does or when this
 * process ends.
 */
int seize(int32_t pid, double timeout_seconds, struct seized *ret,
	  struct fault *f) _must_check_ _nonnull_all_;
/* Lets go; *ret_pause_seconds since the first interrupt. Frees the lists. Fine when the process
 * died. */
void seized_release(struct seized *s, double *ret_pause_seconds) _nonnull_all_;

/*
 * One thread alone, for a system call of its own: the others run on. The same errors, without the
 * text. *ret_job: it is in a group-stop. To be let go with PTRACE_DETACH.
 */
int seize_thread(int32_t tid, double timeout_seconds, bool *ret_job) _must_check_ _nonnull_all_;

/*
 * Can this process be seized at all? What is found out before any thread is touched; 0 or as
 * seize(). `dir` is /proc/PID.
 */
int seize_check(int dir, int32_t pid, struct fault *f) _must_check_ _nonnull_all_;

/*
 * Why PTRACE_SEIZE said `err`, from /proc/PID/status and what the machine has. Pure, for its tests:
 * `scope` is the text of kernel.yama.ptrace_scope, "" when the kernel has none.
 */
struct seize_refusal {
	int32_t pid;
	int err;
	uint32_t target_uid, own_uid; /* effective */
	int32_t tracer;
	char tracer_comm[64]; /* escaped */
	bool other_user_namespace, dumpable;
	char scope[8];
};
int seize_refused(const struct seize_refusal *why, struct fault *f) _nonnull_all_;

/* Fills that from the system, and *f from it. `dir` is /proc/PID; `err` what was refused. */
int seize_explain(int dir, int32_t pid, int err, struct fault *f) _nonnull_all_;

/* The registers of a thread that is stopped under ptrace by this process, whoever stopped it. */
int thread_registers(int32_t tid, struct image_thread *ret) _must_check_ _nonnull_all_;
