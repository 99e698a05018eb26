/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which configuration files there are, and in which order they count (systemd's rules). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "source/conf_files.h"
#include "source/guard_config.h"

#define CONFIG_FILE_MAX (64 * 1024)

/* The main file is in a directory, its drop-ins in the one below. */
static const char *const mains[] = {
	"/etc/bulkhead/bulkhead.conf",
	"/run/bulkhead/bulkhead.conf",
	"/usr/local/lib/bulkhead/bulkhead.conf",
	"/usr/lib/bulkhead/bulkhead.conf",
};
static const char *const dropins[] = {
	"/etc/bulkhead/bulkhead.conf.d",
	"/run/bulkhead/bulkhead.conf.d",
	"/usr/local/lib/bulkhead/bulkhead.conf.d",
	"/usr/lib/bulkhead/bulkhead.conf.d",
};

/* Of the file as a whole. */
static void file_error(struct config_report *report, const char *file, const char *problem)
{
	config_error_add(report, file, 0, NULL, NULL, problem);
}

/* 0, or -ENOENT when there is no such file; all else is told in the report. */
static int read_file(const char *path, struct guard_policy *policy, struct config_report *report)
{
	static char buf[CONFIG_FILE_MAX];
	struct stat st;
	size_t len;
	int r;

	if (stat(path, &st) < 0 && errno == ENOENT)
		return -ENOENT;
	if (report->file_count == CONFIG_FILES_MAX) {
		file_error(report, path, "is one file too many: 64 are read at most");
		return 0;
	}
	(void)snprintf(report->file[report->file_count++], GUARD_PATH_SIZE, "%s", path);
	/* A directory or a FIFO here would block or lie. */
	if (!S_ISREG(st.st_mode) && !(S_ISCHR(st.st_mode) && st.st_size == 0)) {
		file_error(report, path, "is not a regular file");
		return 0;
	}
	r = file_read_at(AT_FDCWD, path, buf, sizeof(buf), &len);
	if (r < 0)
		file_error(report, path,
			   r == -EFBIG ? "is larger than 64 KiB" : strerrordesc_np(-r));
	else
		guard_config_parse(buf, len, path, policy, report);
	return 0;
}

/* The drop-ins of these directories in one order by name; the first directory's file masks others.
 */
static void read_dropins(const char *const *dirs, size_t count, struct guard_policy *policy,
			 struct config_report *report)
{
	static struct conf_files files;

	conf_files_list(AT_FDCWD, dirs, count, &files);
	if (files.cut)
		file_error(report, dirs[0], "and its like hold too many or too long names");
	for (uint32_t i = 0; i < files.count; i++)
		(void)read_file(files.path[i], policy, report);
}

/* What no single key can tell: thresholds that contradict each other. */
static void check(const struct guard_policy *p, const char *file, struct config_report *report)
{
	if (p->fast_seconds > p->rest_seconds)
		file_error(report, file, "[guard] fast_interval must not exceed rest_interval");
	if (p->floor_share > p->term_share)
		file_error(report, file, "[ladder] floor_share must not exceed term_share");
	if (p->term && p->limit && p->term_seconds > p->limit_seconds)
		file_error(report, file,
			   "[ladder] term_exhaustion must not exceed limit_exhaustion");
	if (!p->term && !p->kill && p->fallback)
		file_error(report, file, "[fallback] enabled needs term or kill of [ladder]");
}

int guard_config_read(const char *path, struct guard_policy *policy, struct config_report *report)
{
	char name[GUARD_PATH_SIZE] = "";
	const char *own = name;

	if (path) {
		int n = snprintf(name, sizeof(name), "%s.d", path);

		if (n < 0 || (size_t)n >= sizeof(name))
			file_error(report, "", "configuration file name is too long");
		else if (read_file(path, policy, report) < 0)
			file_error(report, path, "no such file");
		else
			read_dropins(&own, 1, policy, report);
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(mains); i++)
			if (read_file(mains[i], policy, report) == 0)
				break;
		read_dropins(dropins, ARRAY_SIZE(dropins), policy, report);
	}
	check(policy, path ? path : "configuration", report);
	return report->error_count ? -EINVAL : 0;
}
