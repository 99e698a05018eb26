/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every command shares: the options that mean the same everywhere, option values turned into
 * numbers, and the one way to report an error. No command's own logic.
 */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/exitcode.h"
#include "base/fault.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "report/style.h"

/* Keys of options without a short letter start here; each argp has its own. */
#define OPTION_LONG 0x100

struct common_options {
	bool json, no_color;
	const char *root; /* points into argv; NULL = the live system */
};

/*
 * Children for a command's argp (struct argp_child). The command's parser gives each its input, a
 * struct common_options, at ARGP_KEY_INIT: state->child_inputs[0] = &o->common.
 */
extern const struct argp argp_json;   /* --json */
extern const struct argp argp_report; /* --json and --no-color */
extern const struct argp argp_root;   /* --root */

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

/*
 * Colour only on a terminal that can, and never with --no-color or with NO_COLOR set to anything
 * but nothing.
 */
bool colour_wanted(FILE *stream, const struct common_options *o) _nonnull_all_;
/* How text on that stream looks. LC_CTYPE is set before. */
struct style text_style(FILE *stream, const struct common_options *o) _nonnull_all_;

/* The path of `name` beside this program, as in a build tree; nothing when it cannot be told. */
void beside_us(struct strbuf *path, const char *name) _nonnull_all_;

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
