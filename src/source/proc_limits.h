/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/limits: the two soft limits that bound an address space. */
#pragma once

#include "base/macro.h"
#include "base/opt.h"

struct proc_limits {
	struct opt_u64 as_bytes, data_bytes; /* ABSENT: unlimited */
};

/* -EPROTO: a row of the two missing, double, or neither a number nor "unlimited". */
int proc_limits_parse(const char *buf, size_t len,
		      struct proc_limits *ret) _must_check_ _nonnull_all_;
int proc_limits_read(int dirfd, char *buf, size_t size, struct proc_limits *ret) _must_check_
	_nonnull_(2, 4);
