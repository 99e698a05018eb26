/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/cgroup: the path of the cgroup that is charged for a process's memory. */
#pragma once

#include "base/macro.h"
#include "base/text.h"
#include "model/cgroup.h"

/*
 * The path in the line of the memory controller (v1) or in the `0::` line (v2), pointing into buf,
 * without a slash at the end unless it is "/". A path never holds a newline: the kernel refuses to
 * make such a cgroup.
 *
 * -ENOENT: no such line. -EPROTO: a line without two colons, the line twice, a path that does not
 * begin with '/', holds a NUL or an empty component. -EXDEV: a `..` component, that is a cgroup
 * outside of our cgroup namespace, whose files we cannot reach.
 */
int proc_cgroup_parse(const char *buf, size_t len, enum cgroup_version version,
		      struct text *ret_path) _must_check_ _nonnull_all_;
int proc_cgroup_read(int dirfd, enum cgroup_version version, char *buf, size_t size,
		     struct text *ret_path) _must_check_ _nonnull_(3, 5);
