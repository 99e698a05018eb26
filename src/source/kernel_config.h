/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's build configuration, where a plain copy of it is: /boot/config-RELEASE and others.
 */
#pragma once

#include "base/opt.h"
#include "base/root.h"

struct kernel_config {
	struct opt_u64 printk_caller;	  /* CONFIG_PRINTK_CALLER: 0/1 */
	struct opt_u64 log_buf_shift;	  /* CONFIG_LOG_BUF_SHIFT */
	struct opt_u64 log_cpu_buf_shift; /* CONFIG_LOG_CPU_MAX_BUF_SHIFT: ABSENT without SMP */
	struct opt_u64 quiet_loglevel;	  /* CONFIG_CONSOLE_LOGLEVEL_QUIET: what `quiet` sets */
};

/* A missing option of a readable file is off (0) or ABSENT. -EPROTO: a number that is none, or no
 * configuration at all. */
int kernel_config_parse(const char *buf, size_t len,
			struct kernel_config *ret) _must_check_ _nonnull_all_;

/*
 * All ABSENT when there is no such file; UNREADABLE when it cannot be read, or when there is only
 * /proc/config.gz, which is not unpacked here.
 */
void kernel_config_read(const struct root *root, const char *release,
			struct kernel_config *ret) _nonnull_all_;

/*
 * The ring buffer in bytes as setup_log_buf of kernel/printk/printk.c sizes it: log_buf_len= where
 * it is larger than the built-in buffer, else the built-in one, grown when the share of the
 * possible CPUs is more than half of it. Unknown without log_buf_shift, and UNREADABLE where the
 * CPUs decide and their number is not known (possible_cpus 0).
 */
struct opt_u64 ring_bytes_of(const struct kernel_config *c, struct opt_u64 log_buf_len,
			     uint32_t possible_cpus) _nonnull_all_;
