/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An initramfs for the guest, written to a file without a name: nothing is left behind however
 * vm-run ends. Format: "newc" (the kernel's Documentation/driver-api/early-userspace).
 */
#pragma once

#include <stddef.h>

#include "base/fault.h"
#include "base/macro.h"
#include "kernel.h"
#include "scenario.h"

/* Where vm-run finds what goes into every guest. */
struct parts {
	char guest[256];    /* the program vm-guest */
	char bulkhead[256]; /* the static bulkhead */
};

/*
 * Guest program, busybox, the modules of this kernel, the scenario's files and its plan. The
 * descriptor is at the start of the file; QEMU reads it as /proc/self/fd/N. A file that is missing
 * is a fault that names it.
 */
int initramfs_make(const struct scenario *s, const struct kernel *k, const struct parts *parts,
		   int *ret_fd, struct fault *f) _must_check_ _nonnull_all_;
