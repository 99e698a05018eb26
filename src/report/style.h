/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How text output looks: decided once by the command from its options and the terminal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/verdict.h"

struct style {
	bool colour;
	bool utf8;	/* the terminal shows UTF-8; else only ASCII is written */
	bool raw_bytes; /* --bytes: plain numbers instead of IEC sizes */
	uint32_t width; /* columns to cut lines at; 0 = do not cut */
};

/*
 * For output to `fd`: the width of its terminal, 0 when it is none; UTF-8 unless a terminal's
 * locale (LC_CTYPE, set by the caller) says otherwise; IEC sizes.
 */
struct style style_of(int fd, bool colour);

/* Two characters before a verdict, so that colour never carries the meaning alone. */
const char *style_mark(enum verdict_class c);
/* SGR sequence for a verdict ("" without colour), and the one that ends it. */
const char *style_on(const struct style *s, enum verdict_class c);
const char *style_off(const struct style *s, enum verdict_class c);
