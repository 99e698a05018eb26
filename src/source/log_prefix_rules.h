/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of log_prefix.c, each of which takes one form of prefix off the front of a line, or
 * returns false and leaves the line alone; and the small steps they are made of.
 */
#pragma once

#include "source/log_prefix.h"

#define PREFIX_WORD_MAX 128 /* of a host and of a program's name */
#define COMM_MAX 15	    /* TASK_COMM_LEN - 1 */

struct prefix_state {
	struct text t; /* what is left of the line */
	struct log_prefix *p;
	bool walled; /* a timestamp of the log was taken: a host may follow */
	bool syslog5424;
	bool kernel; /* the kernel's text begins here */
};

static inline char at(struct text t, size_t i)
{
	return i < t.n ? t.p[i] : '\0';
}

static inline void advance(struct text *t, size_t n)
{
	t->p += n;
	t->n -= n;
}

static inline bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool skip_blank(struct text *t)
{
	if (at(*t, 0) != ' ' && at(*t, 0) != '\t')
		return false;
	advance(t, 1);
	return true;
}

static inline void skip_blanks(struct text *t)
{
	while (skip_blank(t))
		;
}

/* The first word of `t`, at most `max` bytes; empty when it is longer or `t` begins with a blank.
 */
static inline struct text first_word(struct text t, size_t max)
{
	size_t i = 0;

	while (i < t.n && i <= max && t.p[i] != ' ' && t.p[i] != '\t')
		i++;
	return text_of(t.p, i > max ? 0 : i);
}

static inline bool ends_with(struct text t, char c)
{
	return t.n && t.p[t.n - 1] == c;
}

/* "systemd[1]:" */
bool prefix_is_program_tag(struct text word);

/* Is `word` of `t`, though it looks like a tag, the name in "runc[1]: invoked oom-killer"? */
bool prefix_is_comm(struct text t, struct text word);
/* "6,1234,5678901,-;" at the front, perhaps with netconsole's "6.12.1-amd64," before it. */
bool prefix_is_kmsg(struct text t);
/* "warn", "INFO"; false: another word. */
bool log_level_of(struct text name, struct opt_u64 *ret) _nonnull_(2);

/* What printk, dmesg and /dev/kmsg print: log_prefix_kernel.c */
bool prefix_take_priority(struct prefix_state *s);
bool prefix_take_printk(struct prefix_state *s);
bool prefix_take_bracketed(struct prefix_state *s);
bool prefix_take_kmsg(struct prefix_state *s);
bool prefix_take_facility(struct prefix_state *s);
bool prefix_take_decoded(struct prefix_state *s);
bool prefix_take_kernel_tag(struct prefix_state *s);
bool prefix_take_level_mark(struct prefix_state *s);

/* syslog, rsyslog and the journal: log_prefix_syslog.c */
bool prefix_take_iso(struct prefix_state *s);
bool prefix_take_unix(struct prefix_state *s);
bool prefix_take_clock(struct prefix_state *s);
bool prefix_take_syslog(struct prefix_state *s);
bool prefix_take_host(struct prefix_state *s);

/* Emulators, containers, phones, mails, pagers: log_prefix_other.c */
bool prefix_take_quote(struct prefix_state *s);
bool prefix_take_logcat(struct prefix_state *s);
bool prefix_take_cri(struct prefix_state *s);
bool prefix_take_guest(struct prefix_state *s);
bool prefix_take_mark(struct prefix_state *s);
bool prefix_take_logcat_brief(struct prefix_state *s);
bool prefix_take_file_mark(struct prefix_state *s);
