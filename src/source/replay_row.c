/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure half of the replay reader: one record of CSV to one row. */
#include <errno.h>
#include <math.h>

#include "source/replay.h"

static const char *const column_names[REPLAY_COLUMNS] = {
	[REPLAY_TIME] = "time_seconds", [REPLAY_PID] = "pid",
	[REPLAY_COMM] = "comm",		[REPLAY_ANON] = "anon_bytes",
	[REPLAY_SWAP] = "swap_bytes",	[REPLAY_LIMIT] = "limit_bytes",
};

static uint8_t column_role(struct text name)
{
	uint8_t role = 0;

	while (role < REPLAY_COLUMNS && !text_is(name, column_names[role]))
		role++;
	return role;
}

/* "name" or name, blanks around it allowed. Header names hold no quotes of their own. */
static struct text header_name(struct text field)
{
	field = text_trim(field);
	if (field.n >= 2 && field.p[0] == '"' && field.p[field.n - 1] == '"')
		field = text_of(field.p + 1, field.n - 2);
	return field;
}

int replay_header_parse(struct text line, struct replay_header *ret, struct fault *f)
{
	struct replay_header header = { .count = 0 };
	bool seen[REPLAY_COLUMNS + 1] = { false };
	struct text field;

	(void)text_skip_prefix(&line, "\xef\xbb\xbf"); /* the byte order mark Excel writes */
	line = text_trim(line);
	while (text_next_field(&line, ',', &field)) {
		uint8_t role = column_role(header_name(field));

		if (header.count == REPLAY_HEADER_MAX)
			return fault_set(f, -EPROTO, "more than %d columns", REPLAY_HEADER_MAX);
		if (role < REPLAY_COLUMNS && seen[role])
			return fault_set(f, -EPROTO, "column '%s' appears twice",
					 column_names[role]);
		seen[role] = true;
		header.role[header.count++] = role;
	}
	for (size_t i = 0; i < REPLAY_COLUMNS; i++) {
		if (!seen[i])
			return fault_set(f, -EPROTO, "the header has no column '%s'",
					 column_names[i]);
	}
	*ret = header;
	return 0;
}

static int refuse(const char **ret_why, int err, const char *why)
{
	*ret_why = why;
	return err;
}

/*
 * Takes one quoted field, *rest at its opening quote, and the comma after it. A doubled quote is
 * one; everything else, line breaks too, stands for itself.
 */
static int take_quoted(struct text *rest, char *buf, size_t size, struct text *ret, bool *ret_more,
		       const char **ret_why)
{
	size_t i = 1, len = 0;

	for (; i < rest->n; i++) {
		if (rest->p[i] == '"' && (i + 1 == rest->n || rest->p[i + 1] != '"'))
			break;
		i += rest->p[i] == '"';
		if (len == size)
			return refuse(ret_why, -EILSEQ, "a quoted field is longer than 255 bytes");
		buf[len++] = rest->p[i];
	}
	if (i == rest->n)
		return refuse(ret_why, -EILSEQ, "a quote is not closed");
	*ret_more = i + 1 < rest->n;
	if (*ret_more && rest->p[i + 1] != ',')
		return refuse(ret_why, -EILSEQ, "text after a closing quote");
	i += *ret_more ? 2 : 1;
	*ret = text_of(buf, len);
	*rest = text_of(rest->p + i, rest->n - i);
	return 0;
}

/* Takes one plain field: fields are short, and a byte loop beats the call of memchr here. */
static struct text take_plain(struct text *rest, bool *ret_more)
{
	size_t i = 0;
	struct text field;

	while (i < rest->n && rest->p[i] != ',')
		i++;
	field = text_of(rest->p, i);
	*ret_more = i < rest->n;
	i += *ret_more;
	*rest = text_of(rest->p + i, rest->n - i);
	return field;
}

static int split(struct text rest, const struct replay_header *header, char *comm,
		 struct text field[static REPLAY_COLUMNS + 1], const char **ret_why)
{
	char other[REPLAY_COMM_MAX];
	bool more = true;
	uint32_t i = 0;

	for (; more; i++) {
		uint8_t role = i < header->count ? header->role[i] : REPLAY_COLUMNS;
		int r = 0;

		if (rest.n && rest.p[0] == '"')
			r = take_quoted(&rest, role == REPLAY_COMM ? comm : other, REPLAY_COMM_MAX,
					&field[role], &more, ret_why);
		else
			field[role] = take_plain(&rest, &more);
		if (r < 0)
			return r;
		/* A number in quotes would have to outlive this function; nobody writes one. */
		if (field[role].p == other && role != REPLAY_COLUMNS)
			return refuse(ret_why, -EBADMSG, "a number is in quotes");
	}
	if (i < header->count)
		return refuse(ret_why, -EBADMSG, "fewer fields than the header has columns");
	if (i > header->count)
		return refuse(ret_why, -EBADMSG, "more fields than the header has columns");
	return 0;
}

/* Sums of two must not overflow, and must be exact as a signed number in JSON. */
#define BYTES_MAX (UINT64_C(1) << 61)

/* Bytes as a whole number, or as the decimal that data frames with gaps write ("1024.0"). */
static int parse_bytes(struct text t, uint64_t *ret)
{
	double value;
	uint64_t whole;
	int r = text_u64(t, &whole);

	if (r < 0) {
		r = text_double(text_trim(t), &value);
		if (r < 0)
			return r;
		if (!(value >= 0 && value <= (double)BYTES_MAX))
			return -ERANGE;
		whole = (uint64_t)value;
	}
	if (whole > BYTES_MAX)
		return -ERANGE;
	*ret = whole;
	return 0;
}

static int parse_opt_bytes(struct text t, struct opt_u64 *ret)
{
	uint64_t value;
	int r;

	if (text_trim(t).n == 0) {
		*ret = opt_u64_none(ABSENT);
		return 0;
	}
	r = parse_bytes(t, &value);
	if (r == 0)
		*ret = opt_u64_of(value);
	return r;
}

static int parse_pid(struct text t, int32_t *ret)
{
	uint64_t value;
	int r = text_u64(text_trim(t), &value);

	if (r < 0)
		return r;
	if (value > INT32_MAX)
		return -ERANGE;
	*ret = (int32_t)value;
	return 0;
}

int replay_row_parse(struct text record, const struct replay_header *header,
		     char comm[static REPLAY_COMM_MAX], struct replay_row *ret,
		     const char **ret_why)
{
	struct text field[REPLAY_COLUMNS + 1];
	struct replay_row row = { .process = 0 };
	int r = split(record, header, comm, field, ret_why);

	if (r < 0)
		return r;
	if (text_double(text_trim(field[REPLAY_TIME]), &row.time_seconds) < 0)
		return refuse(ret_why, -EBADMSG, "time_seconds is not a number");
	if (parse_pid(field[REPLAY_PID], &row.pid) < 0)
		return refuse(ret_why, -EBADMSG, "pid is not a process number");
	row.comm = field[REPLAY_COMM];
	if (row.comm.n > REPLAY_COMM_MAX)
		return refuse(ret_why, -EBADMSG, "comm is longer than 255 bytes");
	if (parse_bytes(field[REPLAY_ANON], &row.anon_bytes) < 0)
		return refuse(ret_why, -EBADMSG, "anon_bytes is not a number of bytes");
	if (parse_opt_bytes(field[REPLAY_SWAP], &row.swap_bytes) < 0)
		return refuse(ret_why, -EBADMSG, "swap_bytes is not a number of bytes");
	if (parse_opt_bytes(field[REPLAY_LIMIT], &row.limit_bytes) < 0)
		return refuse(ret_why, -EBADMSG, "limit_bytes is not a number of bytes");
	*ret = row;
	return 0;
}
