/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two ways to a copy of a process, for scan_snapshot: which of them is decided there. */
#pragma once

#include "act/snapshot.h"
#include "cmd/scan_headroom.h"
#include "cmd/scan_snapshot.h"

/* One scan of one process. */
struct taking {
	const struct root *root;
	const struct scan_snapshot_options *o;
	int32_t pid;
	int32_t tid;		  /* a thread that has the memory: the leader may have ended */
	int dir;		  /* /proc/PID, or of that thread */
	struct memory_image maps; /* as they were before the stop */
	bool has_userfaultfd;
	struct scan_headroom room;
	struct snapshot snap;
	struct scan_cost *cost;
};

/*
 * A descriptor of /proc/PID or, when its leader has ended and others live (pthread_exit in main),
 * of /proc/PID/task/TID of one of those: a zombie has no maps and no mem. *ret_tid: which. -ESRCH.
 */
int scan_open_target(const struct root *root, int32_t pid, int32_t *ret_tid,
		     struct fault *f) _nonnull_all_;
/* A descriptor of /proc/PID; -ESRCH with *f. */
int scan_open_proc(const struct root *root, int32_t pid, struct fault *f) _nonnull_all_;

/*
 * By a fork in the process. -ENOTSUP, with *ret_why: nothing was done, the other way is open. 0
 * with *f set: the image is whole, but the ended copy could not be reaped yet.
 */
int scan_by_fork(struct taking *t, struct memory_image *m, const char **ret_why,
		 struct fault *f) _must_check_ _nonnull_all_;
/* With the process stopped all the while. */
int scan_by_copy(struct taking *t, struct memory_image *m,
		 struct fault *f) _must_check_ _nonnull_all_;

/* Copies a process that stands still already, whoever holds it; its threads are the caller's. */
int scan_copy_held(struct taking *t, struct memory_image *m,
		   struct fault *f) _must_check_ _nonnull_all_;
