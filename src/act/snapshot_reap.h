/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a forked copy: reaped in the target, by us or by the watcher that outlives us. */
#pragma once

#include "act/snapshot.h"

/* What the watcher is told; written before the target's thread gets its registers back. */
struct snapshot_watch {
	_Atomic int32_t child, inside;
};

/*
 * Injects wait4(inside) into the first thread that suits. 0: reaped (or somebody else has).
 * -EAGAIN: not yet, or no thread suits now. -ESRCH: the target has ended, nothing is left to do.
 * *ret_pause_seconds: the longest stop of a thread.
 */
int snapshot_reap(const struct snapshot *s, double deadline,
		  double *ret_pause_seconds) _must_check_ _nonnull_all_;

/* Starts the watcher for s->pid; fills watch, watcher, pipe. */
int snapshot_watch_start(struct snapshot *s) _must_check_ _nonnull_all_;
/* `leave`: it is to reap the child itself; not waited for. Else it ends at once. */
void snapshot_watch_end(struct snapshot *s, bool leave) _nonnull_all_;
