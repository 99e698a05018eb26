/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/sparkline.h"

#include <math.h>

#define LEVELS 8

static const char *bar(double share, bool utf8)
{
	static const char *const blocks[LEVELS] = { "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
						    "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
						    "\xe2\x96\x87", "\xe2\x96\x88" };
	static const char *const ascii[LEVELS] = { "_", ".", "-", "~", "=", "+", "*", "#" };
	int level = (int)(share * LEVELS);

	level = MIN(level, LEVELS - 1);
	return utf8 ? blocks[level] : ascii[level];
}

/* The lowest of y[from, to): a leak is what the floor does. */
static double lowest(const double *y, uint32_t from, uint32_t to)
{
	double low = NAN;

	for (uint32_t i = from; i < to; i++)
		low = fmin(low, y[i]);
	return low;
}

void sparkline(struct strbuf *s, const double *y, uint32_t count, uint32_t width, bool utf8)
{
	uint32_t bars = MIN(count, width);
	double low = NAN, high = NAN;

	for (uint32_t i = 0; i < count; i++) {
		low = fmin(low, y[i]);
		high = fmax(high, y[i]);
	}
	for (uint32_t b = 0; b < bars; b++) {
		double v = lowest(y, (uint32_t)((uint64_t)b * count / bars),
				  (uint32_t)((uint64_t)(b + 1) * count / bars));

		if (isnan(v))
			strbuf_putc(s, ' ');
		else
			strbuf_puts(s, bar(high > low ? (v - low) / (high - low) : 0.5, utf8));
	}
}
