/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain as one page that opens offline: style and script are inside, the Content-Security-Policy
 * lets nothing else run or load. The first EXPLAIN_HTML_REPORTS reports are told in full, the
 * others only counted, so that a page stays readable and its memory bounded.
 */
#pragma once

#include "report/explain_view.h"

#define EXPLAIN_HTML_REPORTS 50
#define EXPLAIN_HTML_TASKS 200 /* rows of a task table, unless .top asks for more */

struct explain_html {
	FILE *out;
	FILE *body; /* scratch, readable and writable: the reports until the storms are known */
	uint32_t top;
	uint32_t shown, left_out; /* the renderer's */
	struct {
		uint32_t number;
		char headline[160]; /* escaped, not for HTML */
	} index[EXPLAIN_HTML_REPORTS];
};

/* Uses *h until .end has been called. */
struct explain_renderer explain_html_renderer(struct explain_html *h) _nonnull_all_;
