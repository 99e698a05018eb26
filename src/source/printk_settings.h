/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel.printk and what goes with it, of the running kernel. */
#pragma once

#include "base/root.h"
#include "model/console.h"
#include "source/cmdline.h"
#include "source/kernel_config.h"

/* The four numbers of /proc/sys/kernel/printk. -EPROTO: not four. Each may be any int. */
int printk_levels_parse(const char *buf, size_t len, struct printk *ret) _must_check_ _nonnull_all_;

/*
 * Never an error. The size of the ring buffer is asked by syslog(2) live, which needs
 * CAP_SYSLOG where kernel.dmesg_restrict is set; in a captured tree it is worked out. legacy_thread
 * is left alone: the census of tasks knows it.
 */
void printk_settings_read(const struct root *root, const struct cmdline *cmdline,
			  const struct kernel_config *config, struct printk *ret)
	_nonnull_(1, 3, 4);
