/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many terminal columns text takes. Our own and not wcwidth: that one needs a locale, and a
 * stream that goes to a file must not depend on one. Ranges: Unicode 15 East_Asian_Width W and F,
 * and the combining marks a name may hold, coarsely.
 */
#pragma once

#include "base/strbuf.h"

/* `s` is well-formed UTF-8 without control characters, as strbuf_escape leaves it. */
size_t columns_of(struct text s);
/* Cuts at `width` columns (0 = leave it); what was cut ends in '~'. */
void columns_cut(struct strbuf *s, size_t width) _nonnull_all_;
