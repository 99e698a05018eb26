/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/guard_config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/ini_text.h"

#define RULES_KEY "match"

enum key_type {
	KEY_BOOL,
	KEY_SECONDS,
	KEY_SHARE, /* "25%" or "0.25" */
	KEY_BYTES,
	KEY_COUNT,
	KEY_ADJ,   /* -1000..1000 */
	KEY_QUIET, /* auto, or a bool */
	KEY_LEVEL, /* 1..15, of the console */
	KEY_PATH,  /* absolute, or empty */
	KEY_COMMAND,
	KEY_RULES,
};

struct key {
	const char *section, *name;
	enum key_type type;
	size_t offset;
};

#define KEY(section, name, type, member)                                                           \
	{                                                                                          \
		section, name, type, offsetof(struct guard_policy, member)                         \
	}

static const struct key keys[] = {
	KEY("guard", "dry_run", KEY_BOOL, dry_run),
	KEY("guard", "rest_interval", KEY_SECONDS, rest_seconds),
	KEY("guard", "fast_interval", KEY_SECONDS, fast_seconds),
	KEY("guard", "headroom_interval", KEY_SECONDS, headroom_seconds),
	KEY("guard", "state_file", KEY_PATH, state_file),
	KEY("guard", "decision_log", KEY_PATH, decision_log),
	KEY("guard", "journal", KEY_BOOL, journal),
	KEY("scope", RULES_KEY, KEY_RULES, only),
	KEY("protect", RULES_KEY, KEY_RULES, protect),
	KEY("prefer", RULES_KEY, KEY_RULES, prefer),
	KEY("critical", RULES_KEY, KEY_RULES, critical),
	KEY("critical", "oom_score_adj", KEY_ADJ, critical_oom_score_adj),
	KEY("judge", "noise_floor", KEY_BYTES, growth.noise_floor_bytes),
	KEY("ladder", "notify", KEY_BOOL, notify),
	KEY("ladder", "notify_command", KEY_COMMAND, notify_command),
	KEY("ladder", "steer", KEY_BOOL, steer),
	KEY("ladder", "limit", KEY_BOOL, limit),
	KEY("ladder", "limit_exhaustion", KEY_SECONDS, limit_seconds),
	KEY("ladder", "term", KEY_BOOL, term),
	KEY("ladder", "term_exhaustion", KEY_SECONDS, term_seconds),
	KEY("ladder", "term_share", KEY_SHARE, term_share),
	KEY("ladder", "floor_share", KEY_SHARE, floor_share),
	KEY("ladder", "grace", KEY_SECONDS, grace_seconds),
	KEY("ladder", "kill", KEY_BOOL, kill),
	KEY("ladder", "verify", KEY_SECONDS, verify_seconds),
	KEY("ladder", "clear_after", KEY_SECONDS, clear_seconds),
	KEY("evidence", "enabled", KEY_BOOL, evidence),
	KEY("evidence", "directory", KEY_PATH, evidence_dir),
	KEY("evidence", "keep", KEY_COUNT, evidence_keep),
	KEY("evidence", "budget", KEY_SECONDS, evidence_seconds),
	KEY("fallback", "enabled", KEY_BOOL, fallback),
	KEY("fallback", "cgroups", KEY_BOOL, fallback_cgroups),
	KEY("fallback", "share", KEY_SHARE, fallback_share),
	KEY("fallback", "exhaustion", KEY_SECONDS, fallback_seconds),
	KEY("console", "quiet", KEY_QUIET, quiet),
	KEY("console", "level", KEY_LEVEL, quiet_level),
	KEY("console", "stall", KEY_SECONDS, quiet_stall_seconds),
	KEY("console", "share", KEY_SHARE, quiet_share),
	KEY("console", "exhaustion", KEY_SECONDS, quiet_seconds),
	KEY("console", "restore_after", KEY_SECONDS, quiet_restore_seconds),
};

void guard_policy_default(struct guard_policy *ret)
{
	*ret = (struct guard_policy){
		.rest_seconds = 10,
		.fast_seconds = 0.5,
		.headroom_seconds = 1,
		.critical_oom_score_adj = -900,
		.notify = true,
		.steer = true,
		.evidence = true,
		.limit = true,
		.term = true,
		.kill = true,
		.limit_seconds = 600,
		.term_seconds = 60,
		.term_share = 0.25,
		.floor_share = 0.05,
		.grace_seconds = 5,
		.verify_seconds = 5,
		.clear_seconds = 60,
		.evidence_seconds = 0.5,
		.fallback = true,
		.fallback_share = 0.05,
		.fallback_seconds = 10,
		.quiet = QUIET_AUTO,
		.quiet_level = 4,
		.quiet_stall_seconds = 1,
		.quiet_share = 0.1,
		.quiet_seconds = 60,
		.quiet_restore_seconds = 30,
		.state_file = "/var/lib/bulkhead/guard.state",
		.decision_log = "/var/lib/bulkhead/decisions.jsonl",
		.evidence_dir = "/var/lib/bulkhead/evidence",
		.evidence_keep = 32,
		.journal = true,
	};
}

static const struct key *find_key(const char *section, const char *name, bool *ret_section_known)
{
	*ret_section_known = false;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].section, section) != 0)
			continue;
		*ret_section_known = true;
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

/* Each setter returns NULL, or what is wrong with the value and what would be right. */

static const char *set_bool(struct text t, bool *ret)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (text_is(t, yes[i]) || text_is(t, no[i])) {
			*ret = text_is(t, yes[i]);
			return NULL;
		}
	}
	return "must be yes or no";
}

static const char *set_seconds(struct text t, double *ret)
{
	double value;

	if (text_seconds(t, &value) < 0)
		return "must be a time such as 500ms, 30s, 10min, 2h";
	if (value < 0.05 || value > 30 * 86400.0)
		return "must lie between 50ms and 30d";
	*ret = value;
	return NULL;
}

static const char *set_share(struct text t, double *ret)
{
	double factor = 1, value;

	if (t.n && t.p[t.n - 1] == '%') {
		factor = 0.01;
		t.n--;
	}
	if (text_double(text_trim(t), &value) < 0 || value * factor < 0 || value * factor > 1)
		return "must be a share such as 25% or 0.25";
	*ret = value * factor;
	return NULL;
}

static const char *set_count(struct text t, uint64_t *ret)
{
	uint64_t value;

	if (text_u64(t, &value) < 0 || value < 1 || value > 100000)
		return "must be a number from 1 to 100000";
	*ret = value;
	return NULL;
}

static const char *set_bytes(struct text t, uint64_t *ret)
{
	return text_bytes(t, ret) < 0 ? "must be a size such as 8MiB" : NULL;
}

static const char *set_adj(struct text t, int64_t *ret)
{
	int64_t value;

	if (text_i64(t, &value) < 0 || value < -999 || value > 1000)
		return "must be a number from -999 to 1000";
	*ret = value;
	return NULL;
}

static const char *set_quiet(struct text t, enum quiet_mode *ret)
{
	bool yes;

	if (text_is(t, "auto")) {
		*ret = QUIET_AUTO;
		return NULL;
	}
	if (set_bool(t, &yes))
		return "must be auto, yes or no";
	*ret = yes ? QUIET_YES : QUIET_NO;
	return NULL;
}

static const char *set_level(struct text t, uint64_t *ret)
{
	uint64_t value;

	/* The kernel knows 0 to 7; at 8 nothing would be kept from the console. */
	if (text_u64(t, &value) < 0 || value < 1 || value > 7)
		return "must be a log level from 1 to 7";
	*ret = value;
	return NULL;
}

static const char *set_path(struct text t, char *ret)
{
	if (t.n && t.p[0] != '/')
		return "must be an absolute path, or empty for none";
	return text_copy(t, ret, GUARD_PATH_SIZE) < 0 ? "is too long (255 bytes at most)" : NULL;
}

static const char *set_command(struct text t, char *ret)
{
	return text_copy(t, ret, GUARD_PATH_SIZE) < 0 ? "is too long (255 bytes at most)" : NULL;
}

static const char *const rule_names[] = {
	[RULE_COMM] = "comm:", [RULE_UNIT] = "unit:",	    [RULE_CGROUP] = "cgroup:",
	[RULE_UID] = "uid:",   [RULE_SESSION] = "session:",
};

static bool rule_field_is_number(enum rule_field f)
{
	return f == RULE_UID || f == RULE_SESSION;
}

static const char *add_rule(struct text t, struct rule_list *list)
{
	struct rule r = { 0 };
	uint64_t number = 0;
	size_t i = 0;

	if (!t.n) {
		list->count = 0;
		return NULL;
	}
	while (i < ARRAY_SIZE(rule_names) && !text_skip_prefix(&t, rule_names[i]))
		i++;
	if (i == ARRAY_SIZE(rule_names))
		return "must begin with comm:, unit:, cgroup:, uid: or session:";
	r.field = (enum rule_field)i;
	t = text_trim(t);
	if (!t.n || text_copy(t, r.pattern, sizeof(r.pattern)) < 0)
		return "needs a pattern of 1 to 127 bytes";
	if (rule_field_is_number(r.field) && (text_u64(t, &number) < 0 || number > INT32_MAX))
		return "needs a number after uid: or session:";
	r.number = (uint32_t)number;
	if (list->count == RULES_MAX)
		return "is one rule too many: 32 fit into a list";
	list->rule[list->count++] = r;
	return NULL;
}

static const char *set_value(const struct key *key, struct text value, struct guard_policy *policy)
{
	void *at = (char *)policy + key->offset;

	switch (key->type) {
	case KEY_BOOL:
		return set_bool(value, at);
	case KEY_SECONDS:
		return set_seconds(value, at);
	case KEY_SHARE:
		return set_share(value, at);
	case KEY_BYTES:
		return set_bytes(value, at);
	case KEY_COUNT:
		return set_count(value, at);
	case KEY_ADJ:
		return set_adj(value, at);
	case KEY_QUIET:
		return set_quiet(value, at);
	case KEY_LEVEL:
		return set_level(value, at);
	case KEY_PATH:
		return set_path(value, at);
	case KEY_COMMAND:
		return set_command(value, at);
	case KEY_RULES:
		return add_rule(value, at);
	}
	return "has no type";
}

struct parse {
	const char *file;
	struct guard_policy *policy;
	struct config_report *report;
};

void config_error_add(struct config_report *report, const char *file, unsigned line,
		      const char *section, const char *key, const char *problem)
{
	struct config_error *e;
	struct strbuf text;

	if (report->error_count++ >= CONFIG_ERRORS_MAX)
		return;
	e = &report->error[report->error_count - 1];
	(void)snprintf(e->file, sizeof(e->file), "%s", file);
	e->line = line;
	text = STRBUF(e->text);
	ini_describe(&text, section, key, problem);
}

static void add_error(void *arg, unsigned line, const char *section, const char *key,
		      const char *problem)
{
	struct parse *p = arg;

	config_error_add(p->report, p->file, line, section, key, problem);
}

static const char *handle_key(void *arg, unsigned line, const char *section, const char *name,
			      struct text value)
{
	struct parse *p = arg;
	bool section_known;
	const struct key *key = find_key(section, name, &section_known);

	(void)line;
	if (!section_known)
		return "no such section";
	return key ? set_value(key, value, p->policy) : "no such key";
}

void guard_config_parse(const char *buf, size_t len, const char *file, struct guard_policy *policy,
			struct config_report *report)
{
	struct parse p = { .file = file, .policy = policy, .report = report };
	const struct ini_reader reader = { .arg = &p, .key = handle_key, .problem = add_error };

	ini_read(text_of(buf, len), &reader);
}

static const char *const quiet_names[] = {
	[QUIET_AUTO] = "auto",
	[QUIET_YES] = "yes",
	[QUIET_NO] = "no",
};

static void show_value(const struct key *key, const struct guard_policy *policy, struct strbuf *out)
{
	const char *at = (const char *)policy + key->offset;

	switch (key->type) {
	case KEY_BOOL:
		strbuf_puts(out, *(const bool *)at ? "yes" : "no");
		break;
	case KEY_SECONDS:
		strbuf_printf(out, "%gs", *(const double *)at);
		break;
	case KEY_SHARE:
		strbuf_printf(out, "%g%%", *(const double *)at * 100);
		break;
	case KEY_QUIET:
		strbuf_puts(out, quiet_names[*(const enum quiet_mode *)at]);
		break;
	case KEY_BYTES:
	case KEY_COUNT:
	case KEY_LEVEL:
		strbuf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)at);
		break;
	case KEY_ADJ:
		strbuf_printf(out, "%lld", (long long)*(const int64_t *)at);
		break;
	case KEY_PATH:
	case KEY_COMMAND:
		strbuf_escape(out, text_string(at));
		break;
	case KEY_RULES:
		break;
	}
}

static void show_rule(const struct rule *r, struct strbuf *out)
{
	strbuf_puts(out, rule_names[r->field]);
	strbuf_escape(out, text_string(r->pattern));
}

void guard_config_each(const struct guard_policy *policy,
		       void (*each)(void *arg, const char *section, const char *key,
				    const char *value),
		       void *arg)
{
	char value[4 * GUARD_PATH_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct key *key = &keys[i];
		const struct rule_list *rules = (const void *)((const char *)policy + key->offset);
		const bool list = key->type == KEY_RULES;

		for (uint32_t n = 0; n < (list ? rules->count : 1); n++) {
			struct strbuf s = STRBUF(value);

			if (list)
				show_rule(&rules->rule[n], &s);
			else
				show_value(key, policy, &s);
			each(arg, key->section, key->name, value);
		}
	}
}

static void show_line(void *arg, const char *section, const char *key, const char *value)
{
	strbuf_printf(arg, "[%s] %s = %s\n", section, key, value);
}

void guard_config_show(const struct guard_policy *policy, struct strbuf *out)
{
	guard_config_each(policy, show_line, out);
}
