/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_frame.h"

#include <errno.h>
#include <stdlib.h>

#include "source/log_clean.h"
#include "source/log_entry.h"
#include "source/log_join.h"

struct log_frame {
	struct log_frame_sink sink;
	struct log_join join;
	struct log_fields fields;
	struct log_entry json;

	uint64_t offset, line; /* of the first byte that is not yet in a line */
	uint64_t cut;
	size_t carry_len;
	bool discarding; /* the rest of a line that was too long */

	/* What the lines without a prefix of their own inherit. */
	struct log_prefix record;
	char record_origin[OOM_WORD_SIZE];
	uint32_t prefix_width; /* of its first raw line */
	bool in_record;

	char carry[LOG_LINE_MAX];
	char clean[LOG_LINE_MAX];
	char unescaped[LOG_LINE_MAX];
};

/* Of one raw line: what its parts share. */
struct raw_line {
	uint64_t offset, number;
	struct log_wrap wrap;
	const struct log_line *base; /* what an envelope says; NULL: there was none */
	bool further;		     /* not the first line of the envelope's message */
};

struct log_frame *log_frame_new(const struct log_frame_sink *sink)
{
	struct log_frame *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->sink = *sink;
	f->join.sink = &f->sink;
	f->line = 1;
	return f;
}

void log_frame_free(struct log_frame *f)
{
	free(f);
}

uint64_t log_frame_cut(const struct log_frame *f)
{
	return f->cut;
}

static void fill_opt(struct opt_u64 *to, struct opt_u64 from)
{
	if (!opt_is_known(*to))
		*to = from;
}

/* What the line does not say itself, it has from its envelope or from the record it continues. */
static void inherit(struct log_line *l, const struct log_line *from)
{
	fill_opt(&l->stamp.boot_usec, from->stamp.boot_usec);
	if (!opt_is_known(l->stamp.wall_usec) && !l->stamp.wall_text[0]) {
		l->stamp.wall_usec = from->stamp.wall_usec;
		memcpy(l->stamp.wall_text, from->stamp.wall_text, sizeof(l->stamp.wall_text));
	}
	fill_opt(&l->level, from->level);
	fill_opt(&l->caller, from->caller);
	if (!l->origin.n)
		l->origin = from->origin;
	if (l->speaker == LOG_SPEAKER_UNKNOWN)
		l->speaker = from->speaker;
}

static void remember_record(struct log_frame *f, const struct log_prefix *p)
{
	f->record = *p;
	f->record.line.origin.n = MIN(p->line.origin.n, sizeof(f->record_origin));
	if (p->line.origin.n)
		memcpy(f->record_origin, p->line.origin.p, f->record.line.origin.n);
	f->record.line.origin.p = f->record_origin;
	f->in_record = true;
}

static int pass_line(struct log_frame *f, const struct raw_line *raw, struct log_prefix *p)
{
	struct log_wrap wrap = raw->wrap;
	uint32_t lead = 0;

	p->line.offset = raw->offset;
	p->line.number = raw->number;
	if (raw->base) {
		p->line.continued |= raw->further && !p->own;
		p->own = true;
		inherit(&p->line, raw->base);
	}
	/* A wrap behind "Jun 20 12:47:02 db1 kernel:": that was this line's prefix. */
	if (f->in_record && !f->record.line.text.n && !p->line.continued) {
		inherit(&p->line, &f->record.line);
		lead = p->own ? 0 : f->prefix_width;
		p->own = true;
	}
	if (p->own && !p->line.continued) {
		remember_record(f, p);
		f->prefix_width = raw->wrap.width;
	} else if (f->in_record) {
		inherit(&p->line, &f->record.line);
		p->line.continued = true;
	}
	if (!p->line.text.n)
		return log_join_flush(&f->join);
	wrap.lead = lead;
	return log_join_add(&f->join, p, &wrap);
}

/* The lines of a record that has several: "\x0a" of kmsg, "#012" of rsyslog. */
static int pass_lines(struct log_frame *f, const struct raw_line *raw, struct log_prefix *p)
{
	struct text rest = p->line.text, line;
	bool first = true;
	int r = 0;

	if (!memchr(rest.p, '\n', rest.n))
		return pass_line(f, raw, p);
	while (r == 0 && text_next_line(&rest, &line)) {
		struct log_prefix part = *p;

		part.line.text = line;
		part.line.continued = !first;
		part.own = true;
		while (part.line.text.n && strchr(" \t\r", part.line.text.p[part.line.text.n - 1]))
			part.line.text.n--;
		part.line.console_bytes = log_console_bytes(&part.line);
		r = pass_line(f, raw, &part);
		first = false;
	}
	return r;
}

static int frame_part(struct log_frame *f, const struct raw_line *raw, struct text part)
{
	struct log_prefix p;

	log_prefix_take(part, &p);
	/* " SUBSYSTEM=pci": the dictionary of a kmsg record. */
	if (!p.own && f->in_record && f->record.kmsg && p.indented &&
	    memchr(p.line.text.p, '=', p.line.text.n) && p.line.text.p[0] >= 'A' &&
	    p.line.text.p[0] <= 'Z')
		return 0;
	if (p.kmsg) {
		p.line.text = text_of(f->unescaped, log_unescape(p.line.text, f->unescaped));
		p.line.console_bytes = log_console_bytes(&p.line);
	}
	return pass_lines(f, raw, &p);
}

/* The records of a line whose newlines were lost. */
static int frame_text(struct log_frame *f, const struct raw_line *raw, struct text t)
{
	int r = 0;

	while (r == 0 && t.n) {
		struct log_prefix p;
		size_t begin;
		ssize_t next;

		log_prefix_take(t, &p);
		begin = (size_t)(p.line.text.p - t.p);
		next = p.line.text.n ? log_prefix_inside(t, p.own ? begin + 1 : begin) : -1;
		if (next <= 0)
			return frame_part(f, raw, t);
		r = frame_part(f, raw, text_of(t.p, (size_t)next));
		t = text_of(t.p + next, t.n - (size_t)next);
	}
	return r;
}

static int frame_message(struct log_frame *f, struct raw_line *raw, const struct log_entry *e)
{
	struct text rest = text_of(e->text, e->len), line;
	int r = 0;

	raw->base = &e->base;
	while (r == 0 && text_next_line(&rest, &line)) {
		r = frame_text(f, raw, line);
		raw->further = true;
	}
	f->in_record = false;
	return r;
}

static bool may_be_json(struct text line)
{
	const char *p = line.p;

	while (p < line.p + line.n && (*p == ' ' || *p == '\t'))
		p++;
	return p < line.p + line.n && strchr("{\"[,d", *p) && *p;
}

/* The objects of a line; 1 when there was any. */
static int frame_json(struct log_frame *f, struct raw_line *raw, struct text *line)
{
	enum log_json_result found;
	int taken = 0, r = 0;

	while (r == 0 && line->n && (found = log_entry_json(line, &f->json))) {
		taken = 1;
		raw->further = false;
		if (found == LOG_JSON_MESSAGE)
			r = frame_message(f, raw, &f->json);
	}
	return r < 0 ? r : taken;
}

static int frame_line(struct log_frame *f, struct text line, uint64_t offset, uint64_t number)
{
	struct raw_line raw = { .offset = offset, .number = number };
	enum log_fields_result fields;
	struct text rest, part;
	int r = 0;

	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (!line.n || f->fields.open || line.p[0] == '_' || line.p[line.n - 1] == ']') {
		fields = log_fields_line(&f->fields, line);
		if (fields == LOG_FIELDS_ENTRY_BEFORE) {
			r = frame_message(f, &raw, &f->fields.entry);
			if (r < 0)
				return r;
			raw.base = NULL;
			raw.further = false;
			fields = log_fields_line(&f->fields, line);
		}
		if (fields == LOG_FIELDS_ENTRY)
			return frame_message(f, &raw, &f->fields.entry);
		if (fields == LOG_FIELDS_MORE)
			return 0;
	}
	if (log_clean_needed(line))
		line = text_of(f->clean, log_clean(line, f->clean));
	if (!line.n) {
		f->in_record = false;
		return log_join_flush(&f->join);
	}
	raw.wrap.width = (uint32_t)line.n;
	raw.wrap.padded = line.p[line.n - 1] == ' ';
	if (may_be_json(line)) {
		r = frame_json(f, &raw, &line);
		if (r)
			return r < 0 ? r : 0;
	}
	if (!memchr(line.p, '\n', line.n))
		return frame_text(f, &raw, line);
	for (rest = line; r == 0 && text_next_line(&rest, &part);)
		r = frame_text(f, &raw, part);
	return r;
}

/* A line that does not fit: what fits is read, the rest is not. */
static int frame_cut(struct log_frame *f)
{
	int r = frame_line(f, text_of(f->carry, f->carry_len), f->offset, f->line);

	f->offset += f->carry_len;
	f->carry_len = 0;
	f->discarding = true;
	f->cut++;
	return r;
}

static int carry_on(struct log_frame *f, struct text part)
{
	if (!f->discarding && f->carry_len + part.n <= sizeof(f->carry)) {
		if (part.n)
			memcpy(f->carry + f->carry_len, part.p, part.n);
		f->carry_len += part.n;
		return 0;
	}
	if (!f->discarding) {
		const size_t room = sizeof(f->carry) - f->carry_len;
		int r;

		memcpy(f->carry + f->carry_len, part.p, room);
		f->carry_len += room;
		r = frame_cut(f);
		f->offset += part.n - room;
		return r;
	}
	f->offset += part.n;
	return 0;
}

static int end_line(struct log_frame *f, struct text line)
{
	int r = 0;

	if (f->discarding || f->carry_len || line.n > sizeof(f->carry)) {
		r = carry_on(f, line);
		line = text_of(f->carry, f->carry_len);
	}
	if (r == 0 && !f->discarding)
		r = frame_line(f, line, f->offset, f->line);
	f->offset += f->discarding ? 1 : line.n + 1;
	f->carry_len = 0;
	f->discarding = false;
	f->line++;
	return r;
}

int log_frame_flush(struct log_frame *f)
{
	return log_join_flush(&f->join);
}

static int close_up(struct log_frame *f)
{
	int r = 0;

	if (f->carry_len)
		r = end_line(f, text_of(NULL, 0));
	f->discarding = false;
	if (r == 0 && f->fields.open)
		r = frame_line(f, text_of(NULL, 0), f->offset, f->line);
	if (r == 0)
		r = log_frame_flush(f);
	f->in_record = false;
	return r;
}

int log_frame_feed(struct log_frame *f, const char *bytes, size_t len, uint64_t offset,
		   uint64_t line)
{
	struct text rest = text_of(bytes, len);
	int r = 0;

	if (offset != LOG_FRAME_FOLLOWS) {
		r = close_up(f);
		f->offset = offset;
		f->line = line;
	}
	while (r == 0 && rest.n) {
		const char *end = memchr(rest.p, '\n', rest.n);
		const size_t n = end ? (size_t)(end - rest.p) : rest.n;

		r = end ? end_line(f, text_of(rest.p, n)) : carry_on(f, rest);
		rest = text_of(rest.p + n + (end != NULL), rest.n - n - (end != NULL));
	}
	return r;
}

int log_frame_end(struct log_frame *f)
{
	int r = close_up(f);

	f->offset = 0;
	f->line = 1;
	f->join.hard_width = f->join.soft_width = 0;
	f->join.last_len = 0;
	return r;
}
