/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/knob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"

int knob_read(int dirfd, const char *file, char ret[KNOB_SIZE], struct fault *f)
{
	char buf[KNOB_SIZE];
	struct text rest, line;
	size_t len;
	int r = file_read_at(dirfd, file, buf, sizeof(buf), &len);

	if (r < 0)
		return fault_errno(f, r, "cannot read '%s'", file);
	rest = text_of(buf, len);
	if (!text_next_line(&rest, &line) || text_copy(text_trim(line), ret, KNOB_SIZE) < 0)
		return fault_set(f, -EPROTO, "'%s' holds no single value", file);
	return 0;
}

int knob_write(int dirfd, const char *file, const char *value, struct fault *f)
{
	_cleanup_close_ int fd = openat(dirfd, file, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int r = fd < 0 ? -errno : fd_write_all(fd, value, strlen(value));

	return r < 0 ? fault_errno(f, r, "cannot write '%s' to '%s'", value, file) : 0;
}
