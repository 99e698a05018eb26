/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/proc_fds.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

bool proc_holds_fd(int dir, const char *name)
{
	_cleanup_closedir_ DIR *fds = NULL;
	char link[64];

	if (dir_open_at(dir, "fd", &fds) < 0)
		return false;
	for (const struct dirent *d; (d = readdir(fds));) {
		const ssize_t n = readlinkat(dirfd(fds), d->d_name, link, sizeof(link));

		if (n > 0 && (size_t)n == strlen(name) && memcmp(link, name, (size_t)n) == 0)
			return true;
	}
	return false;
}
