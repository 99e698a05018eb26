/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of prefixes, tried again and again at the front of the line until none fits. Rules after
 * which the kernel's own text begins are told apart (.kernel): that text keeps its blanks, and only
 * what printk itself prints may still be taken from it.
 */
#include "source/log_prefix_rules.h"
#include "source/log_stamp.h"

#define LAYERS 12

enum { BRACKET = 1, DIGIT = 2, LETTER = 4, ANGLE = 8, MARK = 16, ANY = 31 };

struct rule {
	uint8_t first;	/* what the line begins with */
	bool in_kernel; /* still tried where the kernel's text may begin */
	bool no_prefix; /* says nothing about the record */
	bool (*take)(struct prefix_state *s);
};

static const struct rule rules[] = {
	{ BRACKET, true, false, prefix_take_printk },
	{ LETTER, true, false, prefix_take_kernel_tag },
	{ LETTER, false, false, prefix_take_syslog },
	{ ANGLE, true, false, prefix_take_priority },
	{ LETTER, false, false, prefix_take_facility },
	{ LETTER | MARK, false, false, prefix_take_guest },
	{ LETTER | DIGIT | MARK, true, false, prefix_take_host },
	{ BRACKET, false, false, prefix_take_bracketed },
	{ BRACKET, false, false, prefix_take_level_mark },
	{ MARK, false, true, prefix_take_quote },
	{ DIGIT, false, false, prefix_take_printk },
	{ DIGIT, false, false, prefix_take_kmsg },
	{ DIGIT, false, false, prefix_take_iso },
	{ DIGIT, false, false, prefix_take_unix },
	{ DIGIT, false, false, prefix_take_logcat },
	{ DIGIT, false, false, prefix_take_clock },
	{ LETTER, false, false, prefix_take_decoded },
	{ LETTER, false, false, prefix_take_cri },
	{ LETTER, false, true, prefix_take_logcat_brief },
	{ LETTER | DIGIT, false, true, prefix_take_mark },
	{ LETTER | DIGIT | MARK, false, true, prefix_take_file_mark },
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

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool take_one(struct prefix_state *s)
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
	struct prefix_state s = { .t = raw, .p = ret };

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
	while (s.t.n && is_blank(s.t.p[s.t.n - 1]))
		s.t.n--;
	ret->line.text = s.t;
	ret->line.console_bytes = log_console_bytes(&ret->line);
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

#define KERNEL_TAG (sizeof(" kernel: ") - 1)

/* Not memmem(): its preparation costs more than a line is long. */
static const char *find_tag(struct text t)
{
	const char *p = t.p + KERNEL_TAG - 2, *const last = t.p + t.n - 2;

	while (p <= last && (p = memchr(p, ':', (size_t)(last - p) + 1))) {
		if (memcmp(p - (KERNEL_TAG - 2), " kernel: ", KERNEL_TAG) == 0)
			return p - (KERNEL_TAG - 2);
		p++;
	}
	return NULL;
}

ssize_t log_prefix_inside(struct text clean, size_t start)
{
	ssize_t first = -1;
	const char *found;

	for (size_t i = start; i < clean.n; i++) {
		found = memchr(clean.p + i, ']', clean.n - i);
		if (!found)
			break;
		i = (size_t)(found - clean.p);
		/* "(a[    9.123456])" is a name. */
		if (i < start + 8 || !is_digit(clean.p[i - 1]) || !is_digit(clean.p[i - 2]) ||
		    (i + 1 < clean.n && clean.p[i + 1] == ')'))
			continue;
		first = bracket_before(clean, start, i);
		if (first >= 0)
			break;
	}
	if (clean.n - start < KERNEL_TAG + 16)
		return first;
	found = find_tag(text_of(clean.p + start, clean.n - start));
	if (found) {
		const ssize_t other = syslog_before(clean, start, (size_t)(found - clean.p));

		if (other >= 0 && (first < 0 || other < first))
			return other;
	}
	return first;
}
