/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the leak report's text share: one line at a time, and how it is broken. */
#pragma once

#include <stdio.h>

#include "base/strbuf.h"
#include "model/leak.h"
#include "report/leak_text.h"

struct page {
	FILE *out;
	const struct leak_report *r;
	const struct leak_text_options *o;
	char room[4096];
	struct strbuf s;
};

/* Empties the room for the next line. */
struct strbuf *page_begin(struct page *p) _nonnull_all_;
/* The line as it is, however long: as valgrind's. */
void page_end(struct page *p) _nonnull_all_;
/* Words after `indent` columns, with `first` in the last of them ("- "). */
void page_prose(struct page *p, size_t indent, const char *first) _nonnull_all_;
/* The line as it is where nobody looks (a file, a pipe); on a terminal broken at its width. */
void page_line(struct page *p) _nonnull_all_;
/* Hostile text that ends at `size` or at a NUL. */
void page_escaped(struct strbuf *s, const char *p, size_t size) _nonnull_all_;

/* The report's end: how far to trust it, -v what was walked, and what it cost. */
void leak_trust(struct page *p) _nonnull_all_;
