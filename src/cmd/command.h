/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One command: a row of the table in main.c. Its argp option table is the only place where its
 * options are written: --help, the man page and the shell completions are generated from it.
 */
#pragma once

#include <argp.h>

struct command {
	const char *name;
	const char *summary;	 /* one line, lower case, no stop */
	const struct argp *argp; /* options, args_doc, doc (text before \v, notes after) */
	const char *overhead;	 /* man OVERHEAD section: what running it costs the machine */
	const char *examples;	 /* man EXAMPLES section: lines "command\tmeaning\n" */
	int (*run)(int argc,
		   char **argv); /* argv[0] is the command's name; returns enum exitcode */
};

extern const struct command command_watch, command_guard, command_lab;

/* NULL-terminated; main.c. */
extern const struct command *const commands[];
