/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The context of an error, filled once where the fact is known and printed once by the command.
 * Only source/, act/ and cmd/ pass it; everything else returns a plain negative errno.
 */
#pragma once

#include "base/macro.h"

struct fault {
	int err;	/* negative errno, 0 = none */
	char what[320]; /* "what failed first: reason; remedy"; hostile text already escaped */
};

/*
 * Fills *f (which may be NULL) and returns err, so that a reader can say
 * `return fault_set(f, -EPROTO, "'%s' has no MemTotal line", path);`.
 * err must be a negative errno; the text gets no trailing stop and no errno string of its own.
 */
int fault_set(struct fault *f, int err, const char *fmt, ...) _printf_format_(3, 4);

/* As fault_set, and appends ": " and the description of err. */
int fault_errno(struct fault *f, int err, const char *fmt, ...) _printf_format_(3, 4);
