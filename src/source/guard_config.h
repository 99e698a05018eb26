/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guard's configuration: INI files with systemd's drop-in rules. One table of keys serves the
 * reader, `guard --check-config` and the test that bulkhead.conf(5) names every key.
 */
#pragma once

#include "base/fault.h"
#include "base/strbuf.h"
#include "model/guard.h"

/* The defaults, documented in bulkhead.conf(5). */
void guard_policy_default(struct guard_policy *ret) _nonnull_all_;

/* One error of a file; the reader goes on so that all are told at once. */
struct config_error {
	char file[GUARD_PATH_SIZE];
	unsigned line;	/* 0: the file as a whole */
	char text[200]; /* "[ladder] term_seconds: ..."; escaped */
};

#define CONFIG_ERRORS_MAX 64
#define CONFIG_FILES_MAX 64

struct config_report {
	uint32_t error_count; /* may exceed CONFIG_ERRORS_MAX: the rest is only counted */
	struct config_error error[CONFIG_ERRORS_MAX];
	uint32_t file_count;
	char file[CONFIG_FILES_MAX][GUARD_PATH_SIZE]; /* read, in order */
};

/*
 * "[section] key problem", escaped; section and key may be NULL. Past CONFIG_ERRORS_MAX errors it
 * only counts.
 */
void config_error_add(struct config_report *report, const char *file, unsigned line,
		      const char *section, const char *key, const char *problem) _nonnull_(1, 2, 6);

/*
 * Pure: applies the text of one file onto *policy. Unknown sections and keys, bad values, lines
 * without '=' and lines that inih's buffer cannot hold (over 198 bytes with Debian's) are errors
 * with their line; a key may be given again (the last wins), lists add up, an empty value empties
 * the list. What single keys cannot tell is checked by guard_config_read.
 */
void guard_config_parse(const char *buf, size_t len, const char *file, struct guard_policy *policy,
			struct config_report *report) _nonnull_all_;

/*
 * With `path`: that file, which must exist, then path.d/ *.conf by name. Without (NULL): the first
 * bulkhead.conf of /etc/bulkhead, /run/bulkhead, /usr/local/lib/bulkhead, /usr/lib/bulkhead, then
 * the *.conf of all their bulkhead.conf.d by name, where a name in an earlier directory masks the
 * same name in a later one. No file at all is fine: the defaults hold. Afterwards checks what
 * single keys cannot (order of thresholds).
 * 0 when report->error_count is 0, else -EINVAL.
 */
int guard_config_read(const char *path, struct guard_policy *policy,
		      struct config_report *report) _must_check_ _nonnull_(2, 3);

/*
 * Each key of the effective policy, in the order of the table; a list once per rule, so never when
 * it is empty. The value is as a file would give it, escaped; it lives as long as the call.
 */
void guard_config_each(const struct guard_policy *policy,
		       void (*each)(void *arg, const char *section, const char *key,
				    const char *value),
		       void *arg) _nonnull_(1, 2);

/* "[section] key = value" lines of the effective policy, in the order of the table. */
void guard_config_show(const struct guard_policy *policy, struct strbuf *out) _nonnull_all_;
