/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <errno.h>
#include <math.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void text_advance(struct text *t, size_t n)
{
	t->p += n;
	t->n -= n;
}

bool text_next_field(struct text *rest, char sep, struct text *ret_field)
{
	const char *at;
	size_t len;

	if (rest->n == 0)
		return false;
	at = memchr(rest->p, sep, rest->n);
	len = at ? (size_t)(at - rest->p) : rest->n;
	*ret_field = text_of(rest->p, len);
	text_advance(rest, at ? len + 1 : len);
	return true;
}

bool text_next_line(struct text *rest, struct text *ret_line)
{
	return text_next_field(rest, '\n', ret_line);
}

bool text_next_word(struct text *rest, struct text *ret_word)
{
	size_t len = 0;

	while (rest->n && is_blank(rest->p[0]))
		text_advance(rest, 1);
	while (len < rest->n && !is_blank(rest->p[len]))
		len++;
	if (!len)
		return false;
	*ret_word = text_of(rest->p, len);
	text_advance(rest, len);
	return true;
}

struct text text_trim(struct text t)
{
	while (t.n && (is_blank(t.p[0]) || t.p[0] == '\r'))
		text_advance(&t, 1);
	while (t.n && (is_blank(t.p[t.n - 1]) || t.p[t.n - 1] == '\r'))
		t.n--;
	return t;
}

int text_copy(struct text t, char *buf, size_t size)
{
	buf[0] = '\0';
	if (t.n >= size)
		return -ENAMETOOLONG;
	if (memchr(t.p, '\0', t.n))
		return -EINVAL;
	memcpy(buf, t.p, t.n);
	buf[t.n] = '\0';
	return 0;
}

int text_u64(struct text t, uint64_t *ret)
{
	uint64_t value = 0;

	if (!t.n)
		return -EINVAL;
	for (size_t i = 0; i < t.n; i++) {
		if (!is_digit(t.p[i]))
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(t.p[i] - '0'), &value))
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

int text_i64(struct text t, int64_t *ret)
{
	bool negative = text_skip_prefix(&t, "-");
	uint64_t magnitude;
	int r = text_u64(t, &magnitude);

	if (r < 0)
		return r;
	if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return -ERANGE;
	*ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return 0;
}

/* Takes digits off *t; accumulates into *value; returns how many there were. */
static size_t take_digits(struct text *t, double *value)
{
	size_t count = 0;

	for (; t->n && is_digit(t->p[0]); count++) {
		*value = *value * 10 + (t->p[0] - '0');
		text_advance(t, 1);
	}
	return count;
}

/*
 * Own conversion instead of strtod: bounded by .n, no locale, no copy; replay parses millions.
 * Digits beyond 2^53 lose precision as any double does.
 */
static int take_double(struct text *t, double *ret)
{
	bool negative = text_skip_prefix(t, "-");
	double value = 0;
	size_t whole = take_digits(t, &value), fraction = 0;

	if (text_skip_prefix(t, ".")) {
		fraction = take_digits(t, &value);
		value /= pow(10, (double)fraction);
	}
	if (!whole && !fraction)
		return -EINVAL;
	if (t->n && (t->p[0] == 'e' || t->p[0] == 'E')) {
		struct text exponent = text_of(t->p + 1, t->n - 1);
		bool down = text_skip_prefix(&exponent, "-");
		double power = 0;

		if (!down)
			(void)text_skip_prefix(&exponent, "+");
		if (!take_digits(&exponent, &power))
			return -EINVAL;
		value *= pow(10, down ? -power : power);
		*t = exponent;
	}
	if (!isfinite(value))
		return -ERANGE;
	*ret = negative ? -value : value;
	return 0;
}

int text_double(struct text t, double *ret)
{
	double value;
	int r = take_double(&t, &value);

	if (r < 0)
		return r;
	if (t.n)
		return -EINVAL;
	*ret = value;
	return 0;
}

struct unit {
	const char *name;
	double factor;
};

/* A non-negative number followed by one of the units. */
static int text_with_unit(struct text t, const struct unit *units, size_t count, double *ret)
{
	double value;
	int r;

	t = text_trim(t);
	r = take_double(&t, &value);
	if (r < 0)
		return r;
	t = text_trim(t);
	if (value < 0)
		return -ERANGE;
	for (size_t i = 0; i < count; i++) {
		if (!text_is(t, units[i].name))
			continue;
		*ret = value * units[i].factor;
		return 0;
	}
	return -EINVAL;
}

int text_bytes(struct text t, uint64_t *ret)
{
	static const struct unit units[] = {
		{ "", 1 },	 { "B", 1 },	    { "K", 0x1p10 }, { "KiB", 0x1p10 },
		{ "M", 0x1p20 }, { "MiB", 0x1p20 }, { "G", 0x1p30 }, { "GiB", 0x1p30 },
		{ "T", 0x1p40 }, { "TiB", 0x1p40 },
	};
	double value;
	int r = text_with_unit(t, units, ARRAY_SIZE(units), &value);

	if (r < 0)
		return r;
	if (value >= 0x1p63)
		return -ERANGE;
	*ret = (uint64_t)value;
	return 0;
}

int text_seconds(struct text t, double *ret)
{
	static const struct unit units[] = {
		{ "", 1 },     { "s", 1 },  { "ms", 1e-3 }, { "us", 1e-6 },
		{ "min", 60 }, { "m", 60 }, { "h", 3600 },  { "d", 86400 },
	};

	return text_with_unit(t, units, ARRAY_SIZE(units), ret);
}
