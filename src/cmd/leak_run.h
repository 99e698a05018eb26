/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scan and check do alike around an analysis. */
#pragma once

#include "cmd/leak_options.h"
#include "cmd/scan_analyse.h"

/* What a mapping's file is called where we are. */
struct leak_files {
	int proc;	     /* /proc/PID, -1 for a core */
	const char *sysroot; /* for a core: "" is / */
};

/* The options of an analysis, as the command line has them. `files` must outlive it. */
struct scan_analyse_options leak_analysis(const struct leak_options *o, struct leak_files *files,
					  struct suppressions *s) _nonnull_(1, 2);

/* CPU and peak memory of this process so far. */
void leak_own_cost(struct leak_report *report) _nonnull_all_;

/* As valgrind's default for --errors-for-leak-kinds: definite and possible. */
bool leak_is_error(const struct leak_report *report) _nonnull_all_;
