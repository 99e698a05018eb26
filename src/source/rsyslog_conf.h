/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of rsyslog.conf(5), old and new syntax, as tells where kernel records of an OOM report
 * go: which input reads them, whether an action writes them back to a console, whether a file keeps
 * them.
 */
#pragma once

#include "base/root.h"
#include "model/machine.h"

struct rsyslog_conf {
	bool imklog, imjournal; /* the two inputs that carry kernel records */
	/* of imklog (0: no limit, its default) and of imjournal (20,000 in 600 s by default) */
	uint64_t imklog_burst, imklog_seconds, imjournal_burst, imjournal_seconds;
	bool imklog_rate_set, imjournal_rate_set;
	struct opt_u64 console_loglevel;
	bool to_console;		 /* records of levels 3 to 6 go to .console */
	bool to_console_perhaps;	 /* so they may: the action stands below an `if` */
	char console[CONSOLE_NAME_SIZE]; /* "console", "ttyS0"; "*": the terminals of users */
	uint32_t console_line;		 /* in the text that was parsed when it was found */
	bool to_file;
	bool dropins; /* the *.conf of /etc/rsyslog.d are included */
	bool unseen;  /* so are other files, which are not read: what they say is not known */
};

/*
 * One file onto *io, which begins as all zeros. Statements over several lines are joined; what is
 * longer than 2 KiB, and what is not understood, is passed over.
 */
void rsyslog_conf_parse(const char *buf, size_t len, struct rsyslog_conf *io) _nonnull_all_;

/*
 * Which severities (bit 0 emerg to bit 7 debug) of kernel records an old-style selector takes:
 * "kern.warning", "*.*;auth,authpriv.none", "*.=debug".
 */
uint32_t rsyslog_selector_kernel(struct text selector);

/*
 * What the files say of a running rsyslogd; .running and .pid are left alone. /etc/rsyslog.conf,
 * and /etc/rsyslog.d where that includes it. What a file that was not read could change is
 * UNREADABLE.
 */
void rsyslog_conf_read(const struct root *root, struct log_daemon *ret) _nonnull_all_;
