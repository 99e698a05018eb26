/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/rsyslog_conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "source/conf_files.h"
#include "source/number_file.h"

#define RSYSLOG_FILE_MAX (256 * 1024)
#define STATEMENT_MAX 2048

/* An OOM report's records: err to info. */
#define REPORT_SEVERITIES (1U << 3 | 1U << 4 | 1U << 5 | 1U << 6)

struct parse {
	struct rsyslog_conf *c;
	uint32_t line;	   /* where the present statement began */
	uint32_t depth;	   /* of braces: below a condition that is not evaluated */
	uint32_t selected; /* severities of the last selector, for "&" */
};

static bool same_word(struct text t, const char *word)
{
	return t.n == strlen(word) && strncasecmp(t.p, word, t.n) == 0;
}

static bool severity_of(struct text name, uint32_t *ret)
{
	static const struct {
		const char *name;
		uint32_t severity;
	} rows[] = {
		{ "emerg", 0 },	 { "panic", 0 }, { "alert", 1 },   { "crit", 2 },
		{ "err", 3 },	 { "error", 3 }, { "warning", 4 }, { "warn", 4 },
		{ "notice", 5 }, { "info", 6 },	 { "debug", 7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (same_word(name, rows[i].name)) {
			*ret = rows[i].severity;
			return true;
		}
	return false;
}

/* "kern,mail" or "*". */
static bool has_kern(struct text facilities)
{
	struct text one;

	while (text_next_field(&facilities, ',', &one))
		if (text_is(one, "*") || same_word(one, "kern") || text_is(one, "0"))
			return true;
	return false;
}

/* "err": that and what is more severe; "=err": only that; "!err": not those. */
static uint32_t apply_priority(uint32_t mask, struct text p)
{
	bool negate = text_skip_prefix(&p, "!"), exact = text_skip_prefix(&p, "=");
	uint32_t severity, bits;

	if (same_word(p, "none"))
		return 0;
	if (text_is(p, "*"))
		bits = 0xff;
	else if (!severity_of(p, &severity))
		return mask;
	else
		bits = exact ? 1U << severity : (2U << severity) - 1;
	return negate ? mask & ~bits : mask | bits;
}

uint32_t rsyslog_selector_kernel(struct text selector)
{
	struct text part, facilities;
	uint32_t mask = 0;

	while (text_next_field(&selector, ';', &part))
		if (text_next_field(&part, '.', &facilities) && has_kern(facilities))
			mask = apply_priority(mask, text_trim(part));
	return mask;
}

/* The value of name="..." in a RainerScript statement; names are case-insensitive. */
static bool parameter(struct text in, const char *name, struct text *ret)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n < in.n; i++) {
		struct text rest = text_of(in.p + i + n, in.n - i - n);

		if (strncasecmp(in.p + i, name, n) != 0 ||
		    (i && (isalnum((unsigned char)in.p[i - 1]) || in.p[i - 1] == '.')))
			continue;
		rest = text_trim(rest);
		if (!text_skip_prefix(&rest, "="))
			continue;
		rest = text_trim(rest);
		if (text_skip_prefix(&rest, "\"") && text_next_field(&rest, '"', ret))
			return true;
	}
	return false;
}

static bool number_parameter(struct text in, const char *name, uint64_t *ret)
{
	struct text value;

	return parameter(in, name, &value) && text_u64(value, ret) == 0;
}

static void set_level(struct rsyslog_conf *c, uint64_t level)
{
	c->console_loglevel = opt_u64_of(level);
}

static void load_module(struct rsyslog_conf *c, struct text name, struct text statement)
{
	uint64_t n;

	if (same_word(name, "imklog") || same_word(name, "imklog.so")) {
		c->imklog = true;
		if (number_parameter(statement, "consoleLogLevel", &n))
			set_level(c, n);
		if (number_parameter(statement, "ratelimitInterval", &c->imklog_seconds)) {
			c->imklog_rate_set = true;
			c->imklog_burst = 10000;
		}
		(void)number_parameter(statement, "ratelimitBurst", &c->imklog_burst);
	} else if (same_word(name, "imjournal") || same_word(name, "imjournal.so")) {
		c->imjournal = true;
		if (!c->imjournal_rate_set) {
			c->imjournal_seconds = 600;
			c->imjournal_burst = 20000;
		}
		c->imjournal_rate_set |=
			number_parameter(statement, "ratelimit.interval", &c->imjournal_seconds);
		c->imjournal_rate_set |=
			number_parameter(statement, "ratelimit.burst", &c->imjournal_burst);
	}
}

/* Only the usual directory is followed. */
static void take_include(struct rsyslog_conf *c, struct text path)
{
	if (text_is(path, "/etc/rsyslog.d/*.conf"))
		c->dropins = true;
	else
		c->unseen = true;
}

static void take_directive(struct rsyslog_conf *c, struct text statement)
{
	struct text name = TEXT(""), value = TEXT("");
	uint64_t n = 0;
	bool number;

	(void)text_next_word(&statement, &name);
	(void)text_next_word(&statement, &value);
	number = text_u64(value, &n) == 0;
	if (same_word(name, "$ModLoad")) {
		load_module(c, value, text_of("", 0));
	} else if (same_word(name, "$IncludeConfig")) {
		take_include(c, value);
	} else if (same_word(name, "$klogConsoleLogLevel") && number) {
		set_level(c, n);
	} else if (same_word(name, "$imjournalRatelimitInterval") && number) {
		c->imjournal_seconds = n;
		c->imjournal_rate_set = true;
	} else if (same_word(name, "$imjournalRatelimitBurst") && number) {
		c->imjournal_burst = n;
		c->imjournal_rate_set = true;
	}
}

static void note_console(struct parse *p, struct text name)
{
	struct rsyslog_conf *c = p->c;

	if (p->depth)
		c->to_console_perhaps = true;
	else if (c->to_console)
		return;
	else
		c->to_console = true;
	if (!c->console_line || !p->depth) {
		(void)!text_copy(name, c->console, sizeof(c->console));
		c->console_line = p->line;
	}
}

/* Old style: "-/var/log/kern.log", "/dev/console", ":omusrmsg:*", "*", "|/dev/xconsole". */
static void take_target(struct parse *p, struct text t)
{
	struct text word = TEXT(""), tty;

	(void)text_skip_prefix(&t, "-");
	(void)text_next_field(&t, ';', &word);
	word = text_trim(word);
	tty = word;
	if (text_is(word, "*") || text_is(word, ":omusrmsg:*"))
		note_console(p, TEXT("*"));
	else if (text_skip_prefix(&tty, "/dev/") &&
		 (text_is(tty, "console") || (tty.n >= 3 && memcmp(tty.p, "tty", 3) == 0)))
		note_console(p, tty);
	else if (word.n && word.p[0] == '/' && tty.n == word.n)
		p->c->to_file = true;
}

/* action(type="omfile" file="/dev/console"), action(type="omusrmsg" users="*") */
static void take_action(struct parse *p, struct text statement)
{
	struct text value;

	if (parameter(statement, "file", &value))
		take_target(p, value);
	else if (parameter(statement, "users", &value) && text_is(value, "*"))
		take_target(p, TEXT("*"));
}

/* "kern.* action", "& action", or an action alone, which takes everything. */
static void take_rule(struct parse *p, struct text statement)
{
	struct text rest = statement, selector = TEXT("");

	if (text_skip_prefix(&rest, "action")) {
		if (p->depth == 0)
			p->selected = REPORT_SEVERITIES;
		take_action(p, statement);
		return;
	}
	(void)text_next_word(&rest, &selector);
	if (!text_is(selector, "&"))
		p->selected = rsyslog_selector_kernel(selector);
	if (!(p->selected & REPORT_SEVERITIES))
		return;
	rest = text_trim(rest);
	if (rest.n > 6 && strncasecmp(rest.p, "action", 6) == 0)
		take_action(p, rest);
	else
		take_target(p, rest);
}

/* What a condition of either kind has after it: "if ... then X", ":msg, contains, "x" X". */
static struct text conditional_part(struct text s)
{
	const bool property = s.p[0] == ':';
	char quote = 0;

	for (size_t i = 0; i < s.n; i++) {
		struct text rest = text_of(s.p + i, s.n - i);

		if (quote && s.p[i] == '\\') {
			i++;
		} else if (quote) {
			if (s.p[i] == quote && property)
				return text_trim(text_of(rest.p + 1, rest.n - 1));
			quote = s.p[i] == quote ? 0 : quote;
		} else if (s.p[i] == '"' || s.p[i] == '\'') {
			quote = s.p[i];
		} else if (!property && i && isspace((unsigned char)s.p[i - 1]) && rest.n > 5 &&
			   strncasecmp(rest.p, "then ", 5) == 0) {
			return text_trim(text_of(rest.p + 5, rest.n - 5));
		}
	}
	return TEXT("");
}

static void take_condition(struct parse *p, struct text s)
{
	struct text rest = conditional_part(s);

	/* It is not evaluated: what stands on its line may be done. */
	p->depth++;
	if (rest.n > 6 && strncasecmp(rest.p, "action", 6) == 0)
		take_action(p, rest);
	else if (rest.n)
		take_target(p, rest);
	p->depth--;
}

static void take_statement(struct parse *p, struct text s)
{
	struct text value;

	s = text_trim(s);
	if (!s.n)
		return;
	if (s.p[0] == '$') {
		take_directive(p->c, s);
	} else if (s.n > 6 && strncasecmp(s.p, "module", 6) == 0) {
		if (parameter(s, "load", &value))
			load_module(p->c, value, s);
	} else if (s.n > 3 && (strncasecmp(s.p, "if ", 3) == 0 || s.p[0] == ':')) {
		take_condition(p, s);
	} else if (s.n > 7 && strncasecmp(s.p, "include", 7) == 0) {
		take_include(p->c, parameter(s, "file", &value) ? value : TEXT(""));
	} else {
		take_rule(p, s);
	}
}

/* What a line opens and closes outside of quotes; a '#' there ends it. */
struct shape {
	int parens, braces;
	size_t len;
};

static struct shape measure(struct text line)
{
	struct shape s = { .len = line.n };
	char quote = 0;

	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i];

		if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '#' && (!i || line.p[i - 1] == ' ' || line.p[i - 1] == '\t')) {
			s.len = i;
			break;
		} else {
			s.parens += (c == '(') - (c == ')');
			s.braces += (c == '{') - (c == '}');
		}
	}
	return s;
}

/* "if ... then" whose action is on the next line. */
static bool ends_with_then(struct text line)
{
	return line.n > 5 && strncasecmp(line.p, "if ", 3) == 0 &&
	       isspace((unsigned char)line.p[line.n - 5]) &&
	       strncasecmp(line.p + line.n - 4, "then", 4) == 0;
}

static uint32_t bounded_add(uint32_t depth, int change)
{
	int64_t sum = (int64_t)depth + change;

	return sum < 0 ? 0 : (uint32_t)MIN(sum, (int64_t)UINT32_MAX);
}

void rsyslog_conf_parse(const char *buf, size_t len, struct rsyslog_conf *io)
{
	char joined[STATEMENT_MAX];
	struct strbuf s = STRBUF(joined);
	struct parse p = { .c = io };
	struct text in = text_of(buf, len), line;
	uint32_t number = 0;
	int parens = 0;

	while (text_next_line(&in, &line)) {
		struct shape shape = measure(line);
		bool more;

		number++;
		if (!s.len)
			p.line = number;
		line = text_trim(text_of(line.p, shape.len));
		more = line.n && line.p[line.n - 1] == '\\';
		strbuf_add(&s, line.p, line.n - more);
		strbuf_putc(&s, ' ');
		parens = MAX(parens + shape.parens, 0);
		more |= ends_with_then(text_trim(text_of(s.buf, s.len)));
		if ((parens || more) && in.n && !s.full)
			continue;
		/* A condition opens its block on its own line; what follows is below it. */
		if (!s.full)
			take_statement(&p, text_of(s.buf, s.len));
		p.depth = bounded_add(p.depth, shape.braces);
		strbuf_clear(&s);
		parens = 0;
	}
}

static int apply_file(int top, const char *path, struct rsyslog_conf *c, struct log_daemon *d)
{
	static char buf[RSYSLOG_FILE_MAX];
	uint32_t before = c->console_line;
	size_t len;
	int r = file_read_at(top, path, buf, sizeof(buf), &len);

	if (r < 0)
		return r;
	c->console_line = 0;
	rsyslog_conf_parse(buf, len, c);
	if (c->console_line)
		(void)snprintf(d->evidence, sizeof(d->evidence), "/%.80s:%u", path,
			       c->console_line);
	else
		c->console_line = before;
	return 0;
}

/* A fact that more files can only add to. */
static struct opt_u64 fact(bool seen, bool unseen)
{
	return seen || !unseen ? opt_u64_of(seen) : opt_u64_none(UNREADABLE);
}

static void publish(const struct rsyslog_conf *c, struct log_daemon *ret)
{
	const bool input = c->imklog || c->imjournal;
	uint64_t burst = c->imklog ? c->imklog_burst : c->imjournal_burst;
	uint64_t seconds = c->imklog ? c->imklog_seconds : c->imjournal_seconds;

	if (input && burst && seconds) {
		ret->rate_limit_burst = opt_u64_of(burst);
		ret->rate_limit_seconds = opt_u64_of(seconds);
	} else if (!input && c->unseen) {
		ret->rate_limit_burst = ret->rate_limit_seconds = opt_u64_none(UNREADABLE);
	}
	ret->rate_limit_default = !(c->imklog ? c->imklog_rate_set : c->imjournal_rate_set);
	ret->console_loglevel = c->imklog ? c->console_loglevel : opt_u64_none(ABSENT);
	if (c->unseen && !opt_is_known(ret->console_loglevel))
		ret->console_loglevel = opt_u64_none(UNREADABLE);
	ret->persistent = fact(input && c->to_file, c->unseen);
	ret->forwards_to_console = fact(input && c->to_console, c->unseen);
	if (input && !c->to_console && c->to_console_perhaps)
		ret->forwards_to_console = opt_u64_none(UNREADABLE);
	if (input && (c->to_console || c->to_console_perhaps))
		memcpy(ret->console, c->console, sizeof(ret->console));
	else
		ret->evidence[0] = '\0';
}

void rsyslog_conf_read(const struct root *root, struct log_daemon *ret)
{
	static const char *const dropins[] = { "etc/rsyslog.d" };
	static struct conf_files files;
	struct rsyslog_conf c = { 0 };
	int r = root->top < 0 ? -ENOENT : apply_file(root->top, "etc/rsyslog.conf", &c, ret);

	if (r < 0) {
		ret->rate_limit_burst = ret->rate_limit_seconds = ret->forwards_to_console =
			ret->persistent = ret->console_loglevel = opt_u64_none(UNREADABLE);
		return;
	}
	if (c.dropins)
		conf_files_list(root->top, dropins, ARRAY_SIZE(dropins), &files);
	for (uint32_t i = 0; c.dropins && i < files.count; i++) {
		r = apply_file(root->top, files.path[i], &c, ret);
		c.unseen |= r < 0 && r != -ENOENT;
	}
	c.unseen |= c.dropins && files.cut;
	publish(&c, ret);
}
