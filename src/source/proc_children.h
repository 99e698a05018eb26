/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/task/TID/children: the children that one thread has (CONFIG_PROC_CHILDREN). */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/*
 * Appends the pids to pid[], of which *count are used, as far as `size` goes; *count counts all.
 * -EPROTO: something that is no pid; what was before it is appended.
 */
int proc_children_parse(const char *buf, size_t len, int32_t *pid, uint32_t size,
			uint32_t *count) _must_check_ _nonnull_all_;
/* Below a descriptor of /proc/PID. -ENOENT: the kernel does not tell; -EFBIG: some 600 or more. */
int proc_children_read(int proc, int32_t tid, int32_t *pid, uint32_t size,
		       uint32_t *count) _must_check_ _nonnull_all_;
