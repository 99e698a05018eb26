/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's libc headers know it; older ones do not. */
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

static int negative_errno(long r)
{
	return r < 0 ? -errno : (int)r;
}

int pidfd_open_process(int32_t pid)
{
	return negative_errno(syscall(SYS_pidfd_open, pid, 0)); /* close-on-exec by itself */
}

int pidfd_signal(int pidfd, int signal)
{
	return negative_errno(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

bool pidfd_has_exited(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLIN);
}

int pidfd_mrelease(int pidfd)
{
	return negative_errno(syscall(SYS_process_mrelease, pidfd, 0));
}
