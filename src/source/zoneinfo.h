/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/zoneinfo: free pages parked on per-CPU lists, and the watermarks. */
#pragma once

#include "base/macro.h"
#include "model/host.h"

/* -EPROTO: no zone at all, a number that is none, or a sum that does not fit. */
int zoneinfo_parse(const char *buf, size_t len, struct zoneinfo *ret) _must_check_ _nonnull_all_;
/* Grows with CPUs x zones (10 KB on 2 CPUs, some 200 KB on 256). -EFBIG when buf is too small. */
int zoneinfo_read(int proc, char *buf, size_t size, struct zoneinfo *ret) _must_check_
	_nonnull_(2, 4);
