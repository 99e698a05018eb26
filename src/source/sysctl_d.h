/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sysctl.d(5) sets at the next boot, and which file decides it. */
#pragma once

#include "base/root.h"
#include "model/machine.h"

struct sysctl_values {
	struct opt_u64 loglevel;   /* the first number of kernel.printk */
	struct opt_u64 dump_tasks; /* vm.oom_dump_tasks */
};

/* One file onto *io: the last assignment wins. Lines that are none, and values that are no number,
 * change nothing. */
void sysctl_parse(const char *buf, size_t len, struct sysctl_values *io) _nonnull_all_;

/*
 * .persisted_* of the machine. ABSENT: no file sets it; UNREADABLE: one of the files, or a
 * directory of them, cannot be read or there are too many. `conf_last`: /etc/sysctl.conf is applied
 * after all others (procps without systemd; with systemd it counts only as a link in sysctl.d).
 */
void sysctl_d_read(const struct root *root, bool conf_last, struct machine *ret) _nonnull_(1, 3);
