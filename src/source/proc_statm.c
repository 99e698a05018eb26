/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/proc_statm.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/text.h"

int proc_statm_parse(const char *buf, size_t len, struct proc_statm *ret)
{
	struct text rest = text_of(buf, len), line = { 0 }, word;
	uint64_t number[6];

	(void)text_next_line(&rest, &line);
	for (size_t i = 0; i < ARRAY_SIZE(number); i++)
		if (!text_next_word(&line, &word) || text_u64(word, &number[i]) < 0 ||
		    number[i] > PROC_STATM_PAGES_MAX)
			return -EPROTO;
	if (number[2] > number[1])
		return -EPROTO;
	*ret = (struct proc_statm){ number[0], number[1], number[2], number[5] };
	return 0;
}

int proc_statm_read_fd(int fd, struct proc_statm *ret)
{
	char buf[256];
	size_t len;
	int r = fd_read_once(fd, buf, sizeof(buf), &len);

	return r < 0 ? r : proc_statm_parse(buf, len, ret);
}

int proc_statm_read(int dirfd, struct proc_statm *ret)
{
	_cleanup_close_ int fd = openat(dirfd, "statm", O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : proc_statm_read_fd(fd, ret);
}
