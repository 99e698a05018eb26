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
/* Closes what .peek uses; then memory_image_release. */
void scan_snapshot_done(struct memory_image *m) _nonnull_all_;
