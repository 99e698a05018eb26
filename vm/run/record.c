/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void records_release(struct records *r)
{
	free(r->record);
	free(r->text);
	*r = (struct records){ 0 };
}

void records_clear(struct records *r)
{
	r->count = 0;
	r->text_len = 0;
}

static int reserve(struct records *r, size_t text_len)
{
	if (r->count >= RECORDS_MAX || r->text_len + text_len > RECORDS_TEXT_MAX)
		return -E2BIG;
	if (r->count == r->capacity) {
		uint32_t capacity = r->capacity ? 2 * r->capacity : 256;
		void *grown = reallocarray(r->record, capacity, sizeof(*r->record));

		if (!grown)
			return -ENOMEM;
		r->record = grown;
		r->capacity = capacity;
	}
	if (r->text_len + text_len > r->text_capacity) {
		size_t capacity = MAX(2 * (size_t)r->text_capacity, r->text_len + text_len + 4096);
		void *grown = realloc(r->text, capacity);

		if (!grown)
			return -ENOMEM;
		r->text = grown;
		r->text_capacity = (uint32_t)capacity;
	}
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The kernel writes \xNN for a backslash and for what is not printable ASCII. */
static uint32_t decode(struct text in, char *out)
{
	uint32_t len = 0;

	while (in.n) {
		int high = -1, low = -1;

		if (in.n >= 4 && in.p[0] == '\\' && in.p[1] == 'x') {
			high = hex_digit(in.p[2]);
			low = hex_digit(in.p[3]);
		}
		if (high >= 0 && low >= 0) {
			out[len++] = (char)(high << 4 | low);
			in = text_of(in.p + 4, in.n - 4);
		} else {
			out[len++] = in.p[0];
			in = text_of(in.p + 1, in.n - 1);
		}
	}
	return len;
}

static int take_number(struct text *rest, uint64_t *ret)
{
	struct text field;

	if (!text_next_field(rest, ',', &field))
		return -EPROTO;
	return text_u64(field, ret) < 0 ? -EPROTO : 0;
}

int records_add(struct records *r, struct text line)
{
	struct record record = { 0 };
	uint64_t prefix, seq;
	struct text head, field;
	int err;

	if (!memchr(line.p, ';', line.n) || !text_next_field(&line, ';', &head))
		return -EPROTO;
	if (take_number(&head, &prefix) < 0 || take_number(&head, &seq) < 0 ||
	    take_number(&head, &record.usec) < 0)
		return -EPROTO;
	while (text_next_field(&head, ',', &field))
		if (text_skip_prefix(&field, "caller=") &&
		    text_copy(field, record.caller, sizeof(record.caller)) < 0)
			return -EPROTO;
	record.level = (uint8_t)(prefix & 7);
	err = reserve(r, line.n);
	if (err < 0)
		return err;
	record.text = r->text_len;
	record.text_len = decode(line, r->text + r->text_len);
	r->text_len += record.text_len;
	r->record[r->count++] = record;
	return 0;
}

int records_add_console(struct records *r, struct text line)
{
	struct record record = { 0 };
	uint64_t seconds, micros;
	struct text stamp, whole;
	int err;

	if (!text_skip_prefix(&line, "[") || !memchr(line.p, ']', line.n) ||
	    !text_next_field(&line, ']', &stamp) || !text_next_field(&stamp, '.', &whole))
		return -EPROTO;
	if (text_u64(text_trim(whole), &seconds) < 0 || text_u64(stamp, &micros) < 0 ||
	    stamp.n != 6 || seconds > UINT32_MAX)
		return -EPROTO;
	(void)text_skip_prefix(&line, " ");
	err = reserve(r, line.n);
	if (err < 0)
		return err;
	record.usec = seconds * 1000000 + micros;
	record.text = r->text_len;
	record.text_len = (uint32_t)line.n;
	if (line.n)
		memcpy(r->text + r->text_len, line.p, line.n);
	r->text_len += record.text_len;
	r->record[r->count++] = record;
	return 0;
}

struct text record_text(const struct records *r, const struct record *record)
{
	return text_of(record->text_len ? r->text + record->text : "", record->text_len);
}

bool record_next_line(struct text *rest, struct text *ret_line, bool *started)
{
	/* A record without text is a line, too. */
	if (!rest->n) {
		*ret_line = *rest;
		return !*started && (*started = true);
	}
	*started = true;
	return text_next_field(rest, '\n', ret_line);
}

uint32_t record_prefix(const struct record *record, char prefix[64])
{
	int n = snprintf(prefix, 64, "[%5llu.%06llu]", (unsigned long long)(record->usec / 1000000),
			 (unsigned long long)(record->usec % 1000000));

	if (record->caller[0])
		n += snprintf(prefix + n, 64 - (size_t)n, "[%6s]", record->caller);
	n += snprintf(prefix + n, 64 - (size_t)n, " ");
	return (uint32_t)n;
}

uint32_t record_console_bytes(const struct records *r, const struct record *record)
{
	struct text rest = record_text(r, record), line;
	char prefix[64];
	uint32_t each = record_prefix(record, prefix) + 2, bytes = 0;
	bool started = false;

	while (record_next_line(&rest, &line, &started))
		bytes += each + (uint32_t)line.n;
	return bytes;
}
