/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a command's name to its run(). The table itself is in cmd/table.c; nothing else is here. */
#include <argp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/common.h"

const char *argp_program_version = "bulkhead " BULKHEAD_VERSION;

struct invocation {
	int command; /* index in argv of the command's name, 0 = none */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct invocation *invocation = state->input;

	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "a command is missing");
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	/* What follows the name belongs to the command. */
	invocation->command = state->next - 1;
	state->next = state->argc;
	return 0;
}

/* The list of commands is part of --help, and comes from the table. */
static char *list_commands(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size;

	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	FILE *f = open_memstream(&list, &size);
	if (!f)
		return NULL;
	(void)fputs("Commands:\n", f);
	for (size_t i = 0; commands[i]; i++)
		(void)fprintf(f, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	(void)fprintf(f, "  %-10s %s\n", "help", "show the help of a command");
	(void)fputs("\n'bulkhead help COMMAND' tells more.\n"
		    "Exit status: 0 nothing found or done, 1 findings, 2 usage,\n"
		    "3 could not determine, 4 an action failed.",
		    f);
	return fclose(f) == 0 ? list : NULL;
}

static const struct argp bulkhead = {
	.parser = parse,
	.args_doc = "COMMAND [OPTION...] [ARG...]",
	.doc = "Keep a memory leak from taking the machine down.\v ",
	.help_filter = list_commands,
};

static int unknown(const char *name)
{
	const struct command *meant = command_nearest(name);

	if (meant)
		complain("'%s' is not a command; did you mean '%s'?", name, meant->name);
	else
		complain("'%s' is not a command; 'bulkhead --help' lists them", name);
	return EXITCODE_USAGE;
}

static int run(const char *name, int argc, char **argv)
{
	const struct command *command = command_find(name);
	char title[64];

	if (!command)
		return unknown(name);
	(void)snprintf(title, sizeof(title), "bulkhead %s", name);
	argv[0] = title;
	return command->run(argc, argv);
}

/* `help`, `help COMMAND`: the same text as --help. */
static int help(int argc, char **argv)
{
	char name[] = "bulkhead", flag[] = "--help";
	char *command_argv[] = { name, flag, NULL };

	if (argc > 1)
		return run(argv[1], 2, command_argv);
	(void)argp_parse(&bulkhead, 2, command_argv, 0, NULL, NULL);
	return EXITCODE_OK;
}

/*
 * Started with a standard stream closed, the next file opened would take its number, and messages
 * would be written into it. Opened the wrong way round, so that using it still fails with EBADF.
 */
static void hold_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXITCODE_UNDETERMINED);
	}
}

int main(int argc, char **argv)
{
	struct invocation invocation = { 0 };
	char name[] = "bulkhead";

	hold_standard_streams();
	argp_err_exit_status = EXITCODE_USAGE;
	/* A parent that ignores SIGPIPE (Python, systemd) would make `watch | head` run on. */
	(void)signal(SIGPIPE, SIG_DFL);
	if (atexit(stdout_finish) != 0)
		return EXITCODE_UNDETERMINED;
	if (argc < 1)
		return EXITCODE_USAGE;
	argv[0] = name;
	if (argp_parse(&bulkhead, argc, argv, ARGP_IN_ORDER, NULL, &invocation) != 0 ||
	    invocation.command == 0)
		return EXITCODE_USAGE;
	argc -= invocation.command;
	argv += invocation.command;
	if (strcmp(argv[0], "help") == 0)
		return help(argc, argv);
	return run(argv[0], argc, argv);
}
