/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/sys/kernel/random/boot_id: the same until the next boot, and never again. */
#pragma once

#include "base/macro.h"
#include "base/root.h"

#define BOOT_ID_SIZE 40 /* 36 characters */

int boot_id_read(const struct root *root, char ret[BOOT_ID_SIZE]) _must_check_ _nonnull_all_;
