/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan: valgrind's four leak classes for a running, unmodified process, or a core of one. */
#include "cmd/scan.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/leak_run.h"
#include "report/json.h"
#include "report/leak_json.h"
#include "report/leak_text.h"
#include "report/style.h"

enum {
	SCAN_CORE = OPTION_LONG,
	SCAN_SYSROOT,
	SCAN_SNAPSHOT,
	SCAN_SINGLE,
	SCAN_DIFF,
	SCAN_TIMEOUT,
	SCAN_SHARED,
};

/* Without a word of its own: a thread that does not stop by then hangs in the kernel. */
#define STOP_TIMEOUT_SECONDS 2.0

static const struct argp_option options[] = {
	{ "core", SCAN_CORE, "FILE", 0, "read a core dump instead of a process", 0 },
	{ "sysroot", SCAN_SYSROOT, "DIR", 0, "with --core: look for the files it names below DIR",
	  0 },
	{ "snapshot", SCAN_SNAPSHOT, "WAY", 0,
	  "fork: a copy-on-write copy, the shortest pause; copy: stop the process while its memory "
	  "is copied, no fork in it; auto (default)",
	  0 },
	{ "single", SCAN_SINGLE, NULL, 0,
	  "do not confirm lost blocks by a second scan: half the pauses, and a block that is just "
	  "being handed over may count as lost",
	  0 },
	{ "diff", SCAN_DIFF, "FILE", 0,
	  "tell what changed since FILE, the --json output of an earlier scan", 0 },
	{ "stop-timeout", SCAN_TIMEOUT, "SECONDS", 0,
	  "give up when a thread does not stop within this time (2)", 0 },
	{ "shared-limit", SCAN_SHARED, "BYTES", 0,
	  "look for pointers in so much of shared memory (1G)", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { .argp = &argp_leak }, { 0 } };

static enum scan_way way(struct argp_state *state, const char *arg)
{
	static const char *const names[] = {
		[SCAN_AUTO] = "auto", [SCAN_FORK] = "fork", [SCAN_COPY] = "copy"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(arg, names[i]) == 0)
			return (enum scan_way)i;
	argp_error(state, "--snapshot: auto, fork or copy");
	return SCAN_AUTO;
}

static void check(const struct scan_options *o, struct argp_state *state)
{
	if (!o->pid == !o->core)
		argp_error(state, "one PID, or --core FILE");
	if (o->sysroot && !o->core)
		argp_error(state, "--sysroot goes with --core");
	if (o->core && (o->snapshot.way != SCAN_AUTO || o->single))
		argp_error(state, "--core goes without --snapshot and --single");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct scan_options *o = state->input;

	switch (key) {
	case SCAN_CORE:
		o->core = arg;
		return 0;
	case SCAN_SYSROOT:
		o->sysroot = arg;
		return 0;
	case SCAN_SNAPSHOT:
		o->snapshot.way = way(state, arg);
		return 0;
	case SCAN_SINGLE:
		o->single = true;
		return 0;
	case SCAN_DIFF:
		o->diff = arg;
		return 0;
	case SCAN_TIMEOUT:
		o->snapshot.timeout_seconds = option_seconds(state, "--stop-timeout", arg);
		return 0;
	case SCAN_SHARED:
		o->snapshot.shared_limit_bytes =
			option_bytes(state, "--shared-limit", arg, 0, UINT64_MAX);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->leak;
		return 0;
	case ARGP_KEY_ARG:
		if (o->pid)
			argp_error(state, "one PID at a time");
		o->pid = (int32_t)option_u64(state, "PID", arg, 1, INT32_MAX);
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
	.args_doc = "PID\n--core FILE",
	.doc = "Say which heap blocks of a running process are lost, in valgrind's four classes: "
	       "no restart, no rebuild, no preload. The process stops for milliseconds (see -v); "
	       "what "
	       "its threads were doing goes on, but a few system calls return EINTR (signal(7), "
	       "stop signals)."
	       "\v"
	       "Understands glibc's malloc from 2.26 on. Sizes are usable sizes: mostly up to 24 "
	       "bytes a block above what was asked for. A block counts as definitely lost only "
	       "when two scans agree. Blocks inside another allocator's memory (Python's, a "
	       "pool's) are "
	       "seen as parts of the malloc block around them. Other allocators are named.\n\n"
	       "Exit status: 0 nothing is lost; 1 blocks are definitely or possibly lost; 2 usage; "
	       "3 could not determine: not permitted, gone, another allocator, no memory to spare.",
};

static int print(const struct scan_options *o, const struct leak_report *r)
{
	const struct style style = text_style(stdout, &o->leak.common);
	const struct leak_text_options text = {
		.style = &style,
		.show_harm = true,
		.show_next = !o->core && !o->diff && !r->ended,
		.show_quality = o->leak.verbose,
	};
	json_t *object;

	if (!o->leak.common.json)
		return leak_text(stdout, r, &text);
	object = json_object();
	if (!json_put(object, "schema", json_string("bulkhead.scan/1")) || !leak_json(object, r)) {
		json_decref(object);
		object = NULL;
	}
	return json_print(stdout, object);
}

static int verdict(const struct leak_report *r)
{
	if (!r->summary_known)
		return EXITCODE_UNDETERMINED;
	return leak_is_error(r) ? EXITCODE_FINDINGS : EXITCODE_OK;
}

static int run(int argc, char **argv)
{
	static struct leak_report report;
	static struct scan_options o = {
		.leak = LEAK_OPTIONS_DEFAULT,
		.snapshot = { .timeout_seconds = STOP_TIMEOUT_SECONDS,
			      .shared_limit_bytes = SCAN_SHARED_LIMIT_BYTES },
	};
	struct fault f;
	int code;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return EXITCODE_USAGE;
	(void)setlocale(LC_CTYPE, "");
	code = scan_collect(&o, &report, &f);
	if (code != EXITCODE_OK)
		return fail((enum exitcode)code, &f);
	if (print(&o, &report) < 0)
		code = EXITCODE_UNDETERMINED;
	else
		code = verdict(&report);
	leak_report_release(&report);
	return code;
}

const struct command command_scan = {
	.name = "scan",
	.summary = "valgrind's leak classes for a running, unmodified process",
	.argp = &argp,
	.overhead =
		"The process stops for some 1 to 2 ms and 20 to 35 ms per GiB of small pages, "
		"twice, "
		"while it forks; afterwards each page it writes is copied once (2 us) until the "
		"copy "
		"has been read. --snapshot=copy stops it longer (150 to 300 ms per GiB) and costs "
		"nothing afterwards. This process takes the heap's size and 5 % of it, up to 25 % "
		"where most of it is lost. Both are refused when the memory for it is not there.",
	.examples = "bulkhead scan 1234\twhat process 1234 has lost\n"
		    "bulkhead scan -v --contents 1234\talso how sure that is, and what is in it\n"
		    "bulkhead scan --json 1234 >then.json\tto compare with later\n"
		    "bulkhead scan --diff then.json 1234\twhat was lost since\n"
		    "bulkhead scan --core core.1234\ta core dump\n",
	.run = run,
};
