/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/ini_text.h"
#include "base/strbuf.h"
#include "scenario_key.h"

struct parse {
	struct scenario *s;
	struct scenario_report *report;
	struct plan_run defaults;
	bool settings; /* reading --set: "run" means all that there are */
};

static void add_error(void *arg, unsigned line, const char *section, const char *name,
		      const char *problem)
{
	struct parse *p = arg;
	struct scenario_error *e;
	struct strbuf text;

	if (p->report->error_count++ >= SCENARIO_ERRORS)
		return;
	e = &p->report->error[p->report->error_count - 1];
	e->line = line;
	text = STRBUF(e->text);
	ini_describe(&text, section, name, problem);
}

static struct plan_run *find_run(struct plan *plan, struct text name)
{
	for (int32_t i = 0; i < plan->run_count; i++)
		if (text_is(name, plan->run[i].name))
			return &plan->run[i];
	return NULL;
}

static struct plan_program *find_program(struct plan *plan, struct text name)
{
	for (int32_t i = 0; i < plan->program_count; i++)
		if (text_is(name, plan->program[i].name))
			return &plan->program[i];
	return NULL;
}

/* The commands and sysctls of [run] are those of each later run, too. */
static const char *inherit(struct plan *plan, int32_t run)
{
	int32_t commands = plan->command_count, sysctls = plan->sysctl_count;
	const char *problem = NULL;

	for (int32_t i = 0; i < commands && !problem; i++) {
		const struct plan_command *c = &plan->command[i];

		if (c->run == RUN_DEFAULTS)
			problem = scenario_add_command(plan, run, (enum plan_when)c->when,
						       text_of(c->text, strlen(c->text)));
	}
	for (int32_t i = 0; i < sysctls && !problem; i++) {
		const struct plan_sysctl *s = &plan->sysctl[i];

		if (s->run == RUN_DEFAULTS)
			problem = scenario_add_sysctl(plan, run, text_of(s->key, strlen(s->key)),
						      text_of(s->value, strlen(s->value)));
	}
	return problem;
}

static const char *add_run(struct parse *p, struct text name)
{
	struct plan *plan = &p->s->plan;
	struct plan_run *r = &plan->run[plan->run_count];

	if (find_run(plan, name))
		return "this run is there already";
	if (plan->run_count == PLAN_RUNS)
		return "one run too many: 256 are the most";
	*r = p->defaults;
	if (text_copy(name, r->name, sizeof(r->name)) < 0)
		return "the name of this run is too long";
	plan->run_count++;
	return inherit(plan, plan->run_count - 1);
}

static const char *add_program(struct parse *p, struct text name)
{
	struct plan *plan = &p->s->plan;
	struct plan_program *program = &plan->program[plan->program_count];

	if (find_program(plan, name))
		return "this program is there already";
	if (plan->program_count == PLAN_PROGRAMS)
		return "one program too many: 32 are the most";
	*program = (struct plan_program){ .count = 1 };
	if (text_copy(name, program->name, sizeof(program->name)) < 0)
		return "the name of this program is too long";
	plan->program_count++;
	return NULL;
}

/* "run storm" to "run" and "storm". */
static struct text split_section(struct text section, struct text *ret_name)
{
	struct text word = section;

	*ret_name = text_of("", 0);
	if (text_next_word(&section, &word))
		*ret_name = text_trim(section);
	return word;
}

static const char *handle_section(void *arg, unsigned line, struct text section)
{
	struct parse *p = arg;
	struct text name, kind = split_section(section, &name);

	(void)line;
	if (text_is(kind, "run"))
		return name.n ? add_run(p, name) : NULL;
	if (text_is(kind, "program"))
		return name.n ? add_program(p, name) : "a program needs a name: [program NAME]";
	if (name.n || (!text_is(kind, "machine") && !text_is(kind, "sysctl")))
		return "no such section: [machine], [sysctl], [run], [run NAME], [program NAME]";
	return NULL;
}

static const char *set_in_runs(struct parse *p, const struct scenario_key *key, struct text name,
			       struct text value)
{
	struct plan *plan = &p->s->plan;
	const char *problem = NULL;

	if (!name.n && !p->settings)
		return scenario_key_set(key, value, p->s, &p->defaults, RUN_DEFAULTS);
	if (name.n && !find_run(plan, name))
		return "no such run";
	for (int32_t i = 0; i < plan->run_count && !problem; i++)
		if (!name.n || text_is(name, plan->run[i].name))
			problem = scenario_key_set(key, value, p->s, &plan->run[i], i);
	return problem;
}

static const char *handle_key(void *arg, unsigned line, const char *section, const char *name,
			      struct text value)
{
	struct parse *p = arg;
	struct text which, kind = split_section(text_of(section, strlen(section)), &which);
	const struct scenario_key *key = scenario_key_find(kind, name);
	struct plan_program *program = find_program(&p->s->plan, which);

	(void)line;
	if (text_is(kind, "sysctl"))
		return scenario_add_sysctl(&p->s->plan, PLAN_ALL_RUNS, text_of(name, strlen(name)),
					   value);
	if (!key)
		return "no such key";
	if (text_is(kind, "run"))
		return set_in_runs(p, key, which, value);
	if (!text_is(kind, "program"))
		return scenario_key_set(key, value, p->s, p->s, 0);
	return program ? scenario_key_set(key, value, p->s, program, 0) : "no such program";
}

/* inih takes what follows a blank and a semicolon for a comment; in a command that is a mistake. */
static void check_commands(struct parse *p, struct text in)
{
	static const char *const names[] = { "before", "trigger", "after", "command" };
	struct text line, word;

	for (unsigned number = 1; text_next_line(&in, &line); number++) {
		struct text rest = line;

		if (!text_next_field(&rest, '=', &word) || !memmem(rest.p, rest.n, " ;", 2))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (text_is(text_trim(word), names[i]))
				add_error(p, number, NULL, names[i],
					  "has ' ;', which begins a comment; write '&&', or ';' "
					  "without a blank before it");
	}
}

static void apply_setting(struct parse *p, const char *setting)
{
	struct text rest = text_of(setting, strlen(setting)), section, name;
	char section_text[PLAN_NAME], name_text[PLAN_NAME];
	const char *problem = "must be SECTION.KEY=VALUE";

	if (memchr(rest.p, '=', rest.n) && text_next_field(&rest, '.', &section) &&
	    text_next_field(&rest, '=', &name) && text_trim(name).n &&
	    text_copy(text_trim(section), section_text, sizeof(section_text)) == 0 &&
	    text_copy(text_trim(name), name_text, sizeof(name_text)) == 0)
		problem = handle_key(p, 0, section_text, name_text, text_trim(rest));
	if (problem)
		add_error(p, 0, "--set", setting, problem);
}

static void check_whole(struct parse *p)
{
	struct scenario *s = p->s;
	struct plan *plan = &s->plan;

	if (plan->run_count == 0)
		add_error(p, 0, NULL, NULL, "there is no run: a section [run NAME] is needed");
	if (s->memory_bytes % ((uint64_t)s->nodes << 20))
		add_error(p, 0, "machine", "memory", "must be whole MiB for each of its nodes");
	for (int32_t i = 0; i < plan->program_count; i++) {
		const struct plan_program *q = &plan->program[i];

		if (!q->command[0])
			add_error(p, 0, "program", q->name, "has no command");
		if (q->set_count > 0 && !q->cgroup[0])
			add_error(p, 0, "program", q->name, "has 'set' but no 'cgroup'");
		if (q->only[0] && !find_run(plan, text_of(q->only, strlen(q->only))))
			add_error(p, 0, "program", q->name, "names a run that is not there");
	}
}

static void set_defaults(struct scenario *s, struct plan_run *run)
{
	*s = (struct scenario){
		.memory_bytes = 512 * MIB,
		.cpus = 2,
		.nodes = 1,
		.console_baud = 115200,
		.timeout_seconds = 600,
	};
	s->plan.magic = PLAN_MAGIC;
	*run = (struct plan_run){
		.console_loglevel = 7,
		.oom_dump_tasks = 1,
		.seconds = 600,
		.baseline_seconds = 1,
		.settle_seconds = 1,
		.kmsg_line_bytes = 80,
	};
}

int scenario_parse(struct text in, const char *const *settings, uint32_t setting_count,
		   struct scenario *ret, struct scenario_report *report)
{
	struct parse p = { .s = ret, .report = report };
	const struct ini_reader reader = {
		.arg = &p, .key = handle_key, .section = handle_section, .problem = add_error
	};

	report->error_count = 0;
	set_defaults(ret, &p.defaults);
	check_commands(&p, in);
	ini_read(in, &reader);
	p.settings = true;
	for (uint32_t i = 0; i < setting_count; i++)
		apply_setting(&p, settings[i]);
	check_whole(&p);
	ret->plan.zram_mib = (int32_t)(ret->zram_bytes >> 20);
	ret->plan.swap_disk = ret->swap_bytes > 0;
	return report->error_count ? -EINVAL : 0;
}
