/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A descriptor that wakes its owner when tasks stall for memory (Documentation/accounting/psi.rst).
 * A supplement to sampling only: without swap PSI stays at zero until it is too late.
 */
#pragma once

#include "base/fault.h"
#include "base/root.h"

/*
 * Registers "some" stalls of `stall_usec` within `window_usec` on /proc/pressure/memory and
 * returns a descriptor to poll for POLLPRI; it polls POLLERR when the trigger is gone. Windows of
 * whole 2 s need no privilege since 6.5; others need CAP_SYS_RESOURCE. -ENOENT or -EOPNOTSUPP:
 * the kernel has no PSI (before 4.20, triggers before 5.2) or it is switched off (psi=0).
 */
int psi_trigger_open(const struct root *root, unsigned stall_usec, unsigned window_usec,
		     struct fault *f) _must_check_ _nonnull_(1);
