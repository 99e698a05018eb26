/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/columns.h"

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Takes one character off *s. */
static uint32_t take_rune(struct text *s)
{
	unsigned char first = (unsigned char)s->p[0];
	uint32_t rune = first < 0x80   ? first
			: first < 0xe0 ? first & 0x1fu
			: first < 0xf0 ? first & 0x0fu
				       : first & 0x07u;
	size_t n = 1;

	for (; n < s->n && continues(s->p[n]); n++)
		rune = rune << 6 | ((unsigned char)s->p[n] & 0x3fu);
	*s = text_of(s->p + n, s->n - n);
	return rune;
}

static size_t rune_columns(uint32_t rune)
{
	static const struct {
		uint32_t first, last;
		size_t columns;
	} rows[] = {
		{ 0x300, 0x36f, 0 },	 { 0x1100, 0x115f, 2 },	  { 0x20d0, 0x20f0, 0 },
		{ 0x2e80, 0xa4cf, 2 },	 { 0xa960, 0xa97c, 2 },	  { 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 },	 { 0xfe00, 0xfe0f, 0 },	  { 0xfe30, 0xfe6f, 2 },
		{ 0xff00, 0xff60, 2 },	 { 0xffe0, 0xffe6, 2 },	  { 0x1f300, 0x1f64f, 2 },
		{ 0x1f680, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; rune >= rows[0].first && i < ARRAY_SIZE(rows); i++) {
		if (rune >= rows[i].first && rune <= rows[i].last)
			return rows[i].columns;
	}
	return 1;
}

size_t columns_of(struct text s)
{
	size_t n = 0;

	while (s.n)
		n += rune_columns(take_rune(&s));
	return n;
}

void columns_cut(struct strbuf *s, size_t width)
{
	struct text rest = text_of(s->buf, s->len);
	size_t n = 0, kept = 0;

	if (!width || columns_of(rest) <= width)
		return;
	for (;;) {
		n += rune_columns(take_rune(&rest));
		if (n > width - 1)
			break;
		kept = s->len - rest.n;
	}
	/* There is room: at least the character that did not fit was there. */
	s->buf[kept] = '~';
	s->buf[kept + 1] = '\0';
	s->len = kept + 1;
}
