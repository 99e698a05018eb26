/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario_key.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

struct scenario_key {
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

static const struct scenario_key keys[] = {
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

/* Each setter returns NULL, or what is wrong with the value. */

static const char *set_int(const struct scenario_key *key, struct text t, int32_t *ret)
{
	int64_t value;

	if (text_i64(t, &value) < 0 || value < key->min || value > key->max)
		return "is not a number in the range of this key";
	*ret = (int32_t)value;
	return NULL;
}

static const char *set_bytes(const struct scenario_key *key, struct text t, const char *zero,
			     uint64_t *ret)
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

static const char *set_seconds(const struct scenario_key *key, struct text t, double *ret)
{
	double value;

	if (text_seconds(t, &value) < 0 || value < (double)key->min || value > (double)key->max)
		return "is not a time in the range of this key, such as 30s";
	*ret = value;
	return NULL;
}

static const char *set_baud(const struct scenario_key *key, struct text t, int32_t *ret)
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

const char *scenario_add_command(struct plan *plan, int32_t run, enum plan_when when, struct text t)
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
		if (!isalnum((unsigned char)t.p[i]) && (!t.p[i] || !strchr("._-/", t.p[i])))
			return false;
	return t.n > 0 && t.p[0] != '/' && t.p[0] != '.' && !memmem(t.p, t.n, "..", 2);
}

const char *scenario_add_sysctl(struct plan *plan, int32_t run, struct text key, struct text value)
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

const char *scenario_key_set(const struct scenario_key *key, struct text value, struct scenario *s,
			     void *base, int32_t run)
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
		return add_words(value, at, sizeof(s->cmdline));
	case KEY_FILE:
		return add_file(s, value);
	case KEY_SET:
		return add_set(value, base);
	case KEY_START:
		return set_start(value, at);
	case KEY_COMMAND:
		return scenario_add_command(&s->plan, run, (enum plan_when)key->min, value);
	case KEY_SYSCTL:
		if (!memchr(value.p, '=', value.n) || !text_next_field(&value, '=', &name))
			return "must be NAME=VALUE";
		return scenario_add_sysctl(&s->plan, run, name, value);
	}
	return "has no type";
}

const struct scenario_key *scenario_key_find(struct text kind, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (text_is(kind, keys[i].section) && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}
