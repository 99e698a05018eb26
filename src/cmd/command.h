/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One command: a row of the table in table.c. Its argp option table is the only place where its
 * options are written: --help, the man page and the shell completions are generated from it.
 */
#pragma once

#include <argp.h>

#include "base/macro.h"

struct command {
	const char *name;
	const char *summary;	 /* one line, lower case, no stop */
	const struct argp *argp; /* options, args_doc, doc (text before \v, notes after) */
	const char *overhead;	 /* man OVERHEAD section: what running it costs the machine */
	const char *examples;	 /* man EXAMPLES section: lines "command\tmeaning\n" */
	/*
	 * argv[0] is "bulkhead NAME", for argp's messages; returns enum exitcode. SIGPIPE is at its
	 * default on entry: a command that must survive its reader ignores it itself. main flushes
	 * and checks stdout afterwards.
	 */
	int (*run)(int argc, char **argv);
};

extern const struct command command_watch, command_guard, command_doctor, command_lab,
	command_storm, command_explain, command_scan, command_check;

/* NULL-terminated; in the order of the help. */
extern const struct command *const commands[];

/* NULL when there is none of that name. */
const struct command *command_find(const char *name) _nonnull_all_;

/* The one that a mistyped name most likely meant, NULL when none is near. */
const struct command *command_nearest(const char *name) _nonnull_all_;
