/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/strbuf.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void strbuf_clear(struct strbuf *s)
{
	s->len = 0;
	s->full = false;
	if (s->size)
		s->buf[0] = '\0';
}

void strbuf_add(struct strbuf *s, const char *bytes, size_t len)
{
	if (s->full || s->size - s->len <= len) {
		s->full = true;
		return;
	}
	memcpy(s->buf + s->len, bytes, len);
	s->len += len;
	s->buf[s->len] = '\0';
}

void strbuf_puts(struct strbuf *s, const char *string)
{
	strbuf_add(s, string, strlen(string));
}

void strbuf_putc(struct strbuf *s, char c)
{
	strbuf_add(s, &c, 1);
}

void strbuf_printf(struct strbuf *s, const char *fmt, ...)
{
	size_t room = s->size - s->len;
	va_list ap;
	int n;

	if (s->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(s->buf + s->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		s->full = true;
		if (room)
			s->buf[s->len] = '\0';
		return;
	}
	s->len += (size_t)n;
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629), 0 when malformed; *ret_rune its value.
 */
static size_t utf8_length(const unsigned char *p, size_t n, uint32_t *ret_rune)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t rune;

	if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
		return 0;
	rune = p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (p[i] & 0x3f);
	}
	if (rune < least[len] || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return 0;
	*ret_rune = rune;
	return len;
}

/* C1 controls move cursors on some terminals; bidi controls reorder what the operator reads. */
static bool rune_is_dangerous(uint32_t rune)
{
	return (rune >= 0x80 && rune < 0xa0) || (rune >= 0x200b && rune <= 0x200f) ||
	       (rune >= 0x2028 && rune <= 0x202e) || (rune >= 0x2060 && rune <= 0x206f) ||
	       rune == 0xfeff;
}

static void strbuf_escape_byte(struct strbuf *s, unsigned char c)
{
	switch (c) {
	case '\n':
		strbuf_puts(s, "\\n");
		break;
	case '\t':
		strbuf_puts(s, "\\t");
		break;
	case '\\':
		strbuf_puts(s, "\\\\");
		break;
	default:
		strbuf_printf(s, "\\x%02x", c);
	}
}

void strbuf_escape(struct strbuf *s, struct text hostile)
{
	const unsigned char *p = (const unsigned char *)hostile.p;

	for (size_t i = 0; i < hostile.n;) {
		uint32_t rune = 0;
		size_t len = 1;

		if (p[i] >= 0x80)
			len = utf8_length(p + i, hostile.n - i, &rune);
		if (p[i] < 0x20 || p[i] == 0x7f || p[i] == '\\' || !len) {
			strbuf_escape_byte(s, p[i]);
			i++;
			continue;
		}
		for (size_t k = 0; k < len; k++) {
			if (rune_is_dangerous(rune))
				strbuf_escape_byte(s, p[i + k]);
			else
				strbuf_putc(s, (char)p[i + k]);
		}
		i += len;
	}
}

const char *strbuf_escaped(char *room, size_t size, struct text hostile)
{
	struct strbuf s = { .buf = room, .size = size };

	strbuf_clear(&s);
	strbuf_escape(&s, hostile);
	return s.full ? "(too long to show)" : room;
}

void strbuf_bytes(struct strbuf *s, double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double magnitude = fabs(bytes);
	size_t u = 0;

	for (; magnitude >= 1023.5 && u + 1 < ARRAY_SIZE(units); u++)
		magnitude /= 1024;
	strbuf_printf(s, "%s%.*f %s", bytes < 0 ? "-" : "", u && magnitude < 99.95 ? 1 : 0,
		      magnitude, units[u]);
}

void strbuf_seconds(struct strbuf *s, double seconds)
{
	static const struct {
		double below, unit;
		const char *name;
	} rows[] = {
		{ 100, 1, "s" },
		{ 100 * 60, 60, "min" },
		{ 72 * 3600, 3600, "h" },
		{ 1000 * 86400.0, 86400, "d" },
		{ INFINITY, 365.25 * 86400, "y" },
	};
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(rows) && !(seconds < rows[i].below))
		i++;
	double value = seconds / rows[i].unit;
	strbuf_printf(s, "%.*f %s", value < 9.95 ? 1 : 0, value, rows[i].name);
}
