/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the code that an injected system call runs on, in the memory of the target and not in
 * files: it may live in another mount namespace, or its files may have been replaced.
 */
#pragma once

#include "base/fault.h"
#include "base/macro.h"
#include "model/inject_gadgets.h"
#include "model/memory_image.h"

/*
 * `dirfd` is /proc/PID, `m` its mappings. Looks at private, executable, not writable mappings of
 * files and the vdso, libc first. 0, -ENOENT with *f (a program without a libc: Go), or what
 * reading the memory gave. Cost: some 0.5 ms for glibc; done before the stop, so the bytes must be
 * looked at again in the stop.
 */
int gadgets_find(int dirfd, const struct memory_image *m, struct inject_gadgets *ret,
		 struct fault *f) _must_check_ _nonnull_all_;
