/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of prefixes, tried again and again at the front of the line until none fits. Rules after
 * which the kernel's own text begins are told apart (.kernel): that text keeps its blanks, and only
 * what printk itself prints may still be taken from it.
 */
#include "source/log_prefix.h"

#include "source/log_stamp.h"

#define LAYERS 12
#define CALLER_MAX 24
#define CALLER_CPU (UINT64_C(1) << 32)
#define HOST_MAX 128

struct state {
	struct text t;
	struct log_prefix *p;
	bool walled; /* a timestamp of the log was taken: a host may follow */
	bool syslog5424;
	bool kernel; /* the kernel's text begins here */
};

static char at(struct text t, size_t i)
{
	return i < t.n ? t.p[i] : '\0';
}

static void advance(struct text *t, size_t n)
{
	t->p += n;
	t->n -= n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool skip_blank(struct text *t)
{
	if (at(*t, 0) != ' ' && at(*t, 0) != '\t')
		return false;
	advance(t, 1);
	return true;
}

static void skip_blanks(struct text *t)
{
	while (skip_blank(t))
		;
}

/* The first word of `t`, at most `max` bytes; empty when it is longer or `t` begins with a blank.
 */
static struct text first_word(struct text t, size_t max)
{
	size_t i = 0;

	while (i < t.n && i <= max && t.p[i] != ' ' && t.p[i] != '\t')
		i++;
	return text_of(t.p, i > max ? 0 : i);
}

static bool ends_with(struct text t, char c)
{
	return t.n && t.p[t.n - 1] == c;
}

/* Quotation of mails ("> > "), tables ("| "), a diff ("+[   12.3"). */
static bool take_quote(struct state *s)
{
	const char c = at(s->t, 0), next = at(s->t, 1);

	if (!(c == '>' || (c == '|' && strchr(" \t[", next)) || (c == '+' && strchr("[<", next))))
		return false;
	advance(&s->t, 1);
	return true;
}

static bool take_priority(struct state *s)
{
	struct text rest = s->t;
	uint64_t value = 0;
	size_t i = 1;

	for (; i < 5 && is_digit(at(rest, i)); i++)
		value = value * 10 + (uint64_t)(rest.p[i] - '0');
	if (i == 1 || i == 5 || at(rest, i) != '>')
		return false;
	advance(&rest, i + 1);
	s->p->line.level = opt_u64_of(value & 7);
	if (at(rest, 0) == '1' && at(rest, 1) == ' ' && is_digit(at(rest, 2))) {
		advance(&rest, 2);
		s->syslog5424 = true;
	}
	s->t = rest;
	return true;
}

static bool take_caller_id(struct text in, struct opt_u64 *ret)
{
	uint64_t number;

	in = text_trim(in);
	if ((at(in, 0) != 'T' && at(in, 0) != 'C') ||
	    text_u64(text_of(in.p + 1, in.n - 1), &number) < 0 || number > UINT32_MAX)
		return false;
	*ret = opt_u64_of(number | (in.p[0] == 'C' ? CALLER_CPU : 0));
	return true;
}

/* "[  T123]" and whatever else printk puts in brackets right behind the timestamp. */
static void take_callers(struct state *s)
{
	while (at(s->t, 0) == '[') {
		const char *end = memchr(s->t.p, ']', MIN(s->t.n, (size_t)CALLER_MAX));

		if (!end)
			return;
		(void)take_caller_id(text_of(s->t.p + 1, (size_t)(end - s->t.p) - 1),
				     &s->p->line.caller);
		advance(&s->t, (size_t)(end - s->t.p) + 1);
	}
}

/* Vendors' kernels for Android: "(3)[123:comm]", "[2:  comm:   45] ". */
static void take_android(struct state *s)
{
	struct text rest = s->t;
	const char *end, *colon;

	skip_blanks(&rest);
	if (at(rest, 0) == '(' && is_digit(at(rest, 1)) && at(rest, 2) == ')' && at(rest, 3) == '[')
		advance(&rest, 3);
	else if (at(rest, 0) != '[' || !is_digit(at(rest, 1)) || at(rest, 2) != ':')
		return;
	end = memchr(rest.p, ']', MIN(rest.n, (size_t)40));
	colon = memchr(rest.p, ':', MIN(rest.n, (size_t)40));
	if (!end || !colon || colon > end)
		return;
	advance(&rest, (size_t)(end - rest.p) + 1);
	s->t = rest;
}

/* Another program wrote to /dev/kmsg: "systemd[1]: ...". */
static bool is_program_tag(struct text word)
{
	size_t i = word.n;

	if (!ends_with(word, ':') || i < 4 || word.p[i - 2] != ']')
		return false;
	for (i -= 2; i && is_digit(word.p[i - 1]);)
		i--;
	return i > 1 && i < word.n - 2 && word.p[i - 1] == '[';
}

static bool take_printk(struct state *s)
{
	struct text word;

	if (!log_stamp_printk(&s->t, &s->p->line.stamp))
		return false;
	take_callers(s);
	take_android(s);
	(void)skip_blank(&s->t);
	s->p->stamped = s->kernel = true;
	word = first_word(s->t, HOST_MAX);
	if (!s->p->tagged && s->p->line.speaker == LOG_SPEAKER_UNKNOWN)
		s->p->line.speaker = is_program_tag(word) ? LOG_SPEAKER_OTHER : LOG_SPEAKER_KERNEL;
	return true;
}

static bool take_bracketed(struct state *s)
{
	if (!log_stamp_bracketed(&s->t, &s->p->line.stamp))
		return false;
	take_callers(s);
	if (at(s->t, 0) == ':') /* Talos: "kern: warning: [2024-05-01T12:00:00Z]: text" */
		advance(&s->t, 1);
	(void)skip_blank(&s->t);
	s->walled = s->kernel = true;
	return true;
}

/* "6,1234,5678901,-,caller=T1;text" */
static bool take_kmsg(struct state *s)
{
	struct text rest = s->t, head, field[5] = { 0 };
	size_t count = 0;
	const char *end = memchr(rest.p, ';', MIN(rest.n, (size_t)128));
	uint64_t priority, sequence, usec;

	if (!end)
		return false;
	head = text_of(rest.p, (size_t)(end - rest.p));
	while (count < ARRAY_SIZE(field) && text_next_field(&head, ',', &field[count]))
		count++;
	if (count < 4 || text_u64(field[0], &priority) < 0 || text_u64(field[1], &sequence) < 0 ||
	    text_u64(field[2], &usec) < 0 || field[3].n > 2)
		return false;
	s->p->line.level = opt_u64_of(priority & 7);
	/* Facility 0 is the kernel; what programs write to /dev/kmsg has another. */
	s->p->line.speaker = priority > 7 ? LOG_SPEAKER_OTHER : LOG_SPEAKER_KERNEL;
	s->p->line.stamp.boot_usec = opt_u64_of(usec);
	if (text_skip_prefix(&field[4], "caller="))
		(void)take_caller_id(field[4], &s->p->line.caller);
	advance(&rest, (size_t)(end - rest.p) + 1);
	s->t = rest;
	s->p->kmsg = s->p->stamped = s->kernel = true;
	return true;
}

static bool after_wall(struct state *s, bool taken)
{
	if (taken) {
		s->walled = true;
		skip_blanks(&s->t);
	}
	return taken;
}

static bool take_iso(struct state *s)
{
	return after_wall(s, log_stamp_iso(&s->t, &s->p->line.stamp));
}

static bool take_unix(struct state *s)
{
	return after_wall(s, log_stamp_unix(&s->t, &s->p->line.stamp));
}

static bool take_clock(struct state *s)
{
	return after_wall(s, log_stamp_clock(&s->t, &s->p->line.stamp));
}

static bool take_syslog(struct state *s)
{
	return after_wall(s, log_stamp_syslog(&s->t, &s->p->line.stamp));
}

/* "11-26 12:00:00.123   345   345 W kernel  : text" */
static bool take_logcat(struct state *s)
{
	struct text rest = s->t, word;
	const char *colon;
	unsigned int numbers = 0;

	if (!log_stamp_logcat(&rest, &s->p->line.stamp))
		return false;
	while (numbers < 3 && text_next_word(&rest, &word) && is_digit(word.p[0]))
		numbers++;
	colon = memchr(rest.p, ':', MIN(rest.n, (size_t)40));
	if (numbers < 1 || !colon)
		return false;
	s->p->line.speaker = rest.n > 7 && memcmp(rest.p, " kernel", 7) == 0 ? LOG_SPEAKER_KERNEL
									     : LOG_SPEAKER_OTHER;
	advance(&rest, (size_t)(colon - rest.p) + 1);
	(void)skip_blank(&rest);
	s->t = rest;
	s->walled = s->kernel = s->p->tagged = true;
	return true;
}

struct level_name {
	const char *name;
	uint64_t level;
};

static const struct level_name levels[] = {
	{ "emerg", 0 },	 { "alert", 1 }, { "crit", 2 },	 { "critical", 2 },
	{ "err", 3 },	 { "error", 3 }, { "warn", 4 },	 { "warning", 4 },
	{ "notice", 5 }, { "info", 6 },	 { "debug", 7 },
};

static bool level_of(struct text name, struct opt_u64 *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		if (!text_is(name, levels[i].name))
			continue;
		*ret = opt_u64_of(levels[i].level);
		return true;
	}
	return false;
}

/* "kern.info" of OpenWrt's logread and of BSD syslog. */
static bool take_facility(struct state *s)
{
	struct text word = first_word(s->t, 24), facility = { 0 };
	struct opt_u64 level;

	if (!text_next_field(&word, '.', &facility) || !level_of(word, &level))
		return false;
	s->p->line.level = level;
	advance(&s->t, (size_t)(word.p + word.n - s->t.p));
	skip_blanks(&s->t);
	return true;
}

/* "kern  :warn  : " of dmesg -x, "kern: warning: " of Talos. */
static bool take_decoded(struct state *s)
{
	struct text rest = s->t, facility, name;
	struct opt_u64 level;

	if (memchr(rest.p, ':', MIN(rest.n, (size_t)10)) == NULL ||
	    !text_next_field(&rest, ':', &facility) || rest.n < 5 ||
	    memchr(rest.p, ':', MIN(rest.n, (size_t)10)) == NULL ||
	    !text_next_field(&rest, ':', &name) || !level_of(text_trim(name), &level))
		return false;
	facility = text_trim(facility);
	if (facility.n < 3 || memchr(facility.p, ' ', facility.n))
		return false;
	s->p->line.level = level;
	s->p->line.speaker = text_is(facility, "kern") ? LOG_SPEAKER_KERNEL : LOG_SPEAKER_OTHER;
	s->t = rest;
	(void)skip_blank(&s->t);
	return true;
}

/* "kernel: text", also without the blank as syslogd writes to terminals. */
static bool take_kernel_tag(struct state *s)
{
	struct text rest = s->t;

	if (!text_skip_prefix(&rest, "kernel") && !text_skip_prefix(&rest, "klogd"))
		return false;
	if (at(rest, 0) == '[') {
		const char *end = memchr(rest.p, ']', MIN(rest.n, (size_t)12));

		if (!end)
			return false;
		advance(&rest, (size_t)(end - rest.p) + 1);
	}
	if (!text_skip_prefix(&rest, ":") || (rest.n && !strchr(" \t[<", rest.p[0])))
		return false;
	s->t = rest;
	(void)skip_blank(&s->t);
	s->p->line.speaker = LOG_SPEAKER_KERNEL;
	s->p->tagged = s->kernel = true;
	return true;
}

/* Two words of the kernel that look like "host tag:" when a log has neither. */
static bool is_kernel_pair(struct text first, struct text second)
{
	static const char *const pairs[] = {
		"Hardware name:", "Call Trace:", "Call trace:", "Mem abort info:", "Swap cache:",
	};
	static const char *const seconds[] = { "free:", "per-cpu:", "failcnt:", "panic:", "bug:" };
	const size_t len = (size_t)(second.p + second.n - first.p);

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (text_is(text_of(first.p, len), pairs[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
		if (text_is(second, seconds[i]))
			return true;
	/* "Normal: 1*4kB", "Node 0 DMA32: ..", "lowmem_reserve[]: .." */
	return text_is(first, "Node") || text_is(first, "Task") || text_is(first, "Out");
}

static void take_tag(struct state *s, struct text tag)
{
	const bool kernel =
		text_is(tag, "kernel:") || (tag.n > 7 && memcmp(tag.p, "kernel[", 7) == 0);

	advance(&s->t, (size_t)(tag.p + tag.n - s->t.p));
	(void)skip_blank(&s->t);
	s->p->line.speaker = kernel ? LOG_SPEAKER_KERNEL : LOG_SPEAKER_OTHER;
	s->p->tagged = s->kernel = true;
}

/* RFC 5424 after the timestamp: "host app procid msgid [sd] text", "-" for what is not known. */
static bool take_header_5424(struct state *s)
{
	struct text rest = s->t, host, app, word;

	if (!text_next_word(&rest, &host) || !text_next_word(&rest, &app) ||
	    !text_next_word(&rest, &word) || !text_next_word(&rest, &word))
		return false;
	skip_blanks(&rest);
	if (at(rest, 0) == '[') {
		const char *end = memchr(rest.p, ']', rest.n);

		if (!end)
			return false;
		advance(&rest, (size_t)(end - rest.p) + 1);
	} else if (!text_skip_prefix(&rest, "-")) {
		return false;
	}
	(void)skip_blank(&rest);
	(void)text_skip_prefix(&rest, "\xef\xbb\xbf");
	s->p->line.origin = text_is(host, "-") ? TEXT("") : host;
	s->p->line.speaker = text_is(app, "kernel") ? LOG_SPEAKER_KERNEL : LOG_SPEAKER_OTHER;
	s->p->tagged = s->kernel = true;
	s->t = rest;
	return true;
}

/* "host kernel: ", "host sshd[123]: ", "host [   12.345678] ", "dockerd[9]: " after a timestamp. */
static bool take_host(struct state *s)
{
	struct text host, tag, rest = s->t;
	struct oom_stamp stamp = { 0 };

	if (s->p->tagged || (!s->walled && !s->p->stamped) || s->p->line.origin.n)
		return false;
	if (s->syslog5424)
		return take_header_5424(s);
	host = first_word(rest, HOST_MAX);
	if (!host.n)
		return false;
	if (is_program_tag(host)) {
		take_tag(s, host);
		return true;
	}
	advance(&rest, host.n);
	if (ends_with(host, ':') || !skip_blank(&rest))
		return false;
	tag = first_word(rest, HOST_MAX);
	if (text_is(tag, "kernel:") || is_program_tag(tag) ||
	    (!s->p->stamped && !s->kernel && ends_with(tag, ':') && tag.n > 2 &&
	     is_alpha(tag.p[0]) && !is_kernel_pair(host, tag))) {
		s->p->line.origin = host;
		take_tag(s, tag);
		return true;
	}
	if (!s->kernel && (log_stamp_printk(&rest, &stamp) || text_skip_prefix(&tag, "kern."))) {
		s->p->line.origin = host;
		advance(&s->t, host.n + 1);
		return true;
	}
	return false;
}

/* "2024-05-01T12:00:00.1Z stdout F " of Kubernetes' containers. */
static bool take_cri(struct state *s)
{
	struct text rest = s->t;

	if (!s->walled ||
	    (!text_skip_prefix(&rest, "stdout ") && !text_skip_prefix(&rest, "stderr ")) ||
	    (at(rest, 0) != 'F' && at(rest, 0) != 'P') || at(rest, 1) != ' ')
		return false;
	advance(&rest, 2);
	s->t = rest;
	return true;
}

/* "In(05) vcpu-5 - Guest: ", "| vcpu-5| I120: Guest: " of vmware.log. */
static bool take_guest(struct state *s)
{
	static const char mark[] = "Guest: ", cpu[] = "vcpu-";
	const char *found;

	if (!s->walled || s->kernel ||
	    !memmem(s->t.p, MIN(s->t.n, (size_t)16), cpu, sizeof(cpu) - 1))
		return false;
	found = memmem(s->t.p, MIN(s->t.n, (size_t)48), mark, sizeof(mark) - 1);
	if (!found)
		return false;
	advance(&s->t, (size_t)(found - s->t.p) + sizeof(mark) - 1);
	return true;
}

/* "host # [   12.3" of NixOS' test driver, "name-1  | [   12.3" of docker compose. */
static bool take_mark(struct state *s)
{
	struct text word = first_word(s->t, HOST_MAX), rest = s->t;
	char mark;

	if (!word.n)
		return false;
	advance(&rest, word.n);
	skip_blanks(&rest);
	mark = at(rest, 0);
	if ((mark != '#' && mark != '|') || at(rest, 1) != ' ')
		return false;
	advance(&rest, 2);
	if (at(rest, 0) != '[' && at(rest, 0) != '<')
		return false;
	s->p->line.origin = word;
	s->t = rest;
	return true;
}

/* "[warn] " of Elixir's logger (Nerves) after the time of day. */
static bool take_level_mark(struct state *s)
{
	const char *end = memchr(s->t.p, ']', MIN(s->t.n, (size_t)12));

	if (!s->walled || !end ||
	    !level_of(text_of(s->t.p + 1, (size_t)(end - s->t.p) - 1), &s->p->line.level))
		return false;
	advance(&s->t, (size_t)(end - s->t.p) + 1);
	(void)skip_blank(&s->t);
	return true;
}

/* "W/kernel  (    0): text" */
static bool take_logcat_brief(struct state *s)
{
	const char *end;

	if (at(s->t, 1) != '/' || !strchr("VDIWEF", s->t.p[0]))
		return false;
	end = memmem(s->t.p, MIN(s->t.n, (size_t)48), "): ", 3);
	if (!end || !memchr(s->t.p, '(', (size_t)(end - s->t.p)))
		return false;
	s->p->line.speaker = s->t.n > 8 && memcmp(s->t.p + 2, "kernel", 6) == 0 ? LOG_SPEAKER_KERNEL
										: LOG_SPEAKER_OTHER;
	advance(&s->t, (size_t)(end - s->t.p) + 3);
	s->p->tagged = s->kernel = true;
	return true;
}

static bool begins_record(struct text t)
{
	struct oom_stamp stamp = { 0 };
	char c;

	skip_blanks(&t);
	c = at(t, 0);
	if (c == '<')
		return is_digit(at(t, 1)) && (at(t, 2) == '>' || at(t, 3) == '>');
	if (c == '[')
		return log_stamp_printk(&t, &stamp) || log_stamp_bracketed(&t, &stamp);
	if (is_digit(c))
		return log_stamp_iso(&t, &stamp);
	return log_stamp_syslog(&t, &stamp);
}

/* What grep -H and grep -n, cat -n and less -N put before a line: "/var/log/messages-1:12:". */
static bool take_file_mark(struct state *s)
{
	struct text rest = s->t;
	size_t i = 0;

	if (s->p->own || s->walled)
		return false;
	for (; i < rest.n && i < 200 && rest.p[i] != ' ' && rest.p[i] != '\t'; i++) {
		if (rest.p[i] != ':' || !begins_record(text_of(rest.p + i + 1, rest.n - i - 1)))
			continue;
		advance(&s->t, i + 1);
		return true;
	}
	for (i = 0; is_digit(at(rest, i));)
		i++;
	if (!i || i > 9 || (at(rest, i) != ' ' && at(rest, i) != '\t') ||
	    !begins_record(text_of(rest.p + i, rest.n - i)))
		return false;
	advance(&s->t, i);
	return true;
}

enum { BRACKET = 1, DIGIT = 2, LETTER = 4, ANGLE = 8, MARK = 16, ANY = 31 };

struct rule {
	uint8_t first;	/* what the line begins with */
	bool in_kernel; /* still tried where the kernel's text may begin */
	bool no_prefix; /* says nothing about the record */
	bool (*take)(struct state *s);
};

static const struct rule rules[] = {
	{ BRACKET, true, false, take_printk },
	{ LETTER, true, false, take_kernel_tag },
	{ LETTER, false, false, take_syslog },
	{ ANGLE, true, false, take_priority },
	{ LETTER, false, false, take_facility },
	{ LETTER | MARK, false, false, take_guest },
	{ LETTER | DIGIT | MARK, true, false, take_host },
	{ BRACKET, false, false, take_bracketed },
	{ BRACKET, false, false, take_level_mark },
	{ MARK, false, true, take_quote },
	{ DIGIT, false, false, take_printk },
	{ DIGIT, false, false, take_kmsg },
	{ DIGIT, false, false, take_iso },
	{ DIGIT, false, false, take_unix },
	{ DIGIT, false, false, take_logcat },
	{ DIGIT, false, false, take_clock },
	{ LETTER, false, false, take_decoded },
	{ LETTER, false, false, take_cri },
	{ LETTER, false, true, take_logcat_brief },
	{ LETTER | DIGIT, false, true, take_mark },
	{ LETTER | DIGIT | MARK, false, true, take_file_mark },
};

static uint8_t class_of(char c)
{
	if (c == '[')
		return BRACKET;
	if (is_digit(c))
		return DIGIT;
	if (is_alpha(c) || (uint8_t)c >= 0x80 || c == '_')
		return LETTER;
	if (c == '<')
		return ANGLE;
	if (c == '>' || c == '|' || c == '+' || c == '/' || c == '-' || c == '.' || c == '(')
		return MARK;
	return 0;
}

static bool take_one(struct state *s)
{
	const uint8_t class = s->t.n ? class_of(s->t.p[0]) : 0;

	for (size_t i = 0; class && i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];

		if (!(r->first & class) || (s->kernel && !r->in_kernel) || !r->take(s))
			continue;
		s->p->own |= !r->no_prefix;
		return true;
	}
	return false;
}

static uint32_t decimal_width(uint64_t n)
{
	uint32_t width = 1;

	for (; n >= 10; n /= 10)
		width++;
	return width;
}

/* print_time() and print_caller() of kernel/printk/printk.c (v6.12): "[%5lu.%06lu]", "[%6s]". */
uint32_t log_console_bytes(const struct log_line *l)
{
	uint32_t bytes = 11 + (uint32_t)MIN(l->text.n, (size_t)LOG_LINE_MAX) + 2;

	bytes += opt_is_known(l->stamp.boot_usec)
			 ? MAX(5u, decimal_width(l->stamp.boot_usec.value / 1000000)) - 1
			 : 4;
	if (opt_is_known(l->caller))
		bytes += 2 + MAX(6u, 1 + decimal_width((uint32_t)l->caller.value));
	return bytes;
}

void log_prefix_take(struct text raw, struct log_prefix *ret)
{
	struct state s = { .t = raw, .p = ret };

	*ret = (struct log_prefix){ .line.origin = TEXT("") };
	for (unsigned int i = 0; i < LAYERS; i++) {
		const char *begin = s.t.p;

		if (!s.kernel)
			skip_blanks(&s.t);
		/* One blank belongs to the quote mark before it. */
		ret->indented = s.t.p > begin + (i > 0);
		if (!take_one(&s))
			break;
	}
	while (s.t.n && strchr(" \t\r", s.t.p[s.t.n - 1]))
		s.t.n--;
	ret->line.text = s.t;
	ret->line.console_bytes = log_console_bytes(&ret->line);
}

void log_prefix_strip(struct text raw, struct log_line *ret)
{
	struct log_prefix p;

	log_prefix_take(raw, &p);
	*ret = p.line;
}

/* Where does the bracket begin that ends at `end`? A timestamp is no longer than 48 bytes. */
static ssize_t bracket_before(struct text t, size_t start, size_t end)
{
	struct oom_stamp stamp = { 0 };

	for (size_t i = end; i > start && end - i < 48;) {
		struct text from;

		if (t.p[--i] != '[')
			continue;
		from = text_of(t.p + i, t.n - i);
		if (!log_stamp_printk(&from, &stamp) && !log_stamp_bracketed(&from, &stamp))
			return -1;
		/* "<4>" belongs to it. */
		if (i >= start + 3 && t.p[i - 1] == '>' && is_digit(t.p[i - 2]) &&
		    t.p[i - 3] == '<')
			i -= 3;
		return (ssize_t)i;
	}
	return -1;
}

/* The timestamp and host of "Jun 20 12:47:02 db1 kernel: " before the tag at `tag`. */
static ssize_t syslog_before(struct text t, size_t start, size_t tag)
{
	for (size_t i = tag; i > start && tag - i < 96; i--) {
		struct text from = text_of(t.p + i - 1, t.n - i + 1);
		struct oom_stamp stamp = { 0 };

		if (i - 1 > start && !strchr(" \t", t.p[i - 2]) && !is_digit(t.p[i - 2]))
			continue;
		if ((is_alpha(from.p[0]) ? log_stamp_syslog(&from, &stamp)
					 : log_stamp_iso(&from, &stamp)) &&
		    from.p <= t.p + tag)
			return (ssize_t)i - 1;
	}
	return -1;
}

ssize_t log_prefix_inside(struct text clean, size_t start)
{
	static const char tag[] = " kernel: ";
	ssize_t first = -1;
	const char *found;

	for (size_t i = start; i < clean.n; i++) {
		found = memchr(clean.p + i, ']', clean.n - i);
		if (!found)
			break;
		i = (size_t)(found - clean.p);
		if (i < start + 8 || !is_digit(clean.p[i - 1]) || !is_digit(clean.p[i - 2]))
			continue;
		first = bracket_before(clean, start, i);
		if (first >= 0)
			break;
	}
	if (clean.n - start < sizeof(tag) + 15)
		return first;
	found = memmem(clean.p + start, clean.n - start, tag, sizeof(tag) - 1);
	if (found) {
		const ssize_t other = syslog_before(clean, start, (size_t)(found - clean.p));

		if (other >= 0 && (first < 0 || other < first))
			return other;
	}
	return first;
}
