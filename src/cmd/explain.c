/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain: what the kernel's OOM killer did, from any log. Options, and the page of --html. */
#include "cmd/explain.h"

#include <locale.h>
#include <string.h>

#include "cmd/command.h"
#include "report/explain_facts.h"

enum {
	EXPLAIN_ALL = OPTION_LONG,
	EXPLAIN_LIVE,
	EXPLAIN_TOP,
	EXPLAIN_HTML,
	EXPLAIN_ROOT,
};

static const struct argp_option options[] = {
	{ "all", EXPLAIN_ALL, NULL, 0,
	  "tell everything: reasons, memory, zones, tasks, advice, and each report of a storm", 0 },
	{ "top", EXPLAIN_TOP, "N", 0, "show the N tasks that matter most (with --all: 10)", 0 },
	{ "live", EXPLAIN_LIVE, NULL, 0,
	  "follow " EXPLAIN_KMSG " from the messages of this boot on; Ctrl-C ends it", 0 },
	{ "html", EXPLAIN_HTML, "FILE", 0, "also write a page that opens offline", 0 },
	{ "root", EXPLAIN_ROOT, "DIR", 0,
	  "without FILE: read the logs below DIR (a captured tree) instead of the live system", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { .argp = &argp_report }, { 0 } };

static void check(const struct explain_options *o, struct argp_state *state)
{
	if (o->live && o->files)
		argp_error(state, "--live follows " EXPLAIN_KMSG ": it has no FILE");
	if (o->common.root && (o->live || o->files))
		argp_error(state, "--root goes without --live and without FILE");
	if (o->html && (!*o->html || strcmp(o->html, "-") == 0))
		argp_error(state, "--html: the name of a file");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explain_options *o = state->input;

	switch (key) {
	case EXPLAIN_ALL:
		o->all = true;
		return 0;
	case EXPLAIN_LIVE:
		o->live = true;
		return 0;
	case EXPLAIN_TOP:
		o->top = (uint32_t)option_u64(state, "--top", arg, 1, EXPLAIN_TOP_MAX);
		return 0;
	case EXPLAIN_HTML:
		o->html = arg;
		return 0;
	case EXPLAIN_ROOT:
		o->common.root = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARGS:
		o->file = state->argv + state->next;
		o->files = state->argc - state->next;
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
	.args_doc = "[FILE...]",
	.doc = "Tell the story of each out-of-memory report of the kernel in a log: who asked for "
	       "memory and why it could not be had, who was killed and why that one, whether the "
	       "victim was the leaker or an innocent, and what to do."
	       "\v"
	       "FILE is anything that holds kernel messages: dmesg, a journal as text, syslog, a "
	       "console capture, a ticket; of any kernel since 2.6.24, cut or mixed with other "
	       "text. '-' is standard input, which is also read when it is a pipe or a file and no "
	       "FILE is given; else the messages of this boot are read, from " EXPLAIN_KMSG
	       " and, if that "
	       "holds no report or may not be read, from the journal. Further reports of a storm "
	       "(the same cause within five minutes) are one line each unless --all is given. "
	       "With --live --json each report is an object on a line of its own.\n\n"
	       "Exit status: 0 no report found, and it is said how much was read; 1 a report; 2 "
	       "usage; 3 an input could not be read, the others are explained all the same; 4 the "
	       "page of --html could not be written.",
};

static int tell(struct explain_session *s, const struct explain_options *o)
{
	static struct explain_file page;
	bool failed = false;
	struct fault f;
	int code;

	if (o->html && explain_file_is_input(o->html, o)) {
		complain("--html: that file is read too, and would be replaced by the page");
		return EXITCODE_USAGE;
	}
	if (o->html && explain_file_open(o->html, &page, &f) < 0)
		return fail(EXITCODE_ACTION_FAILED, &f);
	s->html.out = page.out;
	s->html.body = page.body;
	if (explain_begin(s, o) < 0) {
		complain("no memory");
		return EXITCODE_UNDETERMINED;
	}
	explain_read_all(s);
	code = explain_finish(s, &failed);
	if (!o->html)
		return code;
	if (explain_file_close(&page, !failed, &f) < 0)
		return fail(EXITCODE_ACTION_FAILED, &f);
	if (failed)
		complain("the page of --html could not be written: %s",
			 strerrordesc_np(-s->failed[1]));
	return failed ? EXITCODE_ACTION_FAILED : code;
}

static int run(int argc, char **argv)
{
	static struct explain_session session;
	static struct explain_options o;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return EXITCODE_USAGE;
	(void)setlocale(LC_CTYPE, "");
	return tell(&session, &o);
}

const struct command command_explain = {
	.name = "explain",
	.summary = "tell what the kernel's OOM killer did, and whether it was right",
	.argp = &argp,
	.overhead = "Reads a log once, in memory that does not depend on its length. " EXPLAIN_KMSG
		    " is read without taking a lock that a console could hold.",
	.examples = "bulkhead explain\tthe messages of this boot\n"
		    "bulkhead explain --all /var/log/kern.log\teverything that a log says\n"
		    "zcat kern.log.2.gz | bulkhead explain -\ta compressed log\n"
		    "ssh HOST dmesg | bulkhead explain --html oom.html\tof another machine, with a "
		    "page\n"
		    "bulkhead explain --live\twait for the next one\n",
	.run = run,
};
