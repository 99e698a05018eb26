/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy-on-write copy of a seized process: clone(2) injected into one of its threads. See
 * docs/SCAN.md for the way: the registers are set once, to run on a frame below the stack pointer
 * of which every step leads back to where the thread was (rt_sigreturn), so that the target
 * survives our death at any step (act/inject.h).
 *
 *   snapshot_arm   before the stop    a watcher is started
 *   snapshot_fork  in the stop        0.1 ms and 20 ms for each GiB of small pages
 *   snapshot_end   after the copy     the child is killed, and reaped in the target
 */
#pragma once

#include <stdint.h>

#include "act/seize.h"
#include "model/inject_gadgets.h"

struct snapshot_watch;

/* The mappings as they are now, and where the code is. Also called by the watcher. */
typedef int snapshot_look(int32_t pid, struct memory_image *ret_maps, struct inject_gadgets *ret);

struct snapshot {
	int32_t pid;
	int32_t child;	/* stopped, in the pid namespace of this process; 0: none */
	int32_t inside; /* the same in the target's */
	const struct memory_image *maps;
	snapshot_look *look;
	struct inject_gadgets gadgets;
	struct snapshot_watch *watch; /* memory shared with the watcher */
	int32_t watcher;	      /* its pid; 0: none */
	int pipe;		      /* its end means our death */
};
#define SNAPSHOT_IDLE ((struct snapshot){ .pipe = -1 })

/*
 * Starts the watcher: a process that waits for our end, and then reaps the child in the target (its
 * zombie would stay there; that it is killed sees PTRACE_O_EXITKILL to). `maps`, which must stay
 * until snapshot_end, may be somewhat old: it tells where stacks are. `look` is for the reaping,
 * should the process have executed another program.
 */
int snapshot_arm(int32_t pid, const struct memory_image *maps, const struct inject_gadgets *g,
		 snapshot_look *look, struct snapshot *ret,
		 struct fault *f) _must_check_ _nonnull_all_;

/*
 * 0, or negative errno with *f: -ENOTSUP: it must not be tried (seccomp, shadow stack, no gadget, a
 * job-control stop, no thread whose stack is its own and has room): use the stop-and-copy way;
 * *ret_why, a constant text, says which. -EAGAIN, -ENOMEM: clone was refused (pids limit,
 * overcommit). The target is as before then. Registers are to be read after this, since a signal
 * may have been delivered. The child has oom_score_adj 1000.
 */
int snapshot_fork(struct seized *s, struct snapshot *snap, const char **ret_why,
		  struct fault *f) _must_check_ _nonnull_all_;

/*
 * Ends the copy and reaps it in the target (a second, short stop of one thread), and ends the
 * watcher. *ret_pause_seconds: of that thread. When it cannot be reaped now (a job-control stop),
 * the watcher goes on trying for a minute and -EAGAIN says so. Fine on SNAPSHOT_IDLE and when the
 * target has ended.
 */
int snapshot_end(struct snapshot *s, double *ret_pause_seconds,
		 struct fault *f) _must_check_ _nonnull_all_;
