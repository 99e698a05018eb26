/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sentences with numbers in them, as the tables of report/ hold them: "{0b}" is number 0 as bytes.
 * Kinds: b bytes, r bytes a second, s seconds, t seconds to three digits, n count, p per cent;
 * "{x}" is the subject, escaped.
 */
#pragma once

#include "base/strbuf.h"

/* A number that is not finite was not measured: "?"; seconds may be infinite: "for ever". */
void sentence_add(struct strbuf *s, const char *sentence, const double *numbers,
		  struct text subject) _nonnull_(1, 2, 3);

/* Prose in longer lines is hard to read, and a ticket wraps it anyhow. */
#define PROSE_WIDTH_MAX 100u

/*
 * Adds words, breaking lines at blanks so that none is longer than `room` bytes (0: never); `next`
 * goes before every line but the first. A word longer than that is left whole: the caller cuts.
 */
void words_wrap(struct strbuf *s, size_t room, const char *next, struct text words) _nonnull_(1, 3);
