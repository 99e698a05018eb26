/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain for people: the story of each report in at most ten lines, later reports of a storm in
 * one entry, unless they tell more than those before; with .all everything that is known. All text
 * of the log is escaped.
 */
#pragma once

#include "report/explain_view.h"
#include "report/style.h"

#define EXPLAIN_STORY_LINES 10

struct explain_text {
	FILE *out;
	struct style style;
	uint32_t top;	  /* rows of the task table */
	bool all;	  /* the details, and every report of a storm in full */
	bool table;	  /* the task table, also without .all */
	bool name_inputs; /* there are several */
	/* The renderer's own: something was shown in one line only; of the report before. */
	bool quiet_story;
	struct explain_told {
		uint32_t causes; /* a bit each, of the reports of that storm told in full */
		uint32_t parts;	 /* how many parts the most complete of them has */
	} told[OOM_STORMS];
	struct oom_stamp last;
	char input[256];
};

/* Uses *t until .end has been called. */
struct explain_renderer explain_text_renderer(struct explain_text *t) _nonnull_all_;
