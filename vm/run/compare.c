/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compare.h"

#include <string.h>

/* How far ahead a lost line is looked for before the one on the wire is called garbled. */
#define LOOK_AHEAD 4096
/* After so many in vain no more is looked for: the run is lost, and it would take minutes. */
#define GARBLED_ENOUGH 256

/* The lines of all records, one after the other. */
struct cursor {
	uint32_t record;
	uint32_t lines; /* of this record, with the current one */
	struct text rest;
	bool started;
	struct text line; /* the current one, when .valid */
	bool valid;
};

static void advance(const struct records *r, struct cursor *c)
{
	while (!(c->valid = record_next_line(&c->rest, &c->line, &c->started))) {
		c->record++;
		c->lines = 0;
		c->started = false;
		if (c->record >= r->count)
			return;
		c->rest = record_text(r, &r->record[c->record]);
	}
	c->lines++;
}

static struct cursor begin(const struct records *r)
{
	struct cursor c = { .rest = text_of("", 0), .started = true, .record = UINT32_MAX };

	advance(r, &c);
	return c;
}

static bool is_line(const struct records *r, const struct cursor *c, struct text seen)
{
	char prefix[64];
	uint32_t n;

	/* The text first, from the end: most lines are not it, and the prefix costs a printf. */
	if (seen.n < c->line.n + 1 || seen.p[seen.n - 1] != '\r' ||
	    (c->line.n && memcmp(seen.p + seen.n - 1 - c->line.n, c->line.p, c->line.n) != 0))
		return false;
	n = record_prefix(&r->record[c->record], prefix);
	return seen.n == n + c->line.n + 1 && memcmp(seen.p, prefix, n) == 0;
}

static void note_arrival(struct arrival *a, const struct wire_line *line)
{
	if (!a->known)
		a->first_seconds = line->first_seconds;
	a->known = true;
	a->last_seconds = line->last_seconds;
	a->bytes += line->len + 1;
}

/*
 * Consoles get a record through a buffer of 1024 bytes in 6.1 (CONSOLE_LOG_MAX), of 2048 in 6.12
 * (PRINTK_MESSAGE_MAX), and record_print_text drops the lines that do not fit: in 6.1 the
 * memory.stat of a cgroup's OOM report is such a record.
 */
static bool is_cut(const struct records *r, const struct cursor *c)
{
	return c->lines > 1 && record_console_bytes(r, &r->record[c->record]) > 1024;
}

static void note_missing(const struct records *r, const struct cursor *from,
			 const struct cursor *to, int level, struct comparison *ret)
{
	struct cursor c = *from;

	while (c.valid && (!to->valid || c.record != to->record || c.line.p != to->line.p)) {
		bool printed = r->record[c.record].level < level;

		if (printed && is_cut(r, &c))
			ret->cut_lines++;
		else if (printed && ret->missing_lines++ == 0)
			ret->first_missing = c.record;
		advance(r, &c);
	}
}

void compare_wire(const struct records *r, const struct wire *wire, int console_loglevel,
		  struct arrival *arrival, struct comparison *ret)
{
	struct cursor at = begin(r);
	const struct cursor none = { .valid = false };
	int ahead;

	*ret = (struct comparison){ 0 };
	if (r->count)
		memset(arrival, 0, r->count * sizeof(*arrival));
	for (uint32_t i = 0; i < wire->count; i++) {
		const struct wire_line *line = &wire->line[i];
		struct text seen = text_of(wire->text + line->text, line->len);
		struct cursor found = at;

		ret->wire_bytes += line->len + 1;
		ahead = ret->garbled_lines < GARBLED_ENOUGH ? LOOK_AHEAD : 0;
		for (int steps = 0; found.valid && steps < ahead && !is_line(r, &found, seen);
		     steps++)
			advance(r, &found);
		if (!found.valid || !is_line(r, &found, seen)) {
			if (ret->garbled_lines++ == 0)
				ret->first_garbled = i;
			continue;
		}
		note_missing(r, &at, &found, console_loglevel, ret);
		ret->extra_lines += r->record[found.record].level >= console_loglevel;
		note_arrival(&arrival[found.record], line);
		at = found;
		advance(r, &at);
	}
	note_missing(r, &at, &none, console_loglevel, ret);
}
