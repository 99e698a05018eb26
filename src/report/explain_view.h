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
	bool all;	   /* --all */
};

struct explain_end {
	const struct oom_storms *storms;
	uint64_t neighbours[OOM_NEIGHBOUR_COUNT];
	uint32_t reports, inputs;
	uint64_t bytes, lines_cut;
	double seconds; /* that reading took */
};

/* A renderer: 0 or -EIO, -ENOMEM. begin and end are called once each, also when nothing is found.
 */
struct explain_renderer {
	int (*begin)(void *self);
	int (*report)(void *self, const struct explain_view *v);
	int (*neighbour)(void *self, const struct oom_neighbour *n);
	int (*end)(void *self, const struct explain_end *e);
};
