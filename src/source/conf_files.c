/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/conf_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

static int is_conf(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && e->d_name[0] != '.' && strcmp(e->d_name + len - 5, ".conf") == 0;
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* The directories are added in their order, so that of two equal names the first one stays. */
static void add(struct conf_files *f, const char *directory, const char *name)
{
	char path[CONF_PATH_SIZE];
	int n = snprintf(path, sizeof(path), "%s/%s", directory, name);
	uint32_t at = 0;

	while (at < f->count && strcmp(name_of(f->path[at]), name) < 0)
		at++;
	if (at < f->count && strcmp(name_of(f->path[at]), name) == 0)
		return;
	if (n < 0 || (size_t)n >= sizeof(path) || f->count == CONF_FILES_MAX) {
		f->cut = true;
		return;
	}
	memmove(f->path[at + 1], f->path[at], (f->count - at) * sizeof(f->path[0]));
	memcpy(f->path[at], path, sizeof(path));
	f->count++;
}

void conf_files_list(int dirfd, const char *const *directory, size_t count, struct conf_files *ret)
{
	ret->count = 0;
	ret->cut = false;
	for (size_t d = 0; d < count; d++) {
		struct dirent **names;
		int n = scandirat(dirfd, directory[d], &names, is_conf, alphasort);

		for (int i = 0; i < n; i++) {
			add(ret, directory[d], names[i]->d_name);
			free(names[i]);
		}
		if (n >= 0)
			free(names);
		else if (errno != ENOENT && errno != ENOTDIR)
			ret->cut = true;
	}
}
