/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

int fd_read_all(int fd, char *buf, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = pread(fd, buf + len, size - len, (off_t)len);

		if (n < 0 && errno == ESPIPE)
			n = read(fd, buf + len, size - len);
		/* file_read_at on a pipe that has a writer: --config <(...) */
		if (n < 0 && errno == EAGAIN && poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, -1) >= 0)
			continue;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0) {
			buf[len] = '\0';
			*ret_len = len;
			return 0;
		}
		len += (size_t)n;
	}
	return -EFBIG;
}

int fd_read_once(int fd, char *buf, size_t size, size_t *ret_len)
{
	ssize_t n;

	do
		n = pread(fd, buf, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n >= size)
		return -EFBIG;
	buf[n] = '\0';
	*ret_len = (size_t)n;
	return 0;
}

/* O_NONBLOCK: a FIFO in a captured tree would wait for its writer; /proc and /sys do not ask it. */
#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

int file_read_once_at(int dirfd, const char *path, char *buf, size_t size, size_t *ret_len)
{
	_cleanup_close_ int fd = openat(dirfd, path, READ_FLAGS);

	if (fd < 0)
		return -errno;
	return fd_read_once(fd, buf, size, ret_len);
}

int file_read_at(int dirfd, const char *path, char *buf, size_t size, size_t *ret_len)
{
	_cleanup_close_ int fd = openat(dirfd, path, READ_FLAGS);

	if (fd < 0)
		return -errno;
	return fd_read_all(fd, buf, size, ret_len);
}

int fd_write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

int dir_open_at(int dirfd, const char *path, DIR **ret)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return -errno;
	(void)TAKE_FD(fd); /* the listing has it now */
	*ret = dir;
	return 0;
}
