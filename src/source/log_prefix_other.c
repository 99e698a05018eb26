/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_prefix_rules.h"
#include "source/log_stamp.h"

/* Quotation of mails ("> > "), tables ("| "), a diff ("+[   12.3"). */
bool prefix_take_quote(struct prefix_state *s)
{
	const char c = at(s->t, 0), next = at(s->t, 1);

	if (!(c == '>' || (c == '|' && strchr(" \t[", next)) || (c == '+' && strchr("[<", next))))
		return false;
	advance(&s->t, 1);
	return true;
}

/*
 * "11-26 12:00:00.123   345   345 W kernel  : text". Of pid 0, the kernel, logcat takes for a tag
 * what its text begins with: "0     0 E Out of memory: Killed process 12".
 */
bool prefix_take_logcat(struct prefix_state *s)
{
	struct text rest = s->t, word, tag;
	struct oom_stamp stamp = { 0 };
	const char *colon;
	unsigned int numbers = 0;
	bool of_kernel = true;

	if (!log_stamp_logcat(&rest, &stamp))
		return false;
	for (; numbers < 3 && text_next_word(&rest, &word) && is_digit(word.p[0]); numbers++)
		of_kernel &= text_is(word, "0");
	colon = memchr(rest.p, ':', MIN(rest.n, (size_t)40));
	if (numbers < 1 || (!colon && !of_kernel))
		return false;
	(void)skip_blank(&rest);
	tag = text_trim(text_of(rest.p, colon && colon > rest.p ? (size_t)(colon - rest.p) : 0));
	if (colon && (!of_kernel || !tag.n || text_is(tag, "kernel"))) {
		advance(&rest, (size_t)(colon - rest.p) + 1);
		(void)skip_blank(&rest);
	}
	s->p->line.speaker =
		of_kernel || text_is(tag, "kernel") ? LOG_SPEAKER_KERNEL : LOG_SPEAKER_OTHER;
	s->p->line.stamp = stamp;
	s->t = rest;
	s->walled = s->kernel = s->p->tagged = true;
	return true;
}

/* "2024-05-01T12:00:00.1Z stdout F " of Kubernetes' containers. */
bool prefix_take_cri(struct prefix_state *s)
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
bool prefix_take_guest(struct prefix_state *s)
{
	static const char mark[] = "Guest: ";
	const char *found, *dash;

	if (!s->walled || s->kernel)
		return false;
	dash = memchr(s->t.p, '-', MIN(s->t.n, (size_t)16));
	if (!dash || dash - s->t.p < 4 || memcmp(dash - 4, "vcpu", 4) != 0)
		return false;
	found = memmem(s->t.p, MIN(s->t.n, (size_t)48), mark, sizeof(mark) - 1);
	if (!found)
		return false;
	advance(&s->t, (size_t)(found - s->t.p) + sizeof(mark) - 1);
	return true;
}

/* "host # [   12.3" of NixOS' test driver, "name-1  | [   12.3" of docker compose. */
bool prefix_take_mark(struct prefix_state *s)
{
	struct text word = first_word(s->t, PREFIX_WORD_MAX), rest = s->t;
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

/* "W/kernel  (    0): text", "W/        (    0): text": pid 0 is the kernel. */
bool prefix_take_logcat_brief(struct prefix_state *s)
{
	const char *end, *open;

	if (at(s->t, 1) != '/' || !strchr("VDIWEF", s->t.p[0]))
		return false;
	end = memmem(s->t.p, MIN(s->t.n, (size_t)48), "): ", 3);
	open = end ? memrchr(s->t.p, '(', (size_t)(end - s->t.p)) : NULL;
	if (!open)
		return false;
	s->p->line.speaker =
		(s->t.n > 8 && memcmp(s->t.p + 2, "kernel", 6) == 0) ||
				text_is(text_trim(text_of(open + 1, (size_t)(end - open) - 1)), "0")
			? LOG_SPEAKER_KERNEL
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
	if (text_skip_prefix(&t, "kern")) { /* Talos, dmesg -x */
		skip_blanks(&t);
		return at(t, 0) == ':';
	}
	return log_stamp_syslog(&t, &stamp);
}

/* What grep -H and grep -n, cat -n and less -N put before a line: "/var/log/messages-1:12:". */
bool prefix_take_file_mark(struct prefix_state *s)
{
	struct text rest = s->t;
	size_t i = 0;

	if (s->p->own || s->walled)
		return false;
	for (; i < rest.n && i < 200 && rest.p[i] != ' ' && rest.p[i] != '\t'; i++) {
		if (rest.p[i] != ':' || !begins_record(text_of(rest.p + i + 1, rest.n - i - 1)))
			continue;
		/* "10.0.0.7: kern: warning: [": a host, and no file of grep's. */
		if (at(rest, i + 1) == ' ' && !memchr(rest.p, '/', i))
			s->p->line.origin = text_of(rest.p, i);
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
