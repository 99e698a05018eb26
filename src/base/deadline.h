/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call that may never come back, made in a child: the parent goes on at the deadline. For files
 * whose reading takes a lock that a storm can hold for minutes, and for devices.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

/*
 * Runs job(out, arg) in a forked child, and collects what it writes to `out` into buf (a NUL after
 * it). The job may make system calls and nothing else: no allocation, no lock, no stdio. Its return
 * value is 0 or a negative errno, which becomes the result here.
 * The child has /dev/null for 0 to 2, and of the other descriptors only `out` and `keep` (-1:
 * none), which the job works on: one that hangs must hold neither our reader's pipe nor our locks.
 * -ETIMEDOUT: the deadline passed; the child was killed. -EFBIG: more than size - 1 bytes.
 * A child in an uninterruptible wait dies only when that ends: it is not waited for, and stays a
 * zombie until this process ends. So this is for a command, not for a daemon's loop.
 */
int deadline_run(double seconds, int (*job)(int out, void *arg), void *arg, int keep, char *buf,
		 size_t size, size_t *ret_len) _must_check_ _nonnull_(2, 5, 7);
