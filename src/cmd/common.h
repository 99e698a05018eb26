/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every command shares: the option rows that mean the same everywhere, option values turned
 * into numbers, and the one way to report an error. No command's own logic.
 */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/exitcode.h"
#include "base/fault.h"
#include "base/macro.h"

/* Keys of options without a short letter; a command's own keys start at OPTION_OWN. */
enum {
	OPTION_JSON = 0x100,
	OPTION_ROOT,
	OPTION_OWN,
};

/* Rows for a command's option table; common_option() takes both. */
#define OPTION_ROW_JSON                                                                            \
	{                                                                                          \
		"json", OPTION_JSON, NULL, 0, "print JSON instead of text", 0                      \
	}
#define OPTION_ROW_ROOT                                                                            \
	{                                                                                          \
		"root", OPTION_ROOT, "DIR", 0,                                                     \
			"read DIR/proc and DIR/sys (a captured tree) instead of the live system",  \
			0                                                                          \
	}

struct common_options {
	bool json;
	const char *root; /* points into argv; NULL = the live system */
};

/* The first call in an argp parser's default case: 0 when taken, else ARGP_ERR_UNKNOWN. */
int common_option(int key, char *arg, struct common_options *o) _nonnull_(3);

/*
 * The value of `name` ("--interval", "PID") as a number. On a bad value argp prints the message and
 * exits with EXITCODE_USAGE, so the result is always good. Seconds take units ("250ms", "2h") and
 * accept 0.
 */
double option_seconds(struct argp_state *state, const char *name, const char *arg) _nonnull_all_;
/* Refuses what lies outside [min, max]. */
uint64_t option_u64(struct argp_state *state, const char *name, const char *arg, uint64_t min,
		    uint64_t max) _nonnull_all_;

/* The same for an amount such as 512M. */
uint64_t option_bytes(struct argp_state *state, const char *name, const char *arg, uint64_t min,
		      uint64_t max) _nonnull_all_;

/* Colour only on a terminal that can, and never with NO_COLOR set to anything but nothing. */
bool colour_wanted(FILE *stream) _nonnull_all_;

/* "bulkhead: text" on stderr. The caller escapes what other processes chose. */
void complain(const char *fmt, ...) _printf_format_(1, 2);

/* Prints a fault that a reader or an act filled, and returns code: `return fail(CODE, &f);`. */
int fail(enum exitcode code, const struct fault *f) _nonnull_all_;

/*
 * Flushes and closes stdout at exit. When what was printed could not be written (full disk,
 * closed from the start) it says so and ends the process with EXITCODE_UNDETERMINED; when the
 * reader went away (EPIPE) it ends silently. For atexit(), so that argp's own exit after --help is
 * checked too.
 */
void stdout_finish(void);
