/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/meminfo. */
#pragma once

#include "base/fault.h"
#include "base/root.h"
#include "model/host.h"

/*
 * -EPROTO with a fault that names the line when MemTotal, MemFree or MemAvailable (3.14+) is
 * missing, a line is double, a value is not "N kB", a part is larger than its whole (MemFree or
 * MemAvailable > MemTotal, SwapFree > SwapTotal), or only one of the swap lines is there.
 */
int meminfo_parse(const char *buf, size_t len, struct meminfo *ret, struct fault *f) _must_check_
	_nonnull_(1, 3);

/* Reads from `fd`, a kept descriptor of meminfo, through buf. */
int meminfo_read(int fd, char *buf, size_t size, struct meminfo *ret, struct fault *f) _must_check_
	_nonnull_(2, 4);
