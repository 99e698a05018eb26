/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process holds open: /proc/PID/fd. */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

/*
 * Does the process whose /proc/PID `dir` is hold a descriptor that the kernel calls `name`, as
 * "anon_inode:[userfaultfd]"? False also when that cannot be read. Some 1 us a descriptor.
 */
bool proc_holds_fd(int dir, const char *name) _nonnull_all_;
