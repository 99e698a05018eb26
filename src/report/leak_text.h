/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leak report for people, in valgrind's words: HEAP SUMMARY, LEAK SUMMARY, loss records. The
 * verdict and the summary come first, then the loss records, the largest first: over a slow link
 * the beginning is what is read. Numbers in valgrind's lines have valgrind's form; everything else
 * is in IEC units.
 */
#pragma once

#include <stdio.h>

#include "model/leak.h"
#include "report/style.h"

struct leak_text_options {
	const struct style *style;
	bool at_exit; /* check: "in use at exit" instead of "in use now" */
	bool show_harm;
	bool show_next;	   /* of a process that goes on: what to do now */
	bool show_quality; /* -v: what was walked and checked; records of indirectly lost blocks */
};

/* 0 or -EIO. */
int leak_text(FILE *out, const struct leak_report *r,
	      const struct leak_text_options *o) _must_check_ _nonnull_all_;
