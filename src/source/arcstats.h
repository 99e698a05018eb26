/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/spl/kstat/zfs/arcstats: the ZFS cache. The kernel counts it as used, MemAvailable leaves
 * it out, and ZFS gives it back under pressure down to c_min.
 */
#pragma once

#include "base/macro.h"
#include "base/opt.h"

/* size - c_min, or 0 below it. -EPROTO when either is missing, double or not a number. */
int arcstats_parse(const char *buf, size_t len,
		   uint64_t *ret_shrinkable_bytes) _must_check_ _nonnull_all_;
/* -ENOENT: no ZFS. */
int arcstats_read(int proc, char *buf, size_t size, uint64_t *ret_shrinkable_bytes) _must_check_
	_nonnull_(2, 4);
