/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy-on-write copy of a seized process: clone(2) injected into one of its threads. See
 * docs/SCAN.md for the way: the registers are set once, to run on a frame below the stack pointer
 * of which every step leads back to where the thread was (rt_sigreturn), so that the target
 * survives our death at any step.
 */
#pragma once

#include <stdint.h>

#include "act/seize.h"

/* Code that is in every process with a libc, found before the stop (source/gadgets.h). */
struct inject_gadgets {
	uint64_t syscall_ret; /* syscall; ret (0f 05 c3) */
	uint64_t sigreturn;   /* mov $15,%rax; syscall: __restore_rt */
};

struct snapshot {
	int32_t child; /* stopped, in the pid namespace of this process */
};

/*
 * 0, or negative errno with *f: -ENOTSUP: it must not be tried (seccomp, shadow stack, no gadget, a
 * job-control stop, no thread whose stack is its own and has room): use the stop-and-copy way.
 * -EAGAIN, -ENOMEM: clone was refused (pids limit, overcommit). The target is as before then.
 */
int snapshot_fork(struct seized *s, const struct memory_image *maps, const struct inject_gadgets *g,
		  struct snapshot *ret, struct fault *f) _must_check_ _nonnull_all_;

/* Ends the copy and reaps it in the target (a second, short stop of one thread): no zombie stays.
 */
int snapshot_end(struct snapshot *s, int32_t pid, const struct inject_gadgets *g,
		 double *ret_pause_seconds, struct fault *f) _must_check_ _nonnull_all_;
