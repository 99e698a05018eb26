/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of scan share. */
#pragma once

#include "base/fault.h"
#include "cmd/common.h"
#include "cmd/leak_options.h"
#include "cmd/scan_analyse.h"
#include "cmd/scan_snapshot.h"

struct scan_options {
	struct leak_options leak;
	struct scan_snapshot_options snapshot;
	int32_t pid;	     /* 0: none */
	const char *core;    /* NULL: none */
	const char *sysroot; /* NULL: / */
	const char *diff;    /* NULL: none */
	bool single;
};

/* Scans, twice where that is wanted. EXITCODE_OK, or another with *f filled. */
int scan_collect(const struct scan_options *o, struct leak_report *report,
		 struct fault *f) _must_check_ _nonnull_all_;

/*
 * Looks at a process, and again where that is wanted: a heap that was stopped in the middle of a
 * change, and once more when blocks are lost. 0 also when only the first look was to be had, since
 * the process ended or would not be stopped again: that is complained of, and a doubt
 * (DOUBT_NO_SECOND_LOOK). Fills all but pid, comm and lifetime.
 */
int scan_looks(const struct root *root, const struct scan_options *o,
	       struct scan_analyse_options *analyse, struct leak_report *report,
	       struct fault *f) _must_check_ _nonnull_all_;
