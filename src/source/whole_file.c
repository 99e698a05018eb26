/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/strbuf.h"

int whole_file_read(const char *path, size_t room, char **ret, size_t *ret_len, struct fault *f)
{
	char *buf = malloc(room), name[160];
	int r = buf ? file_read_at(AT_FDCWD, path, buf, room, ret_len) : -ENOMEM;

	if (r == 0) {
		*ret = buf;
		return 0;
	}
	free(buf);
	return fault_errno(f, r, "cannot read '%s'", ESCAPED(name, text_string(path)));
}
