/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_prefix_rules.h"
#include "source/log_stamp.h"

static bool after_wall(struct prefix_state *s, bool taken)
{
	if (taken) {
		s->walled = true;
		skip_blanks(&s->t);
	}
	return taken;
}

bool prefix_take_iso(struct prefix_state *s)
{
	return after_wall(s, log_stamp_iso(&s->t, &s->p->line.stamp));
}

bool prefix_take_unix(struct prefix_state *s)
{
	return after_wall(s, log_stamp_unix(&s->t, &s->p->line.stamp));
}

bool prefix_take_clock(struct prefix_state *s)
{
	return after_wall(s, log_stamp_clock(&s->t, &s->p->line.stamp));
}

bool prefix_take_syslog(struct prefix_state *s)
{
	return after_wall(s, log_stamp_syslog(&s->t, &s->p->line.stamp));
}

/* Two words of the kernel that look like "host tag:" when a log has neither. */
static bool is_kernel_pair(struct text first, struct text second)
{
	static const char *const pairs[] = {
		"Hardware name:", "Call Trace:", "Call trace:", "Mem abort info:", "Swap cache:",
	};
	static const char *const seconds[] = { "free:", "per-cpu:", "allocations:", "panic:",
					       "bug:" };
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

/* Of the kernel itself, or of the daemon that reads its log. */
static bool is_kernel_tag(struct text tag)
{
	static const char *const names[] = { "kernel", "klogd", "vmunix" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct text rest = tag;

		if (text_skip_prefix(&rest, names[i]) && (at(rest, 0) == ':' || at(rest, 0) == '['))
			return true;
	}
	return false;
}

/* "h php-fpm: pool w invoked oom-killer": what looks like a tag begins a name of the kernel's. */
static bool begins_name(struct text t)
{
	static const char word[] = " invoked oom-killer";

	return memmem(t.p, MIN(t.n, COMM_MAX + sizeof(word) - 1), word, sizeof(word) - 1);
}

static void take_tag(struct prefix_state *s, struct text tag)
{
	const bool kernel = is_kernel_tag(tag);
	struct oom_stamp stamp = { 0 };
	struct text after;

	advance(&s->t, (size_t)(tag.p + tag.n - s->t.p));
	(void)skip_blank(&s->t);
	/* A console that a program relays: the kernel's stamp tells whose text it is. */
	after = s->t;
	skip_blanks(&after);
	if (!kernel && at(after, 0) == '[' && log_stamp_printk(&after, &stamp))
		return;
	s->p->line.speaker = kernel ? LOG_SPEAKER_KERNEL : LOG_SPEAKER_OTHER;
	s->p->tagged = s->kernel = true;
}

/* RFC 5424 after the timestamp: "host app procid msgid [sd] text", "-" for what is not known. */
static bool take_header_5424(struct prefix_state *s)
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
bool prefix_take_host(struct prefix_state *s)
{
	struct text host, tag, rest = s->t;
	struct oom_stamp stamp = { 0 };

	if (s->p->tagged || (!s->walled && !s->p->stamped) || s->p->line.origin.n)
		return false;
	if (s->syslog5424)
		return take_header_5424(s);
	host = first_word(rest, PREFIX_WORD_MAX);
	if (!host.n)
		return false;
	if (prefix_is_program_tag(host) && !prefix_is_comm(s->t, host)) {
		take_tag(s, host);
		return true;
	}
	advance(&rest, host.n);
	if (ends_with(host, ':') || !skip_blank(&rest))
		return false;
	tag = first_word(rest, PREFIX_WORD_MAX);
	if (s->p->stamped && prefix_is_comm(rest, tag))
		return false;
	if (is_kernel_tag(tag) || prefix_is_program_tag(tag) ||
	    (!s->p->stamped && !s->kernel && ends_with(tag, ':') && tag.n > 2 &&
	     is_alpha(tag.p[0]) && !is_kernel_pair(host, tag))) {
		if (!log_level_of(host, &s->p->line.level))
			s->p->line.origin = host;
		if (is_kernel_tag(tag) || prefix_is_program_tag(tag) || !begins_name(rest))
			take_tag(s, tag);
		else
			advance(&s->t, host.n + 1);
		return true;
	}
	if (!s->kernel && prefix_is_kmsg(rest)) { /* netconsole, written down by a syslog daemon */
		s->p->line.origin = host;
		advance(&s->t, host.n + 1);
		return true;
	}
	if (!s->kernel && (log_stamp_printk(&rest, &stamp) || text_skip_prefix(&tag, "kern."))) {
		s->p->line.origin = host;
		advance(&s->t, host.n + 1);
		return true;
	}
	return false;
}
