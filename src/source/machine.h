/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads struct machine, all that doctor judges by: some 30 ms with 1,000 processes. Only the
 * consoles and the ttys are asked with a deadline; nothing else here waits for a console.
 */
#pragma once

#include "base/fault.h"
#include "base/root.h"
#include "model/machine.h"

/* Whoever holds console_lock for longer is printing on a slow console. */
#define MACHINE_CONSOLES_SECONDS 1.0

struct machine_options {
	double consoles_deadline_seconds; /* 0: never ask /proc/consoles nor a tty */
};

/*
 * Only a /proc that cannot be listed is an error. Everything else that is missing or unreadable is
 * unknown in *ret, with its reason. *ret is large: static or heap. Not reentrant: it uses static
 * buffers. A kept /proc/consoles child may outlive the call (base/deadline.h).
 */
int machine_read(const struct root *root, const struct machine_options *options,
		 struct machine *ret, struct fault *f) _must_check_ _nonnull_(1, 2, 3);

/* "6.1.0-18-amd64": 6.1. False: no such form. */
bool kernel_version_parse(struct text release, struct kernel_version *ret) _nonnull_all_;

/* /proc/cpuinfo of x86: does the first CPU have the flag `hypervisor`? ABSENT: no flags line. */
struct opt_u64 cpuinfo_virtual_machine(const char *buf, size_t len) _nonnull_all_;
