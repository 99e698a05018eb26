/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_text.h"

/* No machine has more: 4 PiB. What the kernel prints above is a counter below zero. */
#define KIB_MAX (UINT64_C(1) << 42)

ssize_t oom_text_find_last(struct text t, const char *word)
{
	ssize_t last = -1, at;
	struct text rest = t;

	while ((at = oom_text_find(rest, word)) >= 0) {
		last = rest.p + at - t.p;
		rest = oom_text_from(t, (size_t)last + 1);
	}
	return last;
}

bool oom_text_ends(struct text t, const char *word)
{
	const size_t n = strlen(word);

	return t.n >= n && memcmp(t.p + t.n - n, word, n) == 0;
}

bool oom_take_until(struct text *t, const char *word, struct text *ret)
{
	const ssize_t at = oom_text_find(*t, word);

	if (at < 0)
		return false;
	*ret = text_of(t->p, (size_t)at);
	*t = oom_text_from(*t, (size_t)at + strlen(word));
	return true;
}

bool oom_take_u64(struct text *t, uint64_t *ret)
{
	uint64_t value = 0;
	size_t n = 0;

	/* 19 digits always fit: the loop of nearly every number needs no check. */
	for (; n < t->n && n < 19 && is_digit(t->p[n]); n++)
		value = value * 10 + (uint64_t)(t->p[n] - '0');
	for (; n < t->n && is_digit(t->p[n]); n++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(t->p[n] - '0'), &value))
			return false;
	if (!n)
		return false;
	*t = oom_text_from(*t, n);
	*ret = value;
	return true;
}

bool oom_take_i64(struct text *t, int64_t *ret)
{
	const bool negative = t->n && t->p[0] == '-';
	struct text rest = oom_text_from(*t, negative);
	uint64_t magnitude;

	if (!oom_take_u64(&rest, &magnitude) || magnitude > INT64_MAX)
		return false;
	*t = rest;
	*ret = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool oom_take_hex(struct text *t, uint64_t *ret)
{
	struct text rest = *t;
	uint64_t value = 0;
	size_t n = 0;

	if (!text_skip_prefix(&rest, "0x"))
		return false;
	for (; n < rest.n && hex_digit(rest.p[n]) >= 0; n++) {
		if (value >> 60)
			return false;
		value = value << 4 | (uint64_t)hex_digit(rest.p[n]);
	}
	if (!n)
		return false;
	*t = oom_text_from(rest, n);
	*ret = value;
	return true;
}

struct opt_u64 oom_kib(uint64_t kib)
{
	return kib < KIB_MAX ? opt_u64_of(kib * 1024) : opt_u64_none(ABSENT);
}

struct opt_u64 oom_take_kib(struct text *t)
{
	struct text rest = *t;
	uint64_t kib;

	if (!oom_take_u64(&rest, &kib))
		return opt_u64_none(ABSENT);
	if (rest.n < 2 || (rest.p[0] | 0x20) != 'k' || rest.p[1] != 'B')
		return opt_u64_none(ABSENT);
	*t = oom_text_from(rest, 2);
	return oom_kib(kib);
}

struct text oom_text_without_blanks(struct text t, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < t.n && n < size; i++)
		if (t.p[i] != ' ' && t.p[i] != '\t')
			buf[n++] = t.p[i];
	return text_of(buf, n);
}

void oom_take_nodes(struct text t, char *buf, size_t size)
{
	const struct text nodes = oom_text_without_blanks(t, buf, size - 1);

	buf[nodes.n] = '\0';
	if (strspn(buf, "0123456789-,") != nodes.n)
		buf[0] = '\0';
}

void oom_text_copy(struct text t, char *buf, size_t size)
{
	size_t n = t.n < size - 1 ? t.n : size - 1;
	const char *nul = n ? memchr(t.p, '\0', n) : NULL;

	if (nul)
		n = (size_t)(nul - t.p);
	if (n)
		memcpy(buf, t.p, n);
	buf[n] = '\0';
}

void oom_text_copy_end(struct text t, char *buf, size_t size)
{
	oom_text_copy(t.n < size ? t : oom_text_from(t, t.n - (size - 1)), buf, size);
}
