/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which configuration files there are, and in which order they count (systemd's rules). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "source/guard_config.h"

#define CONFIG_FILE_MAX (64 * 1024)

static const char *const directories[] = {
	"/etc/bulkhead",
	"/run/bulkhead",
	"/usr/local/lib/bulkhead",
	"/usr/lib/bulkhead",
};

static void file_error(struct config_report *report, const char *file, const char *problem)
{
	struct config_error *e;

	if (report->error_count++ >= CONFIG_ERRORS_MAX)
		return;
	e = &report->error[report->error_count - 1];
	(void)snprintf(e->file, sizeof(e->file), "%s", file);
	e->line = 0;
	(void)snprintf(e->text, sizeof(e->text), "%s", problem);
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

static int is_conf(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && e->d_name[0] != '.' && strcmp(e->d_name + len - 5, ".conf") == 0;
}

/* One directory of drop-ins, by name. */
static void read_dropins(const char *dir, struct guard_policy *policy, struct config_report *report)
{
	struct dirent **names;
	int count = scandir(dir, &names, is_conf, alphasort);

	for (int i = 0; i < count; i++) {
		char path[GUARD_PATH_SIZE];
		int n = snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);

		if (n < 0 || (size_t)n >= sizeof(path))
			file_error(report, dir, "holds a file whose name is too long");
		else
			(void)read_file(path, policy, report);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

struct dropin {
	char name[128];
	size_t directory;
};

static int dropin_compare(const void *a, const void *b)
{
	const struct dropin *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : (x->directory > y->directory) - (x->directory < y->directory);
}

/* The drop-ins of all directories in one order by name; the first directory's file masks others. */
static void read_system_dropins(struct guard_policy *policy, struct config_report *report)
{
	static struct dropin list[CONFIG_FILES_MAX * ARRAY_SIZE(directories)];
	size_t count = 0;

	for (size_t d = 0; d < ARRAY_SIZE(directories); d++) {
		char path[GUARD_PATH_SIZE];
		struct dirent **names;
		int n;

		(void)snprintf(path, sizeof(path), "%s/bulkhead.conf.d", directories[d]);
		n = scandir(path, &names, is_conf, alphasort);
		for (int i = 0; i < n; i++) {
			struct text name = text_of(names[i]->d_name, strlen(names[i]->d_name));

			if (count == ARRAY_SIZE(list) ||
			    text_copy(name, list[count].name, sizeof(list[count].name)) < 0)
				file_error(report, path, "holds too many or too long names");
			else
				list[count++].directory = d;
			free(names[i]);
		}
		if (n >= 0)
			free(names);
	}
	qsort(list, count, sizeof(list[0]), dropin_compare);
	for (size_t i = 0; i < count; i++) {
		char path[sizeof(list[0].name) + GUARD_PATH_SIZE];

		if (i && strcmp(list[i].name, list[i - 1].name) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/bulkhead.conf.d/%.127s",
			       directories[list[i].directory], list[i].name);
		(void)read_file(path, policy, report);
	}
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

	if (path) {
		int n = snprintf(name, sizeof(name), "%s.d", path);

		if (n < 0 || (size_t)n >= sizeof(name))
			file_error(report, "", "configuration file name is too long");
		else if (read_file(path, policy, report) < 0)
			file_error(report, path, "no such file");
		else
			read_dropins(name, policy, report);
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
			(void)snprintf(name, sizeof(name), "%s/bulkhead.conf", directories[i]);
			if (read_file(name, policy, report) == 0)
				break;
		}
		read_system_dropins(policy, report);
	}
	check(policy, path ? path : "configuration", report);
	return report->error_count ? -EINVAL : 0;
}
