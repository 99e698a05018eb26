/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts that a page of explain's text is made of. Each writes to `out` and returns nothing: a
 * stream remembers its error. */
#pragma once

#include "report/explain_facts.h"
#include "report/style.h"

#define EXPLAIN_LABEL_WIDTH 11

/* Words behind a label, wrapped to the width; at most `lines` (0: all), the rest cut at '~'. */
void explain_flow(FILE *out, const struct style *style, const char *label, const char *words,
		  uint32_t lines) _nonnull_all_;
/* "$ command" on a line of its own, whatever its length; nothing for "". */
void explain_command(FILE *out, const char *command) _nonnull_all_;

/* The tasks that matter most, at most `top`; columns as the log has them and the width allows. */
void explain_table(FILE *out, const struct style *style, const struct explain_view *v,
		   uint32_t top) _nonnull_all_;
/* One line of letters, a letter a share, and the legend below it. Nothing when nothing is known. */
void explain_bar(FILE *out, const struct style *style, const struct explain_view *v) _nonnull_all_;
/* Everything but the story: reasons, advice, memory, zones, cgroup, tasks, timing. */
void explain_details(FILE *out, const struct style *style, const struct explain_view *v,
		     uint32_t top) _nonnull_all_;
