/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <strings.h>

#include "source/log_prefix_rules.h"
#include "source/log_stamp.h"

#define CALLER_MAX 24
#define CALLER_CPU (UINT64_C(1) << 32)

bool prefix_take_priority(struct prefix_state *s)
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
static void take_callers(struct prefix_state *s)
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
static void take_android(struct prefix_state *s)
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
bool prefix_is_program_tag(struct text word)
{
	size_t i = word.n;

	if (!ends_with(word, ':') || i < 4 || word.p[i - 2] != ']')
		return false;
	for (i -= 2; i && is_digit(word.p[i - 1]);)
		i--;
	return i > 1 && i < word.n - 2 && word.p[i - 1] == '[';
}

bool prefix_is_comm(struct text t, struct text word)
{
	t = text_of(word.p + word.n, t.n - (size_t)(word.p + word.n - t.p));
	return text_skip_prefix(&t, " invoked oom-killer");
}

bool prefix_take_printk(struct prefix_state *s)
{
	struct text word;

	if (!log_stamp_printk(&s->t, &s->p->line.stamp))
		return false;
	take_callers(s);
	take_android(s);
	(void)skip_blank(&s->t);
	s->p->stamped = s->kernel = true;
	word = first_word(s->t, PREFIX_WORD_MAX);
	if (!s->p->tagged && s->p->line.speaker == LOG_SPEAKER_UNKNOWN)
		s->p->line.speaker = prefix_is_program_tag(word) && !prefix_is_comm(s->t, word)
					     ? LOG_SPEAKER_OTHER
					     : LOG_SPEAKER_KERNEL;
	return true;
}

bool prefix_take_bracketed(struct prefix_state *s)
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

struct kmsg_head {
	uint64_t priority, sequence, usec;
	struct text caller;
};

/* "6,1234,5678901,-,caller=T1;text"; netconsole may put the kernel's release before it. */
static bool take_kmsg_head(struct text *t, struct kmsg_head *ret)
{
	struct text head, field[5] = { 0 }, release;
	size_t count = 0;
	const char *end = memchr(t->p, ';', MIN(t->n, (size_t)192));

	if (!end || !is_digit(at(*t, 0)))
		return false;
	head = text_of(t->p, (size_t)(end - t->p));
	if (memchr(head.p, '.', MIN(head.n, (size_t)5)))
		(void)text_next_field(&head, ',', &release);
	while (count < ARRAY_SIZE(field) && text_next_field(&head, ',', &field[count]))
		count++;
	if (count < 4 || text_u64(field[0], &ret->priority) < 0 ||
	    text_u64(field[1], &ret->sequence) < 0 || text_u64(field[2], &ret->usec) < 0 ||
	    field[3].n > 2)
		return false;
	ret->caller = field[4];
	advance(t, (size_t)(end - t->p) + 1);
	return true;
}

bool prefix_is_kmsg(struct text t)
{
	struct kmsg_head head;

	return take_kmsg_head(&t, &head);
}

bool prefix_take_kmsg(struct prefix_state *s)
{
	struct kmsg_head head;

	if (!take_kmsg_head(&s->t, &head))
		return false;
	s->p->line.level = opt_u64_of(head.priority & 7);
	/* Facility 0 is the kernel; what programs write to /dev/kmsg has another. */
	s->p->line.speaker = head.priority > 7 ? LOG_SPEAKER_OTHER : LOG_SPEAKER_KERNEL;
	s->p->line.stamp.boot_usec = opt_u64_of(head.usec);
	if (text_skip_prefix(&head.caller, "caller="))
		(void)take_caller_id(head.caller, &s->p->line.caller);
	s->p->kmsg = s->p->stamped = s->kernel = true;
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

bool log_level_of(struct text name, struct opt_u64 *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		if (name.n != strlen(levels[i].name) ||
		    strncasecmp(name.p, levels[i].name, name.n) != 0)
			continue;
		*ret = opt_u64_of(levels[i].level);
		return true;
	}
	return false;
}

/* "kern.info" of OpenWrt's logread and of BSD syslog. */
bool prefix_take_facility(struct prefix_state *s)
{
	struct text word = first_word(s->t, 24), facility = { 0 };
	struct opt_u64 level;

	if (!text_next_field(&word, '.', &facility) || !log_level_of(word, &level))
		return false;
	s->p->line.level = level;
	advance(&s->t, (size_t)(word.p + word.n - s->t.p));
	skip_blanks(&s->t);
	return true;
}

/* "kern  :warn  : " of dmesg -x, "kern: warning: " of Talos. */
bool prefix_take_decoded(struct prefix_state *s)
{
	struct text rest = s->t, facility, name;
	struct opt_u64 level;

	if (memchr(rest.p, ':', MIN(rest.n, (size_t)10)) == NULL ||
	    !text_next_field(&rest, ':', &facility) || rest.n < 5 ||
	    memchr(rest.p, ':', MIN(rest.n, (size_t)10)) == NULL ||
	    !text_next_field(&rest, ':', &name) || !log_level_of(text_trim(name), &level))
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
bool prefix_take_kernel_tag(struct prefix_state *s)
{
	struct text rest = s->t;

	if (!text_skip_prefix(&rest, "kernel") && !text_skip_prefix(&rest, "klogd") &&
	    !text_skip_prefix(&rest, "vmunix"))
		return false;
	if (at(rest, 0) == '[') {
		const char *end = memchr(rest.p, ']', MIN(rest.n, (size_t)12));

		if (!end)
			return false;
		advance(&rest, (size_t)(end - rest.p) + 1);
	}
	if (!text_skip_prefix(&rest, ":") || (rest.n && !strchr(" \t[<", rest.p[0])) ||
	    (s->p->stamped && prefix_is_comm(s->t, first_word(s->t, COMM_MAX))))
		return false;
	s->t = rest;
	(void)skip_blank(&s->t);
	s->p->line.speaker = LOG_SPEAKER_KERNEL;
	s->p->tagged = s->kernel = true;
	return true;
}

/* "[warn] " of Elixir's logger (Nerves) after the time of day. */
bool prefix_take_level_mark(struct prefix_state *s)
{
	const char *end = memchr(s->t.p, ']', MIN(s->t.n, (size_t)12));

	if (!s->walled || !end ||
	    !log_level_of(text_of(s->t.p + 1, (size_t)(end - s->t.p) - 1), &s->p->line.level))
		return false;
	advance(&s->t, (size_t)(end - s->t.p) + 1);
	(void)skip_blank(&s->t);
	return true;
}
