/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands before the kernel's text in a line of a log, and what the framing must know of it. */
#pragma once

#include "source/log_frame.h"

struct log_prefix {
	struct log_line line; /* .text and .origin point into the raw line */
	bool own;	      /* a prefix of a record: more than quote marks and indentation */
	bool stamped;	      /* "[   12.345678]" of printk, or a kmsg record */
	bool kmsg;	      /* "6,123,456789,-;": the text is escaped as /dev/kmsg does */
	bool indented;	      /* blanks stood before the text, which are not in it */
	bool tagged;	      /* "kernel:" or "program[pid]:" */
};

/*
 * Takes the prefixes off one raw line (pure; their table is in log_prefix.c): quoting,
 * syslog, journal, ISO and weekday stamps, host, "kernel:", <N>, [ts], [caller], kmsg records,
 * container and emulator consoles. ret->line.text points into
 * `raw`.
 */
void log_prefix_take(struct text raw, struct log_prefix *ret) _nonnull_(2);

/* Of the text that the line has now: prefix, text, CR LF. */
uint32_t log_console_bytes(const struct log_line *l) _nonnull_all_;

/*
 * Where in a clean text does another record begin that lost its newline ("... 0 cron[   12.345678]
 * CPU: 0")? Offset of its prefix, from `start` on; -1: nowhere.
 */
ssize_t log_prefix_inside(struct text clean, size_t start);
