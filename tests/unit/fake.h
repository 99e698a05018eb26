/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A captured tree under construction: files below a fresh directory, for the readers of a root. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "base/root.h"

struct fake {
	char dir[64];
	struct root root;
};

static inline void fake_begin(struct fake *x)
{
	(void)snprintf(x->dir, sizeof(x->dir), "/tmp/bulkhead-test-XXXXXX");
	assert_non_null(mkdtemp(x->dir));
}

static inline void fake_file(const struct fake *x, const char *path, const char *content)
{
	char full[512];
	_cleanup_close_ int fd = -1;

	(void)snprintf(full, sizeof(full), "%s/%s", x->dir, path);
	for (char *slash = strchr(full + strlen(x->dir) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(full, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, content, strlen(content)), 0);
}

static inline void fake_open(struct fake *x)
{
	fake_file(x, "proc/uptime", "1 1\n");
	assert_int_equal(root_open(x->dir, &x->root, NULL), 0);
}

static inline void fake_end(struct fake *x)
{
	char command[128];

	root_close(&x->root);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", x->dir);
	assert_int_equal(system(command), 0);
}
