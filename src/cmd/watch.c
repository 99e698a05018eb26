/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch: rank processes by how likely they leak. Options, and what live and replay share. */
#include "cmd/watch.h"

#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "report/json.h"
#include "report/watch_json.h"
#include "report/watch_text.h"

enum {
	WATCH_ONCE = OPTION_LONG,
	WATCH_TOP,
	WATCH_REPLAY,
	WATCH_SORT,
	WATCH_REVERSE,
	WATCH_FILTER,
	WATCH_BATCH,
	WATCH_BYTES,
};

static const struct argp_option options[] = {
	{ "interval", 'i', "TIME", 0, "time between passes (default 2s, least 10ms)", 0 },
	{ "duration", 'd', "TIME", 0, "end after this time (default: go on)", 0 },
	{ "once", WATCH_ONCE, NULL, 0, "one pass; without history most verdicts are 'unknown'", 0 },
	{ "top", WATCH_TOP, "N", 0, "show only the first N processes", 0 },
	{ "replay", WATCH_REPLAY, "FILE", 0, "judge a recorded CSV file, '-' for standard input",
	  0 },
	{ "sort", WATCH_SORT, "KEY", 0,
	  "order: score (default), memory, swap, growth, exhaustion, age, pid, name, unit", 0 },
	{ "reverse", WATCH_REVERSE, NULL, 0, "turn the order round", 0 },
	{ "filter", WATCH_FILTER, "TEXT", 0,
	  "show only processes whose name, unit, container or pid contains TEXT", 0 },
	{ "batch", WATCH_BATCH, NULL, 0, "print plain text even on a terminal", 0 },
	{ "bytes", WATCH_BYTES, NULL, 0, "print sizes as plain numbers of bytes", 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ .argp = &argp_report },
	{ .argp = &argp_root },
	{ 0 },
};

static void add_pid(struct watch_options *o, struct argp_state *state, const char *arg)
{
	if (o->pids == WATCH_PIDS_MAX)
		argp_error(state, "more than %d PIDs", WATCH_PIDS_MAX);
	else
		o->pid[o->pids++] = (int32_t)option_u64(state, "PID", arg, 1, INT32_MAX);
}

static void set_sort(struct watch_options *o, struct argp_state *state, const char *arg)
{
	if (!rank_key_parse(text_string(arg), &o->sort))
		argp_error(state, "--sort: that is not one of score, memory, swap, growth, "
				  "exhaustion, age, pid, name, unit");
}

static void check(const struct watch_options *o, struct argp_state *state)
{
	if (!(o->interval >= 0.01 && o->interval <= 86400))
		argp_error(state, "--interval: from 10ms to 1d");
	if (o->replay && (o->once || o->timed || o->common.root))
		argp_error(state, "--replay has no --once, --interval, --duration or --root");
	if (o->once && o->duration > 0)
		argp_error(state, "--once and --duration exclude each other");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct watch_options *o = state->input;

	switch (key) {
	case 'i':
		o->interval = option_seconds(state, "--interval", arg);
		o->timed = true;
		return 0;
	case 'd':
		o->duration = option_seconds(state, "--duration", arg);
		o->timed = true;
		return 0;
	case WATCH_ONCE:
		o->once = true;
		return 0;
	case WATCH_TOP:
		o->top = (uint32_t)option_u64(state, "--top", arg, 1, UINT32_MAX);
		return 0;
	case WATCH_REPLAY:
		o->replay = arg;
		return 0;
	case WATCH_SORT:
		set_sort(o, state, arg);
		return 0;
	case WATCH_REVERSE:
		o->reverse = true;
		return 0;
	case WATCH_FILTER:
		o->filter = arg;
		return 0;
	case WATCH_BATCH:
		o->batch = true;
		return 0;
	case WATCH_BYTES:
		o->raw_bytes = true;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		add_pid(o, state, arg);
		return 0;
	case ARGP_KEY_END:
		check(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

bool watch_wants(const struct watch_options *o, int32_t pid)
{
	bool wanted = o->pids == 0;

	for (uint32_t i = 0; i < o->pids && !wanted; i++)
		wanted = o->pid[i] == pid;
	return wanted;
}

void watch_arrange(const struct watch_options *o, struct ranked *rows, uint32_t count,
		   struct watch_view *v)
{
	v->leaking = 0;
	for (uint32_t i = 0; i < count; i++)
		v->leaking += rows[i].verdict->class == VERDICT_LEAKING;
	if (o->filter)
		count = ranked_filter(rows, count, text_string(o->filter));
	ranked_sort(rows, count, o->sort, o->reverse);
	v->row = rows;
	v->matching = count;
	v->count = o->top ? MIN(count, o->top) : count;
}

struct style watch_style(const struct watch_options *o)
{
	struct style style = text_style(stdout, &o->common);

	style.raw_bytes = o->raw_bytes;
	return style;
}

int watch_print(const struct watch_options *o, const struct watch_view *v)
{
	const struct style style = watch_style(o);
	int r = o->common.json ? json_print(stdout, watch_json(v))
			       : watch_text(stdout, &style, v, o->sort, o->reverse);

	if (r == 0)
		return 0;
	complain("cannot write the report: %s", strerrordesc_np(-r));
	return EXITCODE_UNDETERMINED;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.args_doc = "[PID...]",
	.doc = "Rank processes by how likely they leak memory, with the reasons and the time until "
	       "memory runs out.\v"
	       "On a terminal a live table; otherwise one block of text, or with --json one object "
	       "a line, per pass. A process that was read is judged by anonymous + swapped + "
	       "shared "
	       "memory; page cache is not counted. Kernel threads have no memory of their own and "
	       "are only counted.\n\n"
	       "A replay is CSV with a header that names time_seconds, pid, comm, anon_bytes, "
	       "swap_bytes and limit_bytes (empty: no limit known). Every process, a pair of pid "
	       "and comm, is judged at its own last sample.\n\n"
	       "Exit status: 0 nothing leaks; 1 a process is 'leaking' at the end; 2 usage; 3 a "
	       "PID "
	       "is not there, rows of a replay were refused, or nothing leaks but some processes "
	       "could not be read.",
};

static int run(int argc, char **argv)
{
	struct watch_options o = { .interval = 2 };

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return EXITCODE_USAGE;
	(void)setlocale(LC_CTYPE, "");
	return o.replay ? watch_replay(&o) : watch_live(&o);
}

const struct command command_watch = {
	.name = "watch",
	.summary = "rank processes by how likely they leak, live",
	.argp = &argp,
	.overhead = "One pass reads /proc/PID/status of every process, once, and never walks page "
		    "tables; the table shows the CPU that the last pass took.",
	.examples = "bulkhead watch\tthe live table\n"
		    "bulkhead watch --json --interval 10s --duration 1h\ta stream for a program\n"
		    "bulkhead watch --replay week.csv --top 10\tjudge a recorded week\n",
	.run = run,
};
