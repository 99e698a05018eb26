/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_clean.h"

#define ESC 0x1b

/* Control characters but tab; the first bytes of wide blanks (C2 A0, E2 80, E3 80, EF BB); 2: what
 * may begin an escape. */
static const uint8_t special[256] = {
	[0 ... 8] = 1, [10 ... 31] = 1, [127] = 1,  ['#'] = 2,	['='] = 2,
	[0xc2] = 1,    [0xe2] = 1,	[0xe3] = 1, [0xef] = 1,
};

static bool is_octal_escape(struct text t)
{
	return t.n >= 4 && t.p[0] == '#' && t.p[1] == '0' && t.p[2] >= '0' && t.p[2] <= '3' &&
	       t.p[3] >= '0' && t.p[3] <= '7';
}

/* Printable ASCII without '#' and '=', many bytes at once: how much of the front is nothing else.
 */
static size_t plain_length(struct text t)
{
	typedef uint8_t block __attribute__((vector_size(16)));
	size_t i = 0;

	for (; i + sizeof(block) <= t.n; i += sizeof(block)) {
		uint64_t half[2];
		block b, odd;

		memcpy(&b, t.p + i, sizeof(b));
		odd = (block)(b - 0x20 >= 0x5f) | (block)(b == '#') | (block)(b == '=');
		memcpy(half, &odd, sizeof(half));
		if (half[0] | half[1])
			break;
	}
	return i;
}

/* RFC 2045, 6.7, for the one character that a kernel's line has and that must be escaped. */
static bool is_quoted_printable(struct text t)
{
	return t.n >= 3 && t.p[0] == '=' && t.p[1] == '3' && t.p[2] == 'D';
}

bool log_clean_needed(struct text raw)
{
	for (size_t i = plain_length(raw); i < raw.n; i++) {
		const uint8_t s = special[(uint8_t)raw.p[i]];
		struct text here;

		if (!s)
			continue;
		here = text_of(raw.p + i, raw.n - i);
		if (s == 1 || is_octal_escape(here) || is_quoted_printable(here))
			return true;
	}
	return false;
}

/*
 * Length of the escape sequence at the front of `t` (ECMA-48: CSI, OSC; ECMA-35: "ESC ( B" of sgr0;
 * two bytes). Of digits only DECSC and DECRC, "ESC 7" and "ESC 8": another is the text's own.
 */
static size_t escape_length(struct text t)
{
	size_t i = 2;

	if (t.n < 2)
		return t.n;
	if (t.p[1] == '[') {
		while (i < t.n && (uint8_t)t.p[i] >= 0x20 && (uint8_t)t.p[i] < 0x40)
			i++;
		return MIN(i + 1, t.n);
	}
	if (t.p[1] == '(' || t.p[1] == ')')
		return MIN((size_t)3, t.n);
	if (t.p[1] >= '0' && t.p[1] <= '9' && t.p[1] != '7' && t.p[1] != '8')
		return 1;
	if (t.p[1] != ']')
		return 2;
	while (i < t.n && t.p[i] != '\a' && t.p[i] != ESC)
		i++;
	if (i < t.n && t.p[i] == ESC)
		i++;
	return MIN(i + 1, t.n);
}

/* Length of a blank that is not ASCII at the front: U+00A0, U+2000 to U+200B, U+202F, U+3000,
 * U+FEFF. */
static size_t wide_blank(struct text t)
{
	const uint8_t *u = (const uint8_t *)t.p;

	if (t.n >= 2 && u[0] == 0xc2 && u[1] == 0xa0)
		return 2;
	if (t.n < 3)
		return 0;
	if (u[0] == 0xe2 && u[1] == 0x80 && ((u[2] >= 0x80 && u[2] <= 0x8b) || u[2] == 0xaf))
		return 3;
	if (u[0] == 0xef && u[1] == 0xbb && u[2] == 0xbf)
		return 3;
	return u[0] == 0xe3 && u[1] == 0x80 && u[2] == 0x80 ? 3 : 0;
}

size_t log_clean(struct text raw, char *out)
{
	size_t len = 0, i = 0;
	bool quoted_printable = false;

	while (i < raw.n) {
		const struct text here = text_of(raw.p + i, raw.n - i);
		uint8_t c = (uint8_t)raw.p[i];
		size_t used = 1;

		if (c == '#' && is_octal_escape(here)) {
			c = (uint8_t)((here.p[2] - '0') * 8 + here.p[3] - '0');
			used = 4;
			/* The sequence that follows a "#033" is plain text again. */
			if (c == ESC && here.n > 4 && here.p[4] == '[')
				used = 3 + escape_length(text_of(here.p + 3, here.n - 3));
		}
		if (is_quoted_printable(here)) {
			quoted_printable = true;
			used = 3;
		} else if (c == '=' && i + 1 == raw.n && quoted_printable) {
			break; /* the line goes on */
		}
		if (special[c] != 1 || (c == '\n' && used > 1)) {
			out[len++] = (char)c;
		} else if (c == ESC) {
			used = MAX(used, used == 1 ? escape_length(here) : used);
		} else if (c >= 0x80) {
			const size_t blank = wide_blank(here);

			out[len++] = blank ? ' ' : (char)c;
			used = blank ? blank : 1;
		} else if (c == '\r' || c == '\v' || c == '\f') {
			out[len++] = ' ';
		}
		i += used;
	}
	return len;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t log_unescape(struct text raw, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < raw.n; i++) {
		const size_t left = raw.n - i;

		if (raw.p[i] != '\\' || left < 2) {
			out[len++] = raw.p[i];
		} else if (raw.p[i + 1] == 'x' && left >= 4 && hex(raw.p[i + 2]) >= 0 &&
			   hex(raw.p[i + 3]) >= 0) {
			out[len++] = (char)(hex(raw.p[i + 2]) << 4 | hex(raw.p[i + 3]));
			i += 3;
		} else {
			out[len++] = raw.p[i];
			i += raw.p[i + 1] == '\\';
		}
	}
	return len;
}
