/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/ini.h"
#include "base/strbuf.h"

/* In plan_command.run and plan_sysctl.run while reading: of the section [run], for later runs. */
#define RUN_DEFAULTS (-2)

enum key_type {
	KEY_INT,
	KEY_BYTES,
	KEY_NONE_OR_BYTES, /* "none" is 0 */
	KEY_RATE,	   /* bytes a second; "max" is 0 */
	KEY_BAUD,
	KEY_SECONDS,
	KEY_TIMED, /* seconds, and notes in plan_run.timed that they were given */
	KEY_BOOL,
	KEY_NAME,  /* PLAN_NAME bytes */
	KEY_COMM,  /* 16 bytes */
	KEY_TEXT,  /* PLAN_TEXT bytes */
	KEY_WORDS, /* struct scenario.cmdline: added up */
	KEY_FILE,
	KEY_SET,
	KEY_START,
	KEY_COMMAND, /* of a run; .min is its enum plan_when */
	KEY_SYSCTL,  /* of a run */
};

struct key {
	const char *section, *name;
	enum key_type type;
	size_t offset; /* in struct scenario, plan_run or plan_program, as the section says */
	int64_t min, max;
};

#define MACHINE(name, type, member, min, max)                                                      \
	{                                                                                          \
		"machine", name, type, offsetof(struct scenario, member), min, max                 \
	}
#define RUN(name, type, member, min, max)                                                          \
	{                                                                                          \
		"run", name, type, offsetof(struct plan_run, member), min, max                     \
	}
#define PROGRAM(name, type, member, min, max)                                                      \
	{                                                                                          \
		"program", name, type, offsetof(struct plan_program, member), min, max             \
	}

static const struct key keys[] = {
	MACHINE("memory", KEY_BYTES, memory_bytes, 64 << 20, 8LL << 30),
	MACHINE("cpus", KEY_INT, cpus, 1, PLAN_CPUS),
	MACHINE("nodes", KEY_INT, nodes, 1, PLAN_NODES),
	MACHINE("swap", KEY_NONE_OR_BYTES, swap_bytes, 1 << 20, 8LL << 30),
	MACHINE("zram", KEY_NONE_OR_BYTES, zram_bytes, 1 << 20, 8LL << 30),
	MACHINE("kernel", KEY_TEXT, kernel, 0, 0),
	MACHINE("console_baud", KEY_BAUD, console_baud, 300, 4000000),
	MACHINE("cmdline", KEY_WORDS, cmdline, 0, 0),
	MACHINE("file", KEY_FILE, file, 0, 0),
	MACHINE("bulkhead", KEY_BOOL, bulkhead, 0, 0),
	MACHINE("timeout", KEY_SECONDS, timeout_seconds, 1, 86400),
	RUN("tasks", KEY_INT, tasks, 0, 4000),
	RUN("allocators", KEY_INT, allocators, 0, 1000),
	RUN("leakers", KEY_INT, leakers, 0, 1000),
	RUN("leak_rate", KEY_RATE, leak_bytes_per_second, 1 << 20, 1LL << 40),
	RUN("console_loglevel", KEY_INT, console_loglevel, 1, 15),
	RUN("oom_dump_tasks", KEY_INT, oom_dump_tasks, 0, 1),
	RUN("kills", KEY_INT, kills, 0, 1000),
	RUN("seconds", KEY_TIMED, seconds, 0, 86400),
	RUN("baseline", KEY_SECONDS, baseline_seconds, 0, 3600),
	RUN("settle", KEY_SECONDS, settle_seconds, 0, 3600),
	RUN("kmsg_lines", KEY_INT, kmsg_lines, 0, 10000),
	RUN("kmsg_line_bytes", KEY_INT, kmsg_line_bytes, 32, 900),
	RUN("loglevel_varies", KEY_BOOL, loglevel_varies, 0, 0),
	RUN("panics", KEY_BOOL, panics, 0, 0),
	RUN("before", KEY_COMMAND, name, PLAN_BEFORE, 0),
	RUN("trigger", KEY_COMMAND, name, PLAN_TRIGGER, 0),
	RUN("after", KEY_COMMAND, name, PLAN_AFTER, 0),
	RUN("sysctl", KEY_SYSCTL, name, 0, 0),
	PROGRAM("command", KEY_TEXT, command, 0, 0),
	PROGRAM("comm", KEY_COMM, comm, 0, 0),
	PROGRAM("count", KEY_INT, count, 1, 1000),
	PROGRAM("oom_score_adj", KEY_INT, oom_score_adj, -1000, 1000),
	PROGRAM("cgroup", KEY_NAME, cgroup, 0, 0),
	PROGRAM("set", KEY_SET, set, 0, 0),
	PROGRAM("run", KEY_NAME, only, 0, 0),
	PROGRAM("start", KEY_START, with_leakers, 0, 0),
};

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

/* Each setter returns NULL, or what is wrong with the value. */

static const char *set_int(const struct key *key, struct text t, int32_t *ret)
{
	int64_t value;

	if (text_i64(t, &value) < 0 || value < key->min || value > key->max)
		return "is not a number in the range of this key";
	*ret = (int32_t)value;
	return NULL;
}

static const char *set_bytes(const struct key *key, struct text t, const char *zero, uint64_t *ret)
{
	uint64_t value = 0;

	if (!zero || !text_is(t, zero)) {
		if (text_bytes(t, &value) < 0 || value < (uint64_t)key->min ||
		    value > (uint64_t)key->max)
			return "is not a size in the range of this key, such as 512M";
	}
	*ret = value;
	return NULL;
}

static const char *set_seconds(const struct key *key, struct text t, double *ret)
{
	double value;

	if (text_seconds(t, &value) < 0 || value < (double)key->min || value > (double)key->max)
		return "is not a time in the range of this key, such as 30s";
	*ret = value;
	return NULL;
}

static const char *set_baud(const struct key *key, struct text t, int32_t *ret)
{
	if (text_is(t, "none")) {
		*ret = 0;
		return NULL;
	}
	return set_int(key, t, ret) ? "must be none or a number from 300 to 4000000" : NULL;
}

static const char *set_bool(struct text t, bool *ret)
{
	if (!text_is(t, "yes") && !text_is(t, "no"))
		return "must be yes or no";
	*ret = text_is(t, "yes");
	return NULL;
}

static const char *set_text(struct text t, char *buf, size_t size)
{
	return text_copy(t, buf, size) < 0 ? "is too long" : NULL;
}

static const char *add_words(struct text t, char *buf, size_t size)
{
	size_t used = strlen(buf);

	if (used + t.n + 2 > size)
		return "is too long: 1000 bytes are the most";
	(void)snprintf(buf + used, size - used, "%s%.*s", used ? " " : "", (int)t.n, t.p);
	return NULL;
}

static const char *add_file(struct scenario *s, struct text t)
{
	struct scenario_file *f = &s->file[s->file_count];
	struct text host, guest, more;

	if (s->file_count == SCENARIO_FILES)
		return "is one file too many: 32 are the most";
	if (!text_next_word(&t, &host) || !text_next_word(&t, &guest) ||
	    text_next_word(&t, &more) || guest.p[0] != '/')
		return "must be HOST-PATH /GUEST-PATH, without blanks in them";
	if (text_copy(host, f->host, sizeof(f->host)) < 0 ||
	    text_copy(guest, f->guest, sizeof(f->guest)) < 0)
		return "is too long";
	s->file_count++;
	return NULL;
}

static const char *add_set(struct text t, struct plan_program *p)
{
	if (p->set_count == (int32_t)ARRAY_SIZE(p->set))
		return "is one setting too many: 4 are the most";
	if (!memchr(t.p, '=', t.n))
		return "must be FILE=VALUE, such as memory.max=64M";
	if (text_copy(t, p->set[p->set_count], sizeof(p->set[0])) < 0)
		return "is too long: 63 bytes are the most";
	p->set_count++;
	return NULL;
}

static const char *set_start(struct text t, bool *ret_with_leakers)
{
	if (!text_is(t, "baseline") && !text_is(t, "leak"))
		return "must be baseline or leak";
	*ret_with_leakers = text_is(t, "leak");
	return NULL;
}

static const char *add_command(struct plan *plan, int32_t run, enum plan_when when, struct text t)
{
	struct plan_command *c = &plan->command[plan->command_count];

	if (plan->command_count == PLAN_ITEMS)
		return "is one command too many";
	if (text_copy(t, c->text, sizeof(c->text)) < 0)
		return "is too long";
	c->run = run;
	c->when = (int32_t)when;
	plan->command_count++;
	return NULL;
}

static bool is_sysctl_key(struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (!isalnum((unsigned char)t.p[i]) && !memchr("._-/", t.p[i], 4))
			return false;
	return t.n > 0 && t.p[0] != '/' && t.p[0] != '.' && !memmem(t.p, t.n, "..", 2);
}

static const char *add_sysctl(struct plan *plan, int32_t run, struct text key, struct text value)
{
	struct plan_sysctl *s = &plan->sysctl[plan->sysctl_count];

	key = text_trim(key);
	if (plan->sysctl_count == PLAN_ITEMS)
		return "is one sysctl too many";
	if (!is_sysctl_key(key) || text_copy(key, s->key, sizeof(s->key)) < 0)
		return "is not the name of a sysctl, such as vm.swappiness";
	if (text_copy(text_trim(value), s->value, sizeof(s->value)) < 0)
		return "has too long a value";
	s->run = run;
	plan->sysctl_count++;
	return NULL;
}

static const char *set_value(struct parse *p, const struct key *key, struct text value, void *base,
			     int32_t run)
{
	void *at = (char *)base + key->offset;
	struct text name;

	switch (key->type) {
	case KEY_INT:
		return set_int(key, value, at);
	case KEY_BYTES:
		return set_bytes(key, value, NULL, at);
	case KEY_NONE_OR_BYTES:
		return set_bytes(key, value, "none", at);
	case KEY_RATE:
		return set_bytes(key, value, "max", at);
	case KEY_BAUD:
		return set_baud(key, value, at);
	case KEY_TIMED:
		((struct plan_run *)base)->timed = true;
		return set_seconds(key, value, at);
	case KEY_SECONDS:
		return set_seconds(key, value, at);
	case KEY_BOOL:
		return set_bool(value, at);
	case KEY_NAME:
		return set_text(value, at, PLAN_NAME);
	case KEY_COMM:
		return set_text(value, at, sizeof(((struct plan_program *)0)->comm));
	case KEY_TEXT:
		return set_text(value, at, PLAN_TEXT);
	case KEY_WORDS:
		return add_words(value, at, sizeof(p->s->cmdline));
	case KEY_FILE:
		return add_file(p->s, value);
	case KEY_SET:
		return add_set(value, base);
	case KEY_START:
		return set_start(value, at);
	case KEY_COMMAND:
		return add_command(&p->s->plan, run, (enum plan_when)key->min, value);
	case KEY_SYSCTL:
		if (!text_next_field(&value, '=', &name))
			return "must be NAME=VALUE";
		return add_sysctl(&p->s->plan, run, name, value);
	}
	return "has no type";
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
			problem = add_command(plan, run, (enum plan_when)c->when,
					      text_of(c->text, strlen(c->text)));
	}
	for (int32_t i = 0; i < sysctls && !problem; i++) {
		const struct plan_sysctl *s = &plan->sysctl[i];

		if (s->run == RUN_DEFAULTS)
			problem = add_sysctl(plan, run, text_of(s->key, strlen(s->key)),
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

static const struct key *find_key(struct text kind, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (text_is(kind, keys[i].section) && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static const char *set_in_runs(struct parse *p, const struct key *key, struct text name,
			       struct text value)
{
	struct plan *plan = &p->s->plan;
	const char *problem = NULL;

	if (!name.n && !p->settings)
		return set_value(p, key, value, &p->defaults, RUN_DEFAULTS);
	if (name.n && !find_run(plan, name))
		return "no such run";
	for (int32_t i = 0; i < plan->run_count && !problem; i++)
		if (!name.n || text_is(name, plan->run[i].name))
			problem = set_value(p, key, value, &plan->run[i], i);
	return problem;
}

static const char *handle_key(void *arg, unsigned line, const char *section, const char *name,
			      struct text value)
{
	struct parse *p = arg;
	struct text which, kind = split_section(text_of(section, strlen(section)), &which);
	const struct key *key = find_key(kind, name);
	struct plan_program *program = find_program(&p->s->plan, which);

	(void)line;
	if (text_is(kind, "sysctl"))
		return add_sysctl(&p->s->plan, PLAN_ALL_RUNS, text_of(name, strlen(name)), value);
	if (!key)
		return "no such key";
	if (text_is(kind, "run"))
		return set_in_runs(p, key, which, value);
	if (!text_is(kind, "program"))
		return set_value(p, key, value, p->s, 0);
	return program ? set_value(p, key, value, program, 0) : "no such program";
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
