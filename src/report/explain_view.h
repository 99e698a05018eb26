/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the three renderers of explain (explain_text, explain_json, explain_html) show: reports one
 * by one as they are read, and at the end the storms and how much was read. A renderer keeps
 * nothing of a report after the call, so that a log of any length costs no more than one report.
 */
#pragma once

#include <stdio.h>

#include "judge/oom_story.h"

struct explain_view {
	const struct oom_report *report;
	const struct oom_story *story;
	uint32_t number;   /* from 1 */
	const char *input; /* name of the file, "standard input", "/dev/kmsg", "the journal" */
	uint32_t storm;	   /* index, UINT32_MAX: none */
	uint32_t in_storm; /* the how-maniest of its storm, from 1 */
};

struct explain_end {
	const struct oom_storms *storms;
	uint64_t neighbours[OOM_NEIGHBOUR_COUNT]; /* sums of their .count */
	uint32_t reports, inputs, unreadable;	  /* inputs of which nothing or not all was read */
	uint64_t bytes, lines_cut;
	uint64_t lost_records; /* of /dev/kmsg: overwritten before they were read */
	double seconds;	       /* that reading took */
};

/*
 * A renderer: 0, -EIO or -ENOMEM. begin and end are called once each, also when nothing is found;
 * NULL members are not called.
 */
struct explain_renderer {
	void *self;
	int (*begin)(void *self);
	int (*report)(void *self, const struct explain_view *v);
	int (*end)(void *self, const struct explain_end *e);
};
