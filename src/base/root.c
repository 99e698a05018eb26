/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"

static int open_dir(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int root_open(const char *dir, struct root *ret, struct fault *f)
{
	_cleanup_close_ int base = open_dir(AT_FDCWD, dir ? dir : "/");
	struct root r = { .live = !dir };

	if (base < 0)
		return fault_errno(f, base, "cannot open root '%s'", dir ? dir : "/");
	r.proc = open_dir(base, "proc");
	if (r.proc < 0)
		return fault_errno(f, r.proc, "cannot open '%s/proc'", dir ? dir : "");
	r.sys = open_dir(base, "sys");
	if (r.sys < 0)
		r.sys = -1;
	r.top = TAKE_FD(base);
	*ret = r;
	return 0;
}

void root_close(struct root *r)
{
	closep(&r->proc);
	closep(&r->sys);
	closep(&r->top);
}
