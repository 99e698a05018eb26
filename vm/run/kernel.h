/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernels that tools/vm-kernels has fetched: $BULKHEAD_CACHE, or $XDG_CACHE_HOME/bulkhead, or
 * ~/.cache/bulkhead, and below it vm/kernels/VERSION.
 */
#pragma once

#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"

struct kernel {
	char version[128]; /* "6.1.0-50-amd64" */
	char dir[256];	   /* "" for a path that the caller gave: no modules then */
	char image[300];
	char title[64]; /* "Debian 12"; "" unknown */
};

#define KERNELS_MAX 32

struct kernel_list {
	char cache[200]; /* the folder that was looked in */
	uint32_t count;
	struct kernel kernel[KERNELS_MAX]; /* oldest version first */
};

/* An absent cache is an empty list. */
int kernel_list(struct kernel_list *ret, struct fault *f) _must_check_ _nonnull_all_;

/*
 * `wanted`: a path to an image (with a slash), a version or its beginning ("6.1"), a title ("Debian
 * 12"), or "" for the newest. -ENOENT with a fault that names what there is, or how to get one.
 */
int kernel_find(const struct kernel_list *list, const char *wanted, struct kernel *ret,
		struct fault *f) _must_check_ _nonnull_all_;
