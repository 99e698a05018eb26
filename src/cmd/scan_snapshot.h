/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a pid to a memory image: headroom, gadgets, stop, fork or copy, release, copy, reap. */
#pragma once

#include "base/fault.h"
#include "base/root.h"
#include "model/leak.h"
#include "model/memory_image.h"

enum scan_way {
	SCAN_AUTO = 0,
	SCAN_FORK,
	SCAN_COPY,
};

/* Of shared memory, unless told otherwise. */
#define SCAN_SHARED_LIMIT_BYTES (UINT64_C(1) << 30)

struct scan_snapshot_options {
	enum scan_way way;
	double timeout_seconds; /* to wait for threads to stop */
	uint64_t shared_limit_bytes;
};

/*
 * The process runs again when this returns. Adds to *cost: method, reason, pauses, copy_seconds,
 * copied_bytes. Negative errno with *f: refused (-ENOMEM: with the figures: what it would take,
 * what there is and which limit), not permitted, gone.
 */
int scan_snapshot(const struct root *root, int32_t pid, const struct scan_snapshot_options *o,
		  struct memory_image *ret, struct scan_cost *cost,
		  struct fault *f) _must_check_ _nonnull_all_;
/*
 * The same of a process that this one holds already, all its threads stopped: their registers are
 * taken over from `thread` (for free()), also on failure. `tid` is of a thread that still has its
 * memory. cost.method and its reason are the caller's, no pause is added. The process must be held
 * until scan_snapshot_done.
 */
int scan_snapshot_held(const struct root *root, int32_t tid, struct image_thread *thread,
		       uint32_t threads, const struct scan_snapshot_options *o,
		       struct memory_image *ret, struct scan_cost *cost,
		       struct fault *f) _must_check_ _nonnull_(1, 5, 6, 7, 8);
/* Closes what .peek uses; then memory_image_release. */
void scan_snapshot_done(struct memory_image *m) _nonnull_all_;
