/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that the user named, read whole. */
#pragma once

#include <stddef.h>

#include "base/fault.h"
#include "base/macro.h"

/*
 * *ret is for free(), with a NUL after *ret_len bytes. Less than `room` bytes: -EFBIG, else. *f
 * names the file, escaped.
 */
int whole_file_read(const char *path, size_t room, char **ret, size_t *ret_len,
		    struct fault *f) _must_check_ _nonnull_all_;
