/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `bulkhead guard`: options and configuration; the daemon itself is in guard_run.c. */
#include <math.h>
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/common.h"
#include "cmd/guard_reload.h"
#include "report/json.h"

enum {
	OPTION_CONFIG = OPTION_LONG,
	OPTION_CHECK,
	OPTION_DRY_RUN,
	OPTION_DURATION,
};

static const struct argp_option options[] = {
	{ "config", OPTION_CONFIG, "FILE", 0,
	  "read FILE and FILE.d/*.conf instead of the system's bulkhead.conf", 0 },
	{ "check-config", OPTION_CHECK, NULL, 0,
	  "read the configuration, print the effective values or every error with file and line, "
	  "and exit",
	  0 },
	{ "dry-run", OPTION_DRY_RUN, NULL, 0,
	  "decide and tell as always, but change nothing and signal nobody", 0 },
	{ "duration", OPTION_DURATION, "TIME", 0, "stop after TIME (such as 90s or 10min)", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { .argp = &argp_json }, { 0 } };

struct arguments {
	struct common_options common;
	struct guard_options guard;
	bool check;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_CONFIG:
		a->guard.config = arg;
		return 0;
	case OPTION_CHECK:
		a->check = true;
		return 0;
	case OPTION_DRY_RUN:
		a->guard.dry_run = true;
		return 0;
	case OPTION_DURATION:
		a->guard.duration_seconds = option_seconds(state, "--duration", arg);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "guard takes no argument");
		return EINVAL;
	case ARGP_KEY_END:
		a->guard.json = a->common.json;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.doc = "Keep a leaking process from taking the machine down: find it by the evidence of "
	       "its "
	       "growth, and climb a ladder of acts as exhaustion nears - tell, steer the kernel's "
	       "own "
	       "choice, save evidence, limit, SIGTERM, SIGKILL - without touching the innocent. "
	       "Each "
	       "decision is told with its candidates and its reason.\v"
	       "SIGHUP reloads the configuration; SIGTERM and SIGINT stop guard, which then takes "
	       "back "
	       "every oom_score_adj and limit it changed.",
};

static void add_setting(void *array, const char *section, const char *key, const char *value)
{
	(void)json_add(array, json_pack("{s:s, s:s, s:s}", "section", section, "key", key, "value",
					value));
}

static json_t *escaped(const char *string)
{
	return json_escaped(text_string(string));
}

static json_t *config_json(const struct guard_config *c)
{
	const uint32_t errors = MIN(c->report.error_count, (uint32_t)CONFIG_ERRORS_MAX);
	json_t *files = json_array(), *settings = json_array(), *error = json_array();

	for (uint32_t i = 0; i < c->report.file_count; i++)
		(void)json_add(files, escaped(c->report.file[i]));
	for (uint32_t i = 0; i < errors; i++) {
		const struct config_error *e = &c->report.error[i];

		(void)json_add(error, json_pack("{s:o, s:o, s:s}", "file", escaped(e->file), "line",
						e->line ? json_integer(e->line) : json_null(),
						"error", e->text));
	}
	guard_config_each(&c->policy, add_setting, settings);
	return json_pack("{s:s, s:b, s:I, s:o, s:o, s:o}", "schema", "bulkhead.guard/1", "valid",
			 c->report.error_count == 0, "error_count",
			 (json_int_t)c->report.error_count, "errors", error, "files", files,
			 "settings", settings);
}

static void show_config(const struct guard_config *c)
{
	static char text[64 * 1024];
	struct strbuf s = STRBUF(text);

	for (uint32_t i = 0; i < c->report.file_count; i++)
		printf("# read %s\n", c->report.file[i]);
	guard_config_show(&c->policy, &s);
	(void)fputs(text, stdout);
}

static int check_config(const struct guard_config *c, bool json)
{
	if (c->report.error_count)
		config_complain(&c->report);
	if (json && json_print(stdout, config_json(c)) < 0)
		return EXITCODE_UNDETERMINED;
	if (!json && !c->report.error_count)
		show_config(c);
	return c->report.error_count ? EXITCODE_USAGE : EXITCODE_OK;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .guard.duration_seconds = (double)INFINITY };
	struct guard_config *config;
	struct fault f;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
		return EXITCODE_USAGE;
	config = guard_config_map(&f);
	if (!config)
		return fail(EXITCODE_UNDETERMINED, &f);
	guard_policy_default(&config->policy);
	int r = guard_config_read(a.guard.config, &config->policy, &config->report);

	if (a.check)
		return check_config(config, a.guard.json);
	if (r < 0) {
		config_complain(&config->report);
		return EXITCODE_USAGE;
	}
	return guard_run(&a.guard, &config->policy);
}

const struct command command_guard = {
	.name = "guard",
	.summary = "contain the leaking process before memory runs out",
	.argp = &argp,
	.overhead =
		"At rest guard scans all processes every 10 s (some 8 us of CPU each) and looks "
		"at "
		"the limits once a second; nearer to exhaustion up to twice a second. It tracks "
		"4,096 processes and 1,024 cgroups in less than 4 MiB of locked memory; what is "
		"over "
		"capacity is counted and told. It never reads maps, smaps or cmdline itself: "
		"evidence "
		"is saved by a helper process within a budget. The measured figures are in "
		"docs/OVERHEAD.md.",
	.examples =
		"bulkhead guard --dry-run\twatch what guard would do\n"
		"bulkhead guard --check-config\tprint the effective configuration\n"
		"bulkhead guard --json --duration 10min\tdecisions as JSON lines for ten minutes\n",
	.run = run,
};
