/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor: will an OOM hang this machine, why, and what helps. Options, and the report. */
#include "cmd/doctor.h"

#include <locale.h>
#include <string.h>

#include "cmd/command.h"
#include "judge/diagnosis.h"
#include "report/doctor_acts.h"
#include "report/doctor_json.h"
#include "report/doctor_text.h"

enum {
	DOCTOR_FIX = OPTION_LONG,
	DOCTOR_UNDO,
	DOCTOR_DRY_RUN,
	DOCTOR_BAUD,
	DOCTOR_TASKS,
};

static const struct argp_option options[] = {
	{ "fix", DOCTOR_FIX, "LIST", OPTION_ARG_OPTIONAL,
	  "apply the proposed remedies, or those of LIST: console_loglevel, ignore_loglevel, "
	  "printk_delay, oom_dump_tasks",
	  0 },
	{ "undo", DOCTOR_UNDO, NULL, 0, "restore what was there before --fix", 0 },
	{ "dry-run", DOCTOR_DRY_RUN, NULL, 0, "with --fix or --undo: say what, and do nothing", 0 },
	{ "baud", DOCTOR_BAUD, "CONSOLE=N", 0,
	  "the real speed of a console, such as ttyS0=115200; several times", 0 },
	{ "tasks", DOCTOR_TASKS, "N", 0, "judge for so many processes instead of those of now", 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ .argp = &argp_report },
	{ .argp = &argp_root },
	{ 0 },
};

static void add_remedies(struct doctor_options *o, struct argp_state *state, const char *list)
{
	struct text rest = text_string(list);
	enum remedy_id id;

	o->named = true;
	do {
		struct text word = TEXT("");
		char name[32];

		(void)text_next_field(&rest, ',', &word);
		id = text_copy(word, name, sizeof(name)) == 0 ? remedy_by_name(name) : REMEDY_NONE;
		o->wanted[id] = true;
	} while (id != REMEDY_NONE && rest.n);
	if (id == REMEDY_NONE)
		argp_error(state, "--fix: that is not one of console_loglevel, ignore_loglevel, "
				  "printk_delay, oom_dump_tasks");
}

static void check(const struct doctor_options *o, struct argp_state *state)
{
	if (o->fix && o->undo)
		argp_error(state, "--fix and --undo exclude each other");
	if (o->dry_run && !o->fix && !o->undo)
		argp_error(state, "--dry-run goes with --fix or --undo");
	if (o->common.root && (o->fix || o->undo))
		argp_error(state, "--root is read only: it has no --fix and no --undo");
	if (o->undo && (o->bauds.count || o->tasks))
		argp_error(state, "--undo has no --baud and no --tasks");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct doctor_options *o = state->input;

	switch (key) {
	case DOCTOR_FIX:
		o->fix = true;
		if (arg)
			add_remedies(o, state, arg);
		return 0;
	case DOCTOR_UNDO:
		o->undo = true;
		return 0;
	case DOCTOR_DRY_RUN:
		o->dry_run = true;
		return 0;
	case DOCTOR_BAUD:
		option_console_baud(state, arg, &o->bauds);
		return 0;
	case DOCTOR_TASKS:
		o->tasks = option_u64(state, "--tasks", arg, 1, OPTION_TASKS_MAX);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &o->common;
		return 0;
	case ARGP_KEY_END:
		check(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print(const struct doctor_options *o, const struct doctor_view *v)
{
	const struct style style = text_style(stdout, &o->common);
	int r;

	if (o->common.json)
		r = json_print(stdout, doctor_json(v));
	else
		r = v->acts ? doctor_acts_text(stdout, v) : doctor_text(stdout, &style, v);
	if (r == 0)
		return EXITCODE_OK;
	complain("cannot write the report: %s", strerrordesc_np(-r));
	return EXITCODE_UNDETERMINED;
}

static int found(const struct diagnosis *d)
{
	if (d->by_severity[SEVERITY_WARNING] || d->by_severity[SEVERITY_CRITICAL])
		return EXITCODE_FINDINGS;
	if (!d->undetermined)
		return EXITCODE_OK;
	complain("could not determine how long a report takes: 'Not known' says why");
	return EXITCODE_UNDETERMINED;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.doc = "Tell whether an out-of-memory report would hang this machine: who prints it, how "
	       "fast, at which level, what that costs in seconds, and what helps."
	       "\v"
	       "Prints a summary, the way of a report from the kernel to its consumers, the "
	       "findings with their evidence, and what could not be known. --fix lowers what the "
	       "consoles print, now and for the next boot (a file in /etc/sysctl.d); the ring "
	       "buffer and the log files keep everything. It records what was there in "
	       "/var/lib/bulkhead/doctor.json before each change, and --undo restores that. "
	       "oom_dump_tasks is changed only when LIST names it: it takes the evidence out of "
	       "every log.\n\n"
	       "Exit status: 0 no finding above a notice, or the acts are done; 1 a finding of "
	       "severity warning or critical; 2 usage; 3 it cannot be determined how long a "
	       "report takes; 4 an act failed, or was left because somebody else changed the same "
	       "setting.",
};

static int run(int argc, char **argv)
{
	static struct doctor_options o;
	static struct doctor_view v;
	int code, printed;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return EXITCODE_USAGE;
	(void)setlocale(LC_CTYPE, "");
	code = doctor_look(&o, &v);
	if (code != EXITCODE_OK)
		return code;
	if (o.fix || o.undo)
		code = doctor_act(&o, &v);
	printed = print(&o, &v);
	if (printed != EXITCODE_OK)
		return printed;
	return o.fix || o.undo ? code : found(v.diagnosis);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "tell whether an out-of-memory report would hang this machine",
	.argp = &argp,
	.overhead =
		"Reads /proc and /sys once: some 30 ms with 1,000 processes. /proc/consoles takes "
		"console_lock, which is held while a slow console prints: it is read in a child, "
		"and given up after 1 s.",
	.examples =
		"bulkhead doctor\tthe findings\n"
		"bulkhead doctor --baud ttyS0=9600 --tasks 2000\tas if the line and the load were "
		"such\n"
		"bulkhead doctor --fix --dry-run\twhat --fix would change\n"
		"bulkhead doctor --fix=console_loglevel,oom_dump_tasks\tthese two, whatever was "
		"found\n",
	.run = run,
};
