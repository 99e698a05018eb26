/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bulkhead lab: shows the cases of the laboratory with their ground truth, and runs them.
 */
#include <errno.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "cmd/command.h"
#include "cmd/common.h"
#include "cmd/lab_list.h"
#include "cmd/labcase.h"

struct lab_options {
	struct common_options common;
	int argc;
	char **argv; /* action, case, arguments: as left by argp */
};

static const struct argp_child lab_children[] = { { .argp = &argp_json }, { 0 } };

static error_t lab_parse(int key, char *arg, struct argp_state *state)
{
	struct lab_options *o = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARGS:
		o->argc = state->argc - state->next;
		o->argv = state->argv + state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp lab_argp = {
	.parser = lab_parse,
	.children = lab_children,
	.args_doc = "list\nrun CASE [-- ARGS...]",
	.doc = "Leaking and healthy programs whose truth is known beforehand, to practise on and "
	       "to "
	       "measure tools by. list shows them; run says the truth on stderr and runs one in "
	       "the "
	       "foreground, with ARGS after the case's own."
	       "\v"
	       "Every program understands --size, --rate, --interval, --duration and --limit: see "
	       "'bulkhead lab run CASE -- --help'. None holds more than --limit, 1 GiB by default.",
};

static int run_case(const struct labcase *c, int argc, char **args)
{
	char built[4096], path[4096 + 64];
	struct strbuf own = STRBUF(built);
	const char *places[] = { built, BULKHEAD_LAB_DIR };
	const char **argv = calloc(1 + LABCASE_ARGS + (size_t)argc + 1, sizeof(*argv));
	size_t n;

	if (!argv) {
		complain("no memory for the arguments");
		return EXITCODE_UNDETERMINED;
	}
	n = 1 + labcase_args(c, argv + 1);
	for (int i = 0; i < argc; i++)
		argv[n++] = args[i];
	argv[n] = NULL;

	beside_us(&own, "lab");
	fprintf(stderr, "%s: %s\n", c->name, c->summary);
	fprintf(stderr, "truth: leaks %s, harm %s, memory %s, verdict once judged: %s\n",
		c->leaks ? "yes" : "no", labcase_harm_name(c->harm), labcase_memory_name(c->memory),
		verdict_class_name(c->verdict));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct strbuf s = STRBUF(path);

		strbuf_printf(&s, "%s/%s", places[i], c->program);
		argv[0] = path;
		if (!*places[i] || s.full)
			continue;
		/* POSIX: execv does not change them; its type is older than const. */
		execv(path, (char *const *)(uintptr_t)argv);
		if (errno != ENOENT && errno != ENOTDIR)
			break;
	}
	complain("cannot run '%s' from '%s' or '%s': %s", c->program, places[0], places[1],
		 strerror(errno));
	free(argv);
	return EXITCODE_UNDETERMINED;
}

static int lab_run(int argc, char **argv)
{
	const struct labcase *c;

	if (argc == 0) {
		complain("lab run needs a case; 'bulkhead lab list' shows them");
		return EXITCODE_USAGE;
	}
	c = labcase_find(argv[0]);
	if (!c) {
		complain("no lab case '%s'; 'bulkhead lab list' shows them", argv[0]);
		return EXITCODE_USAGE;
	}
	return run_case(c, argc - 1, argv + 1);
}

static int run(int argc, char **argv)
{
	struct lab_options o = { 0 };
	int r = argp_parse(&lab_argp, argc, argv, 0, NULL, &o);

	if (r != 0)
		return EXITCODE_USAGE;
	if (o.argc == 1 && strcmp(o.argv[0], "list") == 0)
		return o.common.json ? lab_list_json() : lab_list_text();
	if (o.argc >= 1 && strcmp(o.argv[0], "run") == 0 && !o.common.json)
		return lab_run(o.argc - 1, o.argv + 1);
	complain("lab needs 'list [--json]' or 'run CASE [-- ARGS...]'");
	return EXITCODE_USAGE;
}

const struct command command_lab = {
	.name = "lab",
	.summary = "list and run leak cases whose truth is known",
	.argp = &lab_argp,
	.overhead = "list costs nothing. A case takes memory on purpose: as much as its --limit.",
	.examples =
		"bulkhead lab list\tthe cases and their truth\n"
		"bulkhead lab run steady-leak\ta leak of 8 MiB a second, up to 1 GiB\n"
		"bulkhead lab run steady-leak -- --rate 1M --duration 60\tslower, for a minute\n",
	.run = run,
};
