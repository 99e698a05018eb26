/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals through a handle on one process life. The caller opens the handle, verifies that the
 * pid still means the process it judged (starttime), and only then signals: the pid is never used
 * again, so a reused one cannot be hit.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

/* pidfd_open(2), Linux 5.3. The descriptor, or -ESRCH, -ENOSYS (kernel too old), -EMFILE... */
int pidfd_open_process(int32_t pid) _must_check_;

/* pidfd_send_signal(2), Linux 5.1. 0, -ESRCH when it has ended, -EPERM. */
int pidfd_signal(int pidfd, int signal) _must_check_;

/* Has it ended (all threads)? A pidfd polls readable then (Linux 5.3). */
bool pidfd_has_exited(int pidfd);

/*
 * process_mrelease(2), Linux 5.15: frees the anonymous memory of a process that has got SIGKILL,
 * in the caller's context; can block on the victim's mmap_lock, so call it from a worker. -EINVAL
 * when it is not dying (always after a mere SIGTERM), -ESRCH when its memory is gone already,
 * -EAGAIN partial, -ENOSYS.
 */
int pidfd_mrelease(int pidfd) _must_check_;
