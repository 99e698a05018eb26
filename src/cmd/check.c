/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check: run a program, and say at its end what it has leaked and whether that does harm. */
#include "cmd/check.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "cmd/command.h"
#include "cmd/leak_run.h"

enum {
	CHECK_ERROR_EXITCODE = OPTION_LONG,
	CHECK_LOG_FILE,
	CHECK_TRACE_CHILDREN,
	CHECK_DURATION,
	CHECK_KEEP_RUNNING,
};

static const struct argp_option options[] = {
	{ "error-exitcode", CHECK_ERROR_EXITCODE, "N", 0,
	  "exit with N when blocks are definitely or possibly lost (0: as the program did)", 0 },
	{ "log-file", CHECK_LOG_FILE, "FILE", 0, "write the report to FILE", 0 },
	{ "trace-children", CHECK_TRACE_CHILDREN, "yes|no", OPTION_ARG_OPTIONAL,
	  "report every process that the program starts, too, and wait for them all", 0 },
	{ "duration", CHECK_DURATION, "TIME", 0,
	  "look at the program after this time, and end it: SIGTERM, after 5 s SIGKILL", 0 },
	{ "keep-running", CHECK_KEEP_RUNNING, NULL, 0,
	  "with --duration: let the program go on instead", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { .argp = &argp_leak }, { 0 } };

static bool yes_or_no(struct argp_state *state, const char *arg)
{
	if (arg && strcmp(arg, "yes") != 0 && strcmp(arg, "no") != 0)
		argp_error(state, "--trace-children: yes or no");
	return !arg || strcmp(arg, "yes") == 0;
}

static void check(const struct check_options *o, struct argp_state *state)
{
	if (!o->argv)
		argp_error(state, "a program to run is missing: check -- CMD [ARG...]");
	if (o->keep_running && !isfinite(o->duration))
		argp_error(state, "--keep-running goes with --duration");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check_options *o = state->input;

	switch (key) {
	case CHECK_ERROR_EXITCODE:
		o->error_exitcode = (uint8_t)option_u64(state, "--error-exitcode", arg, 0, 255);
		return 0;
	case CHECK_LOG_FILE:
		o->log_file = arg;
		return 0;
	case CHECK_TRACE_CHILDREN:
		o->children = yes_or_no(state, arg);
		return 0;
	case CHECK_DURATION:
		o->duration = option_seconds(state, "--duration", arg);
		return 0;
	case CHECK_KEEP_RUNNING:
		o->keep_running = true;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->leak;
		return 0;
	case ARGP_KEY_ARG:
		/* It and all that follows is the program's. */
		o->argv = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		check(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.args_doc = "-- CMD [ARG...]",
	.doc = "Run a program, and say when it ends which heap blocks it has lost, in valgrind's "
	       "four classes, and whether that does harm. It runs at native speed: nothing is put "
	       "into it; it is stopped at its end, while its memory is still there.\v"
	       "A leak of a program that ended by itself is harmless, since the kernel takes its "
	       "whole address space back. It is dangerous in one that goes on: that was told to "
	       "end by a signal, or is looked at by --duration, or lived long, and lost much or "
	       "grew.\n\n"
	       "The report goes to standard output after what the program prints. The program has "
	       "the terminal: ^C goes to it. SIGTERM and SIGHUP sent to this process are passed "
	       "on. Children are not followed unless --trace-children says so; --duration "
	       "then looks at each, and ends them all.\n\n"
	       "Exit status: that of the program, 128 and the number of the signal that ended it, "
	       "or N of --error-exitcode; 2 usage; 3 the program could not be run, or what it lost "
	       "could not be determined (ended by SIGKILL, another allocator, no memory to spare).",
};

static void cannot_write(const char *path)
{
	const int error = errno;
	char name[160];

	complain("cannot write '%s': %s", ESCAPED(name, text_string(path)), strerrordesc_np(error));
}

static FILE *open_log(const struct check_options *o)
{
	FILE *f = o->log_file ? fopen(o->log_file, "we") : stdout;

	if (!f)
		cannot_write(o->log_file);
	return f;
}

static struct check_view view_of(const struct check_options *o, const struct check_result *r)
{
	return (struct check_view){
		.status_known = r->run.status_known,
		.status = r->run.status,
		.asked = r->run.asked,
		.children = o->children,
		.left_running = o->keep_running,
		.children_left = r->run.children_left,
		.process = r->process,
		.processes = r->processes,
		.left_out = r->left_out,
	};
}

static int print(const struct check_options *o, const struct check_view *v, FILE *out)
{
	const struct style style = text_style(out, &o->leak.common);
	const struct leak_text_options text = {
		.style = &style,
		.show_harm = true,
		.show_quality = o->leak.verbose,
	};

	return o->leak.common.json ? check_json(out, v) : check_text(out, v, &text);
}

static int exit_code(const struct check_options *o, const struct check_view *v)
{
	bool error = false;

	if (!v->process[0].report.summary_known)
		return EXITCODE_UNDETERMINED;
	for (uint32_t i = 0; i < v->processes; i++)
		error |= leak_is_error(&v->process[i].report);
	return error && o->error_exitcode ? o->error_exitcode : check_exit_status(v);
}

static int report(const struct check_options *o, const struct check_result *r, FILE *out)
{
	const struct check_view v = view_of(o, r);

	if (v.process[0].fault.err)
		complain("what the program lost is not known: %s", v.process[0].fault.what);
	return print(o, &v, out) < 0 ? EXITCODE_UNDETERMINED : exit_code(o, &v);
}

static int run(int argc, char **argv)
{
	static struct check_options o = { .leak = LEAK_OPTIONS_DEFAULT, .duration = INFINITY };
	struct check_result result = { 0 };
	struct fault f = { 0 };
	FILE *out;
	int code;

	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o) != 0)
		return EXITCODE_USAGE;
	(void)setlocale(LC_CTYPE, "");
	out = open_log(&o);
	if (!out)
		return EXITCODE_USAGE;
	code = check_collect(&o, &result, &f);
	if (code != EXITCODE_OK)
		(void)fail((enum exitcode)code, &f);
	else
		code = report(&o, &result, out);
	check_result_release(&result);
	if (out != stdout && fclose(out) == EOF) {
		cannot_write(o.log_file);
		return EXITCODE_UNDETERMINED;
	}
	return code;
}

const struct command command_check = {
	.name = "check",
	.summary = "run a program, report its leaks at exit, harmless or dangerous",
	.argp = &argp,
	.overhead = "The program runs at native speed: it is stopped for some 20 us where a thread "
		    "begins or ends, at an exec and for a signal, and read once, from 20 times a "
		    "second down to once, for 15 us. At its end it is held while its memory is "
		    "copied (some 0.3 s per GiB) and analysed; this process then takes as much "
		    "memory and 15 % of it, and refuses when that is not there.",
	.examples =
		"bulkhead check -- ./prog --its-option\twhat the program leaves behind\n"
		"bulkhead check --error-exitcode=9 -- ./tests\tfor a build: fails when blocks are "
		"lost\n"
		"bulkhead check --json --log-file leaks.json -- ./prog\tfor a program\n"
		"bulkhead check --duration 1min -- ./server\ta server, after a minute\n",
	.run = run,
};
