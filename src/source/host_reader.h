/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of the machine as a whole. meminfo and the memory pressure are read by descriptors
 * kept open, so that the fast clock of guard needs no open() while memory is short.
 */
#pragma once

#include "base/fault.h"
#include "base/root.h"
#include "base/text.h"
#include "model/host.h"

struct host_reader {
	const struct root *root;
	int meminfo, pressure; /* pressure -1: the kernel has no PSI */
	char *buf;	       /* the owner's */
	size_t size;
};

/* The root and buf must outlive it. An error only when meminfo cannot be opened. */
int host_reader_open(struct host_reader *h, const struct root *root, char *buf, size_t size,
		     struct fault *f) _must_check_ _nonnull_(1, 2, 3);
void host_reader_release(struct host_reader *h) _nonnull_all_;

/* meminfo and pressure: about 10 us. */
int host_read_fast(struct host_reader *h, struct host *ret, struct fault *f) _must_check_
	_nonnull_(1, 2);
/* Those, and vmstat, zram, ARC, CPUs, uptime. Only meminfo is an error, the rest may be absent. */
int host_read_all(struct host_reader *h, struct host *ret, struct fault *f) _must_check_
	_nonnull_(1, 2);

/* "0-3,8": how many. -EPROTO: no list, or a range that goes down or overlaps the one before. */
int cpulist_parse(struct text in, uint32_t *ret) _must_check_ _nonnull_all_;
/* "uptime idle" in seconds. */
int uptime_parse(struct text in, double *ret) _must_check_ _nonnull_all_;
