/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scan and check do alike around an analysis. */
#pragma once

#include "cmd/leak_options.h"
#include "cmd/scan_analyse.h"

/* For scan_analyse_options.open_file: the file of a mapping of a live process. `proc` points to a
 * descriptor of /proc/PID. */
int leak_open_file(void *proc, const struct mapping *m) _must_check_ _nonnull_all_;

/* The options of an analysis, as the command line has them; .open_file is the caller's. */
struct scan_analyse_options leak_analysis(const struct leak_options *o, struct suppressions *s)
	_nonnull_(1);

/* Last of all: leaves the groups that are told. A file for --diff keeps more of them. */
#define LEAK_GROUPS_TEXT 20
#define LEAK_GROUPS_JSON 1000
void leak_limit(struct leak_report *report, const struct leak_options *o) _nonnull_all_;

/* CPU and peak memory of this process so far. */
void leak_own_cost(struct leak_report *report) _nonnull_all_;

/* As valgrind's default for --errors-for-leak-kinds: definite and possible. */
bool leak_is_error(const struct leak_report *report) _nonnull_all_;
