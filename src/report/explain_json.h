/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain as JSON: one object, written as it becomes known, so that a log of any length costs no
 * more memory than a report. docs/EXPLAIN.md has the keys.
 */
#pragma once

#include "report/explain_view.h"

struct explain_json {
	FILE *out;
	bool lines;	  /* a whole object a report, on a line of its own, and one for the end */
	uint32_t written; /* reports; the renderer's */
};

/* Uses *j until .end has been called. */
struct explain_renderer explain_json_renderer(struct explain_json *j) _nonnull_all_;
