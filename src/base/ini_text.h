/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * INI text through inih, with what inih does not do: every line has its number, a line that inih's
 * buffer would cut (over 198 bytes with Debian's) or that holds a NUL byte is a problem and not
 * used; so is a section with its keys whose name inih would cut or whose '[' is indented; an empty
 * section is seen. Knows no keys.
 */
#pragma once

#include "base/macro.h"
#include "base/text.h"

struct strbuf;

struct ini_reader {
	void *arg;
	/* NULL, or what is wrong with this line; value is without blanks at both ends. */
	const char *(*key)(void *arg, unsigned line, const char *section, const char *name,
			   struct text value);
	/* May be NULL. As key, for each "[name]" line, whether keys follow or not. */
	const char *(*section)(void *arg, unsigned line, struct text name);
	/* line 0: the text as a whole; section and name may be NULL. They are not escaped. */
	void (*problem)(void *arg, unsigned line, const char *section, const char *name,
			const char *problem);
};

/* Calls the reader for everything in the text, in its order; goes on after a problem. */
void ini_read(struct text in, const struct ini_reader *reader) _nonnull_(2);

/*
 * The usual wording of a problem, escaped, as "[section] name problem". Appends to out; section and
 * name may be NULL.
 */
void ini_describe(struct strbuf *out, const char *section, const char *name, const char *problem)
	_nonnull_(1, 4);
