/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guard must not allocate once it is armed: malloc can block on reclaim or fail exactly when it
 * matters. In builds with AddressSanitizer an allocation while the trap is armed aborts the
 * process, whichever library made it; the tests run guard that way. Elsewhere arming does nothing.
 */
#pragma once

void alloc_trap_arm(void);
void alloc_trap_disarm(void);
