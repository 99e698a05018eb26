/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_utf16.h"

#define REPLACEMENT 0xfffdu
#define BYTE_ORDER_MARK 0xfeffu

bool log_utf16_detect(struct log_utf16 *u, struct text begin)
{
	const uint8_t *b = (const uint8_t *)begin.p;

	*u = (struct log_utf16){ 0 };
	if (begin.n < 2)
		return false;
	u->big_endian = b[0] == 0xfe && b[1] == 0xff;
	u->active = u->big_endian || (b[0] == 0xff && b[1] == 0xfe);
	return u->active;
}

static size_t put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static size_t put_unit(struct log_utf16 *u, uint32_t unit, char *out)
{
	const uint32_t first = u->surrogate;
	const bool low = unit >= 0xdc00 && unit < 0xe000;
	size_t n = 0;

	u->surrogate = 0;
	if (first && low)
		return put(out, 0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00));
	if (first)
		n = put(out, REPLACEMENT);
	if (unit == BYTE_ORDER_MARK)
		return n;
	if (unit >= 0xd800 && unit < 0xdc00) {
		u->surrogate = unit;
		return n;
	}
	return n + put(out + n, low ? REPLACEMENT : unit);
}

size_t log_utf16_convert(struct log_utf16 *u, struct text in, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < in.n; i++) {
		const uint8_t byte = (uint8_t)in.p[i];

		if (!u->has_half) {
			u->half = byte;
			u->has_half = true;
			continue;
		}
		u->has_half = false;
		len += put_unit(u,
				u->big_endian ? (uint32_t)u->half << 8 | byte
					      : (uint32_t)byte << 8 | u->half,
				out + len);
	}
	return len;
}
