/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File descriptors as cleanup resources, and bounded reads and complete writes. Nothing here
 * allocates but dir_open_at. Every descriptor is O_CLOEXEC at birth.
 */
#pragma once

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/macro.h"

static inline void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}
#define _cleanup_close_ _cleanup_(closep)

static inline void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
	*dir = NULL;
}
#define _cleanup_closedir_ _cleanup_(closedirp)

/* A listing of the directory, for the caller to close. Allocates (in libc), unlike the rest. */
int dir_open_at(int dirfd, const char *path, DIR **ret) _must_check_ _nonnull_all_;

/*
 * Reads to the end of file from offset 0 (pread where the file can seek, so a kept descriptor of
 * /proc can be read again). 0 and *ret_len < size; buf gets a NUL after the data. -EFBIG when the
 * file does not fit: nothing is cut silently. EINTR is retried.
 */
int fd_read_all(int fd, char *buf, size_t size, size_t *ret_len) _must_check_ _nonnull_all_;

/*
 * As fd_read_all on openat(dirfd, path, O_RDONLY|O_CLOEXEC|O_NOCTTY|O_NONBLOCK). A FIFO without a
 * writer is empty; one that has a writer is waited for.
 */
int file_read_at(int dirfd, const char *path, char *buf, size_t size,
		 size_t *ret_len) _must_check_ _nonnull_all_;

/*
 * The same by one read, for files that the kernel makes in one piece (single_open in the kernel:
 * /proc/PID/{stat,statm,status,cgroup,limits}, meminfo, pressure, the memory files of a cgroup):
 * there a short read is the end, and asking once more would make the kernel write the text again
 * (measured: 22 instead of 15 us for a status).
 */
int fd_read_once(int fd, char *buf, size_t size, size_t *ret_len) _must_check_ _nonnull_all_;
int file_read_once_at(int dirfd, const char *path, char *buf, size_t size,
		      size_t *ret_len) _must_check_ _nonnull_all_;

/* Writes everything; a short write goes on, EINTR is retried. 0 or negative errno. */
int fd_write_all(int fd, const char *buf, size_t len) _must_check_ _nonnull_all_;
