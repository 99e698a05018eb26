/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One QEMU process: software emulation, nothing but CPUs, memory and two serial lines. It ends with
 * vm-run, however that ends (PR_SET_PDEATHSIG).
 */
#pragma once

#include <sys/types.h>

#include "base/fault.h"
#include "base/macro.h"
#include "kernel.h"
#include "scenario.h"

struct qemu {
	pid_t pid;
	int pidfd;
	int fast; /* ttyS0: results */
	int slow; /* ttyS1: the console; console_start takes it over */
};

#define QEMU_NONE ((struct qemu){ .pid = -1, .pidfd = -1, .fast = -1, .slow = -1 })

/* initramfs: see initramfs_make. A missing QEMU is -ENOENT with a fault. */
int qemu_start(const struct scenario *s, const struct kernel *k, int initramfs, struct qemu *ret,
	       struct fault *f) _must_check_ _nonnull_all_;
/*
 * Waits for its end, seconds at most (then -ETIMEDOUT); the status is waitpid's. It stays to be
 * stopped. A guest that panics or is switched off ends it with 0.
 */
int qemu_wait(const struct qemu *q, int seconds, int *ret_status) _must_check_ _nonnull_all_;
/* Kills it, waits for its end, closes everything. */
void qemu_stop(struct qemu *q) _nonnull_all_;
#define _cleanup_qemu_ _cleanup_(qemu_stop)
