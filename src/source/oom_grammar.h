/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of the kernel's OOM report, 2.6.24 to 7.x: clean lines in, reports out. One table of
 * line kinds (oom_line.c) says how a line is recognised; a function a kind takes its numbers;
 * oom_grammar.c knows which line begins, continues and ends a report. A line that fits nothing is
 * foreign and skipped.
 */
#pragma once

#include "source/log_line.h"

struct oom_sink {
	void *arg;
	/* A report is whole, or the text ended. The grammar keeps it and reuses it after the call.
	 */
	int (*report)(void *arg, const struct oom_report *r);
	int (*neighbour)(void *arg, const struct oom_neighbour *n);
};

struct oom_grammar;

struct oom_grammar *oom_grammar_new(const struct oom_sink *sink) _must_check_ _nonnull_all_;
void oom_grammar_free(struct oom_grammar *g);

/* 0, -ENOMEM, or what the sink returned. Never fails for what a line holds. */
int oom_grammar_line(struct oom_grammar *g, const struct log_line *l) _must_check_ _nonnull_all_;
/* The end of an input: what is open is passed on as it is (cut_at_end). */
int oom_grammar_end(struct oom_grammar *g) _must_check_ _nonnull_all_;
/* No more text for now: a report whose kill was read is passed on, and no longer waited for. */
int oom_grammar_idle(struct oom_grammar *g) _must_check_ _nonnull_all_;
/* A report is open: the reader must pass on every line. */
bool oom_grammar_is_open(const struct oom_grammar *g) _nonnull_all_;

/* For log_frame_sink: pure, on clean text. */
bool oom_line_whole(struct text clean);
bool oom_line_open(struct text clean);
