/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bulkhead lab: shows the cases of the laboratory with their ground truth, and runs them.
 */
#include <errno.h>
#include <unistd.h>

#include "base/opt.h"
#include "base/strbuf.h"
#include "cmd/command.h"
#include "cmd/common.h"
#include "cmd/labcase.h"
#include "report/json.h"

struct lab_options {
	struct common_options common;
	int argc;
	char **argv; /* action, case, arguments: as left by argp */
};

static const struct argp_option lab_option_table[] = {
	OPTION_ROW_JSON,
	{ 0 },
};

static error_t lab_parse(int key, char *arg, struct argp_state *state)
{
	struct lab_options *o = state->input;

	switch (key) {
	case ARGP_KEY_ARGS:
		o->argc = state->argc - state->next;
		o->argv = state->argv + state->next;
		return 0;
	}
	return common_option(key, arg, &o->common);
}

static const struct argp lab_argp = {
	.options = lab_option_table,
	.parser = lab_parse,
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

static struct opt_u64 bytes_of(const char *amount)
{
	uint64_t bytes;

	if (!amount || text_bytes(text_of(amount, strlen(amount)), &bytes) < 0)
		return opt_u64_none(ABSENT);
	return opt_u64_of(bytes);
}

static json_t *json_loss(const struct labcase_loss *l)
{
	const struct {
		enum loss_class class;
		const struct loss *loss;
	} rows[] = {
		{ LOSS_DEFINITE, &l->definite },
		{ LOSS_INDIRECT, &l->indirect },
		{ LOSS_POSSIBLE, &l->possible },
		{ LOSS_REACHABLE, &l->reachable },
	};
	json_t *object = l->known ? json_object() : json_null();

	for (size_t i = 0; l->known && i < ARRAY_SIZE(rows); i++)
		json_object_set_new(object, loss_class_name(rows[i].class),
				    json_pack("{s:I, s:I}", "bytes",
					      (json_int_t)rows[i].loss->bytes, "blocks",
					      (json_int_t)rows[i].loss->blocks));
	return object;
}

static json_t *json_case(const struct labcase *c)
{
	const char *args[LABCASE_ARGS + 1];
	size_t n = labcase_args(c, args);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(args[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:{s:b, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o}}",
			 "name", c->name, "program", c->program, "summary", c->summary, "args",
			 list, "truth", "leaks", c->leaks, "harm", labcase_harm_name(c->harm),
			 "memory", labcase_memory_name(c->memory), "curve",
			 labcase_curve_name(c->curve), "size_bytes", json_opt(bytes_of(c->size)),
			 "rate_bytes_per_second", json_opt(bytes_of(c->rate)), "verdict",
			 verdict_class_name(c->verdict), "valgrind", c->valgrind, "blocks",
			 json_loss(&c->loss));
}

static int list_json(void)
{
	json_t *root = json_pack("{s:s, s:[]}", "schema", "bulkhead.lab/1", "cases");
	json_t *cases = json_object_get(root, "cases");

	for (size_t i = 0; i < labcase_count; i++)
		if (json_array_append_new(cases, json_case(&labcases[i])) < 0) {
			json_decref(root);
			complain("no memory for the list");
			return EXITCODE_UNDETERMINED;
		}
	/* stdout_finish says why */
	return json_print(stdout, root) == 0 ? EXITCODE_OK : EXITCODE_UNDETERMINED;
}

static void list_row(const struct labcase *c)
{
	printf("%-18s %-5s %-10s %-6s %-5s %-8s %s\n", c->name, c->leaks ? "yes" : "no",
	       labcase_harm_name(c->harm), labcase_memory_name(c->memory),
	       labcase_curve_name(c->curve), verdict_class_name(c->verdict), c->summary);
}

static void list_loss_row(const struct labcase *c)
{
	const struct labcase_loss *l = &c->loss;

	printf("%-18s %-5s %10ju %10ju %10ju %10ju %s\n", c->name, c->leaks ? "yes" : "no",
	       (uintmax_t)l->definite.blocks, (uintmax_t)l->indirect.blocks,
	       (uintmax_t)l->possible.blocks, (uintmax_t)l->reachable.blocks, c->summary);
}

/* The cases whose memory over time is the point, and those whose blocks are. */
static int list_text(void)
{
	printf("For watch and guard: memory over time\n\n%-18s %-5s %-10s %-6s %-5s %-8s %s\n",
	       "CASE", "LEAKS", "HARM", "MEMORY", "CURVE", "VERDICT", "WHAT IT DOES");
	for (size_t i = 0; i < labcase_count; i++)
		if (!labcases[i].loss.known || labcases[i].size)
			list_row(&labcases[i]);
	printf("\nFor scan and check: blocks, in valgrind's classes\n\n"
	       "%-18s %-5s %10s %10s %10s %10s %s\n",
	       "CASE", "LEAKS", "DEFINITELY", "INDIRECTLY", "POSSIBLY", "REACHABLE",
	       "WHAT IT DOES");
	for (size_t i = 0; i < labcase_count; i++)
		if (labcases[i].loss.known)
			list_loss_row(&labcases[i]);
	return EXITCODE_OK;
}

/* The lab next to our own binary, as in a build tree; empty when it cannot be told. */
static void own_lab(struct strbuf *path)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0)
		return;
	self[n] = '\0';
	slash = strrchr(self, '/');
	strbuf_add(path, self, (size_t)(slash + 1 - self));
	strbuf_puts(path, "lab");
}

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

	strbuf_clear(&own);
	own_lab(&own);
	fprintf(stderr, "%s: %s\n", c->name, c->summary);
	fprintf(stderr, "truth: leaks %s, harm %s, memory %s, verdict once judged: %s\n",
		c->leaks ? "yes" : "no", labcase_harm_name(c->harm), labcase_memory_name(c->memory),
		verdict_class_name(c->verdict));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct strbuf s = STRBUF(path);

		strbuf_clear(&s);
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
		return o.common.json ? list_json() : list_text();
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
