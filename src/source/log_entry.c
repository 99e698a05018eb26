/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_entry.h"

#include <jansson.h>

#include "base/strbuf.h"
#include "source/log_stamp.h"

static void set_message(struct log_entry *e, struct text t)
{
	e->len = MIN(t.n, sizeof(e->text));
	memcpy(e->text, t.p, e->len);
}

static void set_host(struct log_entry *e, struct text t)
{
	e->base.origin.n = MIN(t.n, sizeof(e->host));
	memcpy(e->host, t.p, e->base.origin.n);
}

static void set_level(struct log_entry *e, struct text t)
{
	uint64_t level;

	if (text_u64(t, &level) == 0 && level < 8)
		e->base.level = opt_u64_of(level);
}

static void set_boot(struct log_entry *e, struct text t)
{
	uint64_t usec;

	if (text_u64(t, &usec) == 0)
		e->base.stamp.boot_usec = opt_u64_of(usec);
}

static void set_wall(struct log_entry *e, struct text t)
{
	uint64_t usec;

	if (text_u64(t, &usec) == 0)
		e->base.stamp.wall_usec = opt_u64_of(usec);
}

static void set_iso(struct log_entry *e, struct text t)
{
	if (!opt_is_known(e->base.stamp.wall_usec))
		(void)log_stamp_iso(&t, &e->base.stamp);
}

static void set_speaker(struct log_entry *e, struct text t)
{
	e->base.speaker = text_is(t, "kernel") ? LOG_SPEAKER_KERNEL : LOG_SPEAKER_OTHER;
}

struct field {
	const char *name;
	void (*set)(struct log_entry *e, struct text value);
	bool message;
};

/* The journal's names (systemd.journal-fields(7)) and those of collectors. */
static const struct field fields[] = {
	{ "MESSAGE", set_message, true },
	{ "_HOSTNAME", set_host, false },
	{ "PRIORITY", set_level, false },
	{ "_SOURCE_MONOTONIC_TIMESTAMP", set_boot, false },
	{ "__REALTIME_TIMESTAMP", set_wall, false },
	{ "_TRANSPORT", NULL, false },
	{ "SYSLOG_IDENTIFIER", set_speaker, false },
	{ "log", set_message, true },
	{ "message", set_message, true },
	{ "msg", set_message, true },
	{ "line", set_message, true },
	{ "textPayload", set_message, true },
	{ "time", set_iso, false },
	{ "timestamp", set_iso, false },
	{ "@timestamp", set_iso, false },
	{ "host", set_host, false },
	{ "hostname", set_host, false },
	{ "ident", set_speaker, false },
	{ "appname", set_speaker, false },
};

static const struct field *field_of(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (text_is(text_of(name, len), fields[i].name))
			return &fields[i];
	return NULL;
}

/* A message with bytes that are not UTF-8 is an array of numbers in the journal's JSON. */
static void set_bytes(struct log_entry *e, const json_t *array)
{
	size_t i;
	json_t *byte;

	e->len = 0;
	json_array_foreach(array, i, byte)
	{
		if (e->len == sizeof(e->text))
			break;
		e->text[e->len++] = (char)json_integer_value(byte);
	}
}

static bool take_object(json_t *object, struct log_entry *e, unsigned int depth)
{
	const char *key;
	json_t *value;
	bool message = false;

	json_object_foreach(object, key, value)
	{
		const struct field *f = field_of(key, strlen(key));

		if (json_is_object(value) && depth)
			message |= take_object(value, e, depth - 1);
		if (!f || !f->set || (f->message && message))
			continue;
		if (json_is_string(value))
			f->set(e, text_of(json_string_value(value), json_string_length(value)));
		else if (f->message && json_is_array(value))
			set_bytes(e, value);
		else
			continue;
		message |= f->message;
	}
	return message;
}

/* "MESSAGE" : [120, 32], is an object but for its braces. */
static json_t *load_member(struct text line)
{
	char buf[LOG_LINE_MAX];
	struct strbuf object = STRBUF(buf);

	line = text_trim(line);
	if (line.n && line.p[line.n - 1] == ',')
		line.n--;
	strbuf_putc(&object, '{');
	strbuf_add(&object, line.p, line.n);
	strbuf_putc(&object, '}');
	return object.full ? NULL
			   : json_loadb(object.buf, object.len, JSON_REJECT_DUPLICATES, NULL);
}

static void skip_front(struct text *t, const char *set)
{
	const struct text bytes = text_string(set);

	while (t->n && memchr(bytes.p, t->p[0], bytes.n))
		*t = text_of(t->p + 1, t->n - 1);
}

/* "\u00e9": the two halves of a pair, and half a pair, become question marks. */
static size_t put_unicode(struct text digits, char *out)
{
	uint32_t c = 0;

	for (size_t i = 0; i < digits.n; i++) {
		const char d = digits.p[i];

		c = c << 4 | (uint32_t)(d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
	}
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c >= 0xd800 && c < 0xe000) {
		out[0] = '?';
		return 1;
	}
	out[0] = (char)(c < 0x800 ? 0xc0 | c >> 6 : 0xe0 | c >> 12);
	if (c >= 0x800)
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[c < 0x800 ? 1 : 2] = (char)(0x80 | (c & 0x3f));
	return c < 0x800 ? 2 : 3;
}

static size_t hex_digits(struct text t)
{
	size_t n = 0;

	while (n < 4 && n < t.n && strchr("0123456789abcdefABCDEF", t.p[n]) && t.p[n])
		n++;
	return n;
}

/* The string at the front, to its end or that of the text: never longer than it was written. */
static struct text take_string(struct text *t, char *out)
{
	static const char escapes[] = "n\nt\tr\rb\bf\f";
	size_t i = 1, len = 0;

	while (i < t->n && t->p[i] != '"') {
		const char *e;

		if (t->p[i] != '\\' || i + 1 == t->n) {
			out[len++] = t->p[i++];
			continue;
		}
		i++;
		if (t->p[i] == 'u' && hex_digits(text_of(t->p + i + 1, t->n - i - 1)) == 4) {
			len += put_unicode(text_of(t->p + i + 1, 4), out + len);
			i += 5;
			continue;
		}
		for (e = escapes; *e && *e != t->p[i]; e += 2)
			;
		out[len++] = *e ? e[1] : t->p[i];
		i++;
	}
	i += i < t->n;
	*t = text_of(t->p + i, t->n - i);
	return text_of(out, len);
}

/* Members with strings, of an object that is broken: cut, a number too large, half a character. */
static bool scan_members(struct text t, struct log_entry *e)
{
	char name[LOG_LINE_MAX], room[LOG_LINE_MAX];
	bool message = false;

	t.n = MIN(t.n, sizeof(room));
	while (t.n) {
		const struct field *f;
		struct text key;

		if (t.p[0] != '"') {
			t = text_of(t.p + 1, t.n - 1);
			continue;
		}
		key = take_string(&t, name);
		skip_front(&t, " \t");
		if (!t.n || t.p[0] != ':')
			continue;
		skip_front(&t, ": \t");
		if (!t.n || t.p[0] != '"')
			continue;
		f = field_of(key.p, key.n);
		key = take_string(&t, room);
		if (!f || !f->set || (f->message && message))
			continue;
		f->set(e, key);
		message |= f->message;
	}
	return message;
}

static bool begins_member(struct text t)
{
	size_t i = 1;

	while (i < t.n && i < 64 && t.p[i] != '"' && t.p[i] != ' ')
		i++;
	if (i < 2 || i >= t.n || t.p[i] != '"')
		return false;
	t = text_of(t.p + i + 1, t.n - i - 1);
	skip_front(&t, " \t");
	return t.n && t.p[0] == ':';
}

/* The object or member at the front, also of an array and of server-sent events. */
static bool find_json(struct text *line)
{
	struct text t = *line, after;

	skip_front(&t, " \t");
	if (text_skip_prefix(&t, "data:"))
		skip_front(&t, " \t");
	if (t.n && t.p[0] != '"') {
		skip_front(&t, "[], \t");
		if (!t.n || t.p[0] != '{')
			return false;
		after = text_of(t.p + 1, t.n - 1);
		skip_front(&after, " \t");
		*line = t;
		return after.n && (after.p[0] == '"' || after.p[0] == '}');
	}
	*line = t;
	return t.n && begins_member(t);
}

enum log_json_result log_entry_json(struct text *line, struct log_entry *ret)
{
	json_error_t end = { 0 };
	json_t *object;
	bool found;

	if (!find_json(line))
		return LOG_JSON_NOT;
	ret->base = (struct log_line){ .origin = { ret->host, 0 } };
	ret->len = 0;
	object = line->p[0] == '{' ? json_loadb(line->p, line->n,
						JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL |
							JSON_REJECT_DUPLICATES,
						&end)
				   : load_member(*line);
	if (object && line->p[0] == '{' && end.position > 0 && (size_t)end.position <= line->n) {
		found = take_object(object, ret, 1);
		*line = text_of(line->p + end.position, line->n - (size_t)end.position);
	} else {
		found = object ? take_object(object, ret, 1) : scan_members(*line, ret);
		*line = text_of(line->p + line->n, 0);
	}
	json_decref(object);
	return found ? LOG_JSON_MESSAGE : LOG_JSON_OTHER;
}

static bool is_field_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Length of the field's name at the front; 0: none. */
static size_t field_name(struct text line)
{
	size_t i = 0;

	while (i < line.n && i < 64 && is_field_char(line.p[i]))
		i++;
	return i >= 2 && (i == line.n || line.p[i] == '=') ? i : 0;
}

/* "Thu 2025-11-26 12:00:00.123456 CET [s=3b..;i=1f..;b=..]" of -o verbose. */
static bool begins_verbose(struct text line, struct log_entry *e)
{
	struct oom_stamp stamp = { 0 };

	if (!log_stamp_syslog(&line, &stamp))
		return false;
	line = text_trim(line);
	if (!text_skip_prefix(&line, "[s=") || !line.n || line.p[line.n - 1] != ']')
		return false;
	e->base.stamp = stamp;
	return true;
}

static bool begin(struct log_fields *f, struct text line)
{
	struct oom_stamp none = { 0 };

	f->entry.base = (struct log_line){ .origin = { f->entry.host, 0 }, .stamp = none };
	f->entry.len = 0;
	f->message = f->in_message = false;
	f->open = text_skip_prefix(&line, "__CURSOR=") || begins_verbose(line, &f->entry);
	return f->open;
}

static void append(struct log_entry *e, struct text t)
{
	const size_t room = sizeof(e->text) - e->len;

	if (e->len && room)
		e->text[e->len++] = '\n';
	t.n = MIN(t.n, sizeof(e->text) - e->len);
	memcpy(e->text + e->len, t.p, t.n);
	e->len += t.n;
}

static enum log_fields_result end(struct log_fields *f)
{
	f->open = false;
	return f->message ? LOG_FIELDS_ENTRY : LOG_FIELDS_MORE;
}

/* A field "NAME=value", or "NAME" alone before its value in the binary form. */
static void take_field(struct log_fields *f, struct text line, size_t name)
{
	const struct field *field = field_of(line.p, name);

	f->in_message = field && field->message;
	f->message |= f->in_message;
	if (field && field->set && name < line.n)
		field->set(&f->entry, text_of(line.p + name + 1, line.n - name - 1));
}

/* The next entry without an empty line between, or a log in another form: this one lost its end. */
static bool begins_anew(struct text line)
{
	struct oom_stamp stamp = { 0 };

	if (!line.n)
		return false;
	if (text_skip_prefix(&line, "__CURSOR="))
		return true;
	if (line.n > 3 && line.p[0] == '<' && (line.p[2] == '>' || line.p[3] == '>'))
		return true;
	return log_stamp_printk(&line, &stamp) || log_stamp_iso(&line, &stamp) ||
	       log_stamp_syslog(&line, &stamp);
}

/* The eight bytes of a size in the binary form, of which the upper ones are 0. */
static struct text without_size(struct text line)
{
	for (size_t i = MIN(line.n, (size_t)8); i > 0; i--)
		if (line.p[i - 1] == '\0')
			return text_of(line.p + i, line.n - i);
	return line;
}

enum log_fields_result log_fields_line(struct log_fields *f, struct text line)
{
	struct text trimmed = text_trim(line);
	size_t name;

	if (f->open && f->message && begins_anew(line)) {
		f->open = false;
		return LOG_FIELDS_ENTRY_BEFORE;
	}
	if (!f->open || begins_anew(line))
		return begin(f, line) ? LOG_FIELDS_MORE : LOG_FIELDS_NOT;
	if (!trimmed.n)
		return end(f);
	name = field_name(trimmed);
	if (name) {
		take_field(f, trimmed, name);
	} else if (f->in_message) {
		while (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		append(&f->entry, f->entry.len ? line : without_size(line));
	}
	return LOG_FIELDS_MORE;
}
