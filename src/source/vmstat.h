/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/vmstat: the counters that tell of reclaim and of OOM kills. Every one may be ABSENT. */
#pragma once

#include "base/macro.h"
#include "model/host.h"

/* -EPROTO: a known counter is double, negative or not a number. */
int vmstat_parse(const char *buf, size_t len, struct vmstat *ret) _must_check_ _nonnull_all_;
/* `proc`: descriptor of the proc directory. About 23 us on Linux 6.18: not for a fast clock. */
int vmstat_read(int proc, char *buf, size_t size, struct vmstat *ret) _must_check_ _nonnull_all_;
