/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/statm: how kernels before 4.5, whose status has no RssAnon, tell anon from file. */
#pragma once

#include <stdint.h>

#include "base/macro.h"

struct proc_statm {
	uint64_t size_pages, resident_pages;
	uint64_t shared_pages; /* file and shmem pages of `resident` */
};

/* -EPROTO: fewer than three numbers, or shared > resident. */
int proc_statm_parse(const char *buf, size_t len,
		     struct proc_statm *ret) _must_check_ _nonnull_all_;
int proc_statm_read(int dirfd, struct proc_statm *ret) _must_check_ _nonnull_(2);
