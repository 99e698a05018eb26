/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/keyed.h"

#include <errno.h>

static int keyed_value(struct text value, enum keyed_unit unit, struct opt_u64 *ret)
{
	struct text word, rest = value;
	uint64_t number;

	if (ret->known != ABSENT)
		return -EPROTO;
	if (!text_next_word(&rest, &word) || text_u64(word, &number) < 0)
		return -EPROTO;
	if (unit == KEYED_KB) {
		if (!text_next_word(&rest, &word) || !text_is(word, "kB"))
			return -EPROTO;
		if (__builtin_mul_overflow(number, KIB, &number))
			return -EPROTO;
	}
	if (text_trim(rest).n)
		return -EPROTO;
	*ret = opt_u64_of(number);
	return 1;
}

int keyed_line(struct text line, char sep, const struct keyed *table, size_t count, void *base)
{
	const char *at = line.n ? memchr(line.p, sep, line.n) : NULL;
	size_t name_len = at ? (size_t)(at - line.p) : 0;

	if (!at)
		return 0;
	for (size_t i = 0; i < count; i++) {
		const struct keyed *k = &table[i];

		if (k->name_len == name_len && memcmp(k->name, line.p, name_len) == 0)
			return keyed_value(text_of(at + 1, line.n - name_len - 1), k->unit,
					   (struct opt_u64 *)(void *)((char *)base + k->offset));
	}
	return 0;
}

int keyed_parse(struct text in, char sep, const struct keyed *table, size_t count, void *base)
{
	struct text line;

	while (text_next_line(&in, &line)) {
		int r = keyed_line(line, sep, table, count, base);

		if (r < 0)
			return r;
	}
	return 0;
}
