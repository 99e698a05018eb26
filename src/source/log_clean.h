/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What terminals, log daemons and /dev/kmsg do to the bytes of a line, undone: colour codes,
 * non-breaking blanks, "#012" of rsyslog, "\x0a" of kmsg, "=3D" of mails. Never longer than its
 * input.
 */
#pragma once

#include "base/text.h"

/* True when log_clean() could change something: the usual line needs no copy. */
bool log_clean_needed(struct text raw);

/*
 * Writes the clean bytes to `out`, which has room for raw.n of them: escape sequences and other
 * control characters go, U+00A0 and other wide blanks become blanks, "#011" to "#037" become what
 * they stand for, CR within the line a blank. '\n' may result, from "#012". Bytes that are not
 * UTF-8 stay. "=3D" is a mail's '=', and in a line with one a '=' at the end is its soft break.
 */
size_t log_clean(struct text raw, char *out) _nonnull_(2);

/* "\x0a", "\\" of a /dev/kmsg record and of `dmesg -r`. */
size_t log_unescape(struct text raw, char *out) _nonnull_(2);
