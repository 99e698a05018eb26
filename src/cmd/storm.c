/* SPDX-License-Identifier: GPL-2.0-or-later */
/* storm: the hang that an OOM report on a slow console causes. Options, and which action. */
#include "cmd/storm.h"

#include <string.h>

#include "base/strbuf.h"
#include "cmd/command.h"

enum {
	STORM_BAUD = OPTION_LONG,
	STORM_TASKS,
	STORM_LOGLEVEL,
	STORM_DUMP_TASKS,
	STORM_KERNEL,
	STORM_CPUS,
	STORM_NODES,
	STORM_ZONES,
	STORM_MEMORY,
	STORM_COMM_BYTES,
	STORM_CALLER,
	STORM_THREADED,
	STORM_KILLS,
	STORM_ALLOCATORS,
	STORM_LEAKERS,
	STORM_REPEAT,
	STORM_SVG,
	STORM_MARKDOWN,
	STORM_ROOT, /* argp_root's, for the table of who takes it */
};

static const struct argp_option options[] = {
	{ "baud", STORM_BAUD, "LIST", 0,
	  "bits a second of the console; predict also takes CONSOLE=N, several times", 0 },
	{ "tasks", STORM_TASKS, "LIST", 0, "processes with memory: rows of the task table", 0 },
	{ "loglevel", STORM_LOGLEVEL, "LIST", 0, "console_loglevel, 0 to 15", 0 },
	{ "dump-tasks", STORM_DUMP_TASKS, "LIST", 0, "vm.oom_dump_tasks, 0 or 1", 0 },
	{ "kernel", STORM_KERNEL, "LIST", 0, "version of the kernel, such as 6.1", 0 },
	{ "cpus", STORM_CPUS, "LIST", 0, "processors", 0 },
	{ "nodes", STORM_NODES, "N", 0, "memory nodes", 0 },
	{ "zones", STORM_ZONES, "N", 0, "populated memory zones, over all nodes", 0 },
	{ "memory", STORM_MEMORY, "LIST", 0, "size of the memory, such as 512M", 0 },
	{ "comm-bytes", STORM_COMM_BYTES, "N", 0, "mean length of the processes' names, 1 to 15",
	  0 },
	{ "caller", STORM_CALLER, NULL, 0, "the kernel has CONFIG_PRINTK_CALLER", 0 },
	{ "threaded", STORM_THREADED, NULL, 0,
	  "the console is nbcon: a thread of its own prints (predict, simulate)", 0 },
	{ "kills", STORM_KILLS, "N", 0, "predict so many OOM kills in a row, too", 0 },
	{ "allocators", STORM_ALLOCATORS, "LIST", 0,
	  "processes that allocate all the time (simulate, run)", 0 },
	{ "leakers", STORM_LEAKERS, "LIST", 0,
	  "leaking processes, each of them a victim in the end (simulate, run)", 0 },
	{ "victims", STORM_LEAKERS, NULL, OPTION_ALIAS, NULL, 0 },
	{ "repeat", STORM_REPEAT, "N", 0, "run every setting so often (run)", 0 },
	{ "svg", STORM_SVG, "FILE", 0, "write the sweep as a chart (simulate)", 0 },
	{ "markdown", STORM_MARKDOWN, "FILE", 0, "write the table of the runs, too (run)", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { .argp = &argp_json },
					      { .argp = &argp_root },
					      { 0 } };

/* "1,2,5" */
static void list_add(struct argp_state *state, struct storm_list *list, const char *name,
		     const char *arg, uint64_t min, uint64_t max)
{
	struct text rest = text_string(arg), field;
	char one[32];

	do {
		(void)text_next_field(&rest, ',', &field);
		if (text_copy(field, one, sizeof(one)) < 0)
			argp_error(state, "%s: a value of the list is too long", name);
		else if (list->count == STORM_LIST_MAX)
			argp_error(state, "%s: more than %d values", name, STORM_LIST_MAX);
		else if (strcmp(name, "--memory") == 0)
			list->value[list->count++] = option_bytes(state, name, one, min, max);
		else
			list->value[list->count++] = option_u64(state, name, one, min, max);
	} while (rest.n > 0);
}

static void add_baud(struct argp_state *state, struct storm_options *o, const char *arg)
{
	if (strchr(arg, '='))
		option_console_baud(state, arg, &o->console);
	else
		list_add(state, &o->baud, "--baud", arg, OPTION_BAUD_MIN, OPTION_BAUD_MAX);
}

static void add_kernels(struct argp_state *state, struct storm_options *o, const char *arg)
{
	struct text rest = text_string(arg), field;
	struct kernel_version version;

	do {
		char quoted[128];

		(void)text_next_field(&rest, ',', &field);
		if (o->kernels == STORM_LIST_MAX)
			argp_error(state, "--kernel: more than %d values", STORM_LIST_MAX);
		else if (storm_kernel_parse(field, &version) < 0)
			argp_error(state, "--kernel: '%s' is not a version such as 6.1",
				   ESCAPED(quoted, field));
		else
			o->kernel[o->kernels++] = field;
	} while (rest.n > 0);
}

/* The options that describe a machine; ARGP_ERR_UNKNOWN for the others. */
static error_t parse_machine(int key, char *arg, struct argp_state *state, struct storm_options *o)
{
	switch (key) {
	case STORM_BAUD:
		add_baud(state, o, arg);
		return 0;
	case STORM_TASKS:
		list_add(state, &o->tasks, "--tasks", arg, 0, OPTION_TASKS_MAX);
		return 0;
	case STORM_LOGLEVEL:
		list_add(state, &o->loglevel, "--loglevel", arg, 0, 15);
		return 0;
	case STORM_DUMP_TASKS:
		list_add(state, &o->dump_tasks, "--dump-tasks", arg, 0, 1);
		return 0;
	case STORM_KERNEL:
		add_kernels(state, o, arg);
		return 0;
	case STORM_CPUS: /* CONFIG_NR_CPUS_RANGE_END */
		list_add(state, &o->cpus, "--cpus", arg, 1, 8192);
		return 0;
	case STORM_NODES: /* CONFIG_NODES_SHIFT 10 */
		o->nodes = option_u64(state, "--nodes", arg, 1, 1024);
		return 0;
	case STORM_ZONES:
		o->zones = option_u64(state, "--zones", arg, 1, 5 * 1024);
		return 0;
	case STORM_MEMORY:
		list_add(state, &o->memory, "--memory", arg, 16 * MIB, 64 * 1024 * GIB);
		return 0;
	case STORM_COMM_BYTES: /* TASK_COMM_LEN, less its NUL */
		o->comm_bytes = option_u64(state, "--comm-bytes", arg, 1, 15);
		return 0;
	case STORM_CALLER:
		o->caller = true;
		return 0;
	case STORM_THREADED:
		o->threaded = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static uint32_t bit_of(int key)
{
	_Static_assert(STORM_ROOT - STORM_BAUD < 32, "a bit for every option");
	return key >= STORM_BAUD && key <= STORM_ROOT ? 1u << (key - STORM_BAUD) : 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct storm_options *o = state->input;

	o->given |= bit_of(key);
	switch (key) {
	case STORM_KILLS:
		o->kills = option_u64(state, "--kills", arg, 1, 100000);
		return 0;
	case STORM_ALLOCATORS:
		list_add(state, &o->allocators, "--allocators", arg, 0, 1000000);
		return 0;
	case STORM_LEAKERS:
		list_add(state, &o->leakers, "--leakers", arg, 1, 10000);
		return 0;
	case STORM_REPEAT:
		o->repeat = option_u64(state, "--repeat", arg, 1, 1000);
		return 0;
	case STORM_SVG:
		o->svg = arg;
		return 0;
	case STORM_MARKDOWN:
		o->markdown = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &o->common;
		return 0;
	case ARGP_KEY_END:
		o->given |= o->common.root ? bit_of(STORM_ROOT) : 0;
		return 0;
	case ARGP_KEY_ARG:
		if (o->action)
			argp_error(state, "one action only: predict, simulate or run");
		o->action = arg;
		return 0;
	default:
		if (parse_machine(key, arg, state, o) != 0)
			return ARGP_ERR_UNKNOWN;
		o->described = true;
		return 0;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.args_doc = "predict\nsimulate\nrun",
	.doc = "An OOM report is printed to every console before the victim is killed, under a "
	       "lock that every allocating process needs: on a slow line the machine stands still. "
	       "predict tells for how long, part by part; simulate lets a model of the kernel run "
	       "at sizes no test machine has; run does it to a real kernel in a virtual machine, "
	       "and prints what was measured beside what was predicted.\v"
	       "predict without options is about this machine, or the one of --root. Options that "
	       "describe a machine stand for themselves: what they do not say is assumed, and the "
	       "output says what. With --root they override what was read.\n\n"
	       "A LIST holds values separated by commas; simulate and run make a grid of all "
	       "lists. Without one simulate draws four pictures.\n\n"
	       "Exit status: 0 done; 2 usage; 3 what decides the time is not known, a run is not "
	       "valid, or no virtual machine can run here; 4 a run failed or was interrupted.",
};

#define PREDICT 1u
#define SIMULATE 2u
#define RUN 4u

/* Options that not every action takes. */
static const struct {
	int key;
	uint32_t actions;
	const char *name;
} partial[] = {
	{ STORM_NODES, PREDICT | SIMULATE, "nodes" },
	{ STORM_ZONES, PREDICT | SIMULATE, "zones" },
	{ STORM_COMM_BYTES, PREDICT | SIMULATE, "comm-bytes" },
	{ STORM_CALLER, PREDICT | SIMULATE, "caller" },
	{ STORM_THREADED, PREDICT | SIMULATE, "threaded" },
	{ STORM_KILLS, PREDICT, "kills" },
	{ STORM_ALLOCATORS, SIMULATE | RUN, "allocators" },
	{ STORM_LEAKERS, SIMULATE | RUN, "leakers" },
	{ STORM_REPEAT, RUN, "repeat" },
	{ STORM_SVG, SIMULATE, "svg" },
	{ STORM_MARKDOWN, RUN, "markdown" },
	{ STORM_ROOT, PREDICT, "root" },
};

/* An option that would be ignored is a mistake. */
static bool all_taken(const struct storm_options *o, uint32_t action)
{
	for (size_t i = 0; i < ARRAY_SIZE(partial); i++)
		if ((o->given & bit_of(partial[i].key)) && !(partial[i].actions & action)) {
			complain("storm %s does not take --%s", o->action, partial[i].name);
			return false;
		}
	return true;
}

static int run(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint32_t bit;
		int (*run)(const struct storm_options *o);
	} actions[] = {
		{ "predict", PREDICT, storm_predict_run },
		{ "simulate", SIMULATE, storm_simulate_run },
		{ "run", RUN, storm_run_run },
	};
	struct storm_options o = { 0 };

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return EXITCODE_USAGE;
	for (size_t i = 0; o.action && i < ARRAY_SIZE(actions); i++)
		if (strcmp(actions[i].name, o.action) == 0)
			return all_taken(&o, actions[i].bit) ? actions[i].run(&o) : EXITCODE_USAGE;
	complain("storm needs an action: 'predict', 'simulate' or 'run'");
	return EXITCODE_USAGE;
}

const struct command command_storm = {
	.name = "storm",
	.summary = "predict, simulate or reproduce the hang of a slow console",
	.argp = &argp,
	.overhead = "predict reads /proc once. simulate computes for a second. run boots a virtual "
		    "machine of some 512 MiB in software emulation: it keeps two processors busy "
		    "until it ends, and touches nothing of the host.",
	.examples = "bulkhead storm predict\tthis machine\n"
		    "bulkhead storm predict --baud 19200 --tasks 200 --kernel 6.1\tone that is not "
		    "at hand\n"
		    "bulkhead storm simulate --allocators 10,100,1000 --svg storm.svg\thow a stall "
		    "grows\n"
		    "bulkhead storm run --baud 19200 --tasks 200 --loglevel 7,4\tmeasured beside "
		    "predicted\n",
	.run = run,
};
