/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journald.conf(5) and its drop-ins. Two things the file does not tell: journald's rate limit is
 * per service and never applies to kernel records, and ForwardToConsole copies what services log,
 * not what the kernel prints (journald-kmsg.c forwards nothing).
 */
#pragma once

#include "base/root.h"
#include "model/machine.h"

enum journald_storage {
	STORAGE_AUTO = 0, /* persistent if /var/log/journal is there */
	STORAGE_PERSISTENT,
	STORAGE_VOLATILE,
	STORAGE_NONE,
};

struct journald_conf {
	double rate_limit_seconds; /* 0: no limit */
	uint64_t rate_limit_burst;
	bool rate_limit_default;
	bool forward_to_console;
	uint32_t max_level_console; /* 0 emerg to 7 debug */
	char tty[CONSOLE_NAME_SIZE];
	enum journald_storage storage;
	uint32_t bad; /* values that were none; the default or the earlier value holds */
};

/* journald's own defaults: 10,000 in 30 s, no forwarding, /dev/console, info, auto. */
void journald_conf_default(struct journald_conf *ret) _nonnull_all_;
/* One file onto *io. buf must end in a NUL, as the readers of base/fd.h leave it. */
void journald_conf_parse(const char *buf, size_t len, struct journald_conf *io) _nonnull_all_;

/* What the files say of a running journald; .running and .pid are left alone. */
void journald_conf_read(const struct root *root, struct log_daemon *ret) _nonnull_all_;
