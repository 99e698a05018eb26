/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row of numbers as a row of bars. */
#pragma once

#include <stdint.h>

#include "base/strbuf.h"

/*
 * One bar a number, scaled from the smallest to the largest; NAN is a gap; equal numbers are all
 * middle bars. With more numbers than `width`, the lowest of each group is drawn. UTF-8 block
 * characters, or ASCII.
 */
void sparkline(struct strbuf *s, const double *y, uint32_t count, uint32_t width, bool utf8);
