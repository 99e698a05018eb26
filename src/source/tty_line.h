/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The speed a tty has now. Live it is asked (TCGETS2); in a captured tree it is what `stty -a`
 * said, in DIR/dev/NAME.stty. getty may have changed what the kernel command line set.
 */
#pragma once

#include "base/root.h"
#include "source/console_driver.h"

/*
 * The output of `stty -a`. -EPROTO: no "speed N baud" at its front, no csN, or a speed out of
 * BAUD_MIN to BAUD_MAX.
 */
int stty_parse(const char *buf, size_t len, struct serial_line *ret) _must_check_ _nonnull_all_;

/*
 * `name`: "ttyS0". Opening a tty can block, so a live one is opened in a child; -ETIMEDOUT when
 * that did not answer within the deadline. -ENOENT: no such device or file, or a name that is none.
 */
int tty_line_read(const struct root *root, const char *name, double deadline_seconds,
		  struct serial_line *ret) _must_check_ _nonnull_all_;
