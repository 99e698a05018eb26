/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text under construction in memory of fixed size that the caller owns. It never allocates, so
 * guard may use it after arming. Past the capacity nothing is written and `.full` stays set: the
 * owner decides whether that is an error; it is never silent truncation.
 * Talks only to libc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "base/text.h"

struct strbuf {
	char *buf; /* always NUL-terminated */
	size_t len, size;
	bool full;
};

/* An empty strbuf over a char array. Writes the NUL, so it is no static initialiser. */
#define STRBUF(array) ((array)[0] = '\0', (struct strbuf){ .buf = (array), .size = sizeof(array) })

/* Empties it, and clears .full. */
void strbuf_clear(struct strbuf *s) _nonnull_all_;
void strbuf_add(struct strbuf *s, const char *bytes, size_t len) _nonnull_all_;
void strbuf_puts(struct strbuf *s, const char *string) _nonnull_all_;
void strbuf_putc(struct strbuf *s, char c) _nonnull_all_;
void strbuf_printf(struct strbuf *s, const char *fmt, ...) _printf_format_(2, 3);

/*
 * Adds text that another process chose (comm, cgroup name, log line), safe for a terminal and a
 * log line: bytes outside printable ASCII and outside well-formed UTF-8, and the backslash, become
 * \n, \t, \\ or \xNN. C1 controls and bidirectional overrides encoded in UTF-8 are escaped too.
 */
void strbuf_escape(struct strbuf *s, struct text hostile) _nonnull_(1);

/*
 * The same into a char array of the caller's, for one message: complain("'%s'", ESCAPED(room, t)).
 * What does not fit is "(too long to show)".
 */
#define ESCAPED(room, hostile) strbuf_escaped((room), sizeof(room), (hostile))
const char *strbuf_escaped(char *room, size_t size, struct text hostile) _nonnull_(1);

/* "1.5 GiB", "512 B": IEC, three significant digits. */
void strbuf_bytes(struct strbuf *s, double bytes) _nonnull_all_;
/* "45 s", "12 min", "3.5 h", "9 d". */
void strbuf_seconds(struct strbuf *s, double seconds) _nonnull_all_;
