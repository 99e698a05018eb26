/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/psi_trigger.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/strbuf.h"

int psi_trigger_open(const struct root *root, unsigned stall_usec, unsigned window_usec,
		     struct fault *f)
{
	char text[64];
	struct strbuf s = STRBUF(text);
	_cleanup_close_ int fd = -1;
	int r;

	strbuf_printf(&s, "some %u %u", stall_usec, window_usec);
	fd = openat(root->proc, "pressure/memory", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fault_errno(f, -errno, "cannot open '/proc/pressure/memory'");
	/* With the NUL: psi_write() overwrites the last byte it was given with one. */
	r = fd_write_all(fd, text, s.len + 1);
	if (r < 0)
		return fault_errno(f, r, "cannot set a trigger on '/proc/pressure/memory'");
	return TAKE_FD(fd);
}
