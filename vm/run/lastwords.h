/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest that ended had to say: the lines of its console that tell why. Pure. The text of the
 * guest is hostile; all of it is escaped.
 */
#pragma once

#include "base/macro.h"
#include "base/strbuf.h"
#include "compare.h"

/*
 * For one line of an error: "its console: 'LINE'", the first line with "Kernel panic". Without one
 * "its last console lines: 'A', 'B', 'C'", or "it printed nothing".
 */
void last_words(const struct wire *wire, struct strbuf *out) _nonnull_all_;

/* One line, without its line end and cut to 200 bytes. */
void last_words_line(const struct wire *wire, uint32_t line, struct strbuf *out) _nonnull_all_;
