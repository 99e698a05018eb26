/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in HTML, and nothing but text: what a log says never becomes a tag or an attribute. */
#pragma once

#include <stdio.h>

#include "base/text.h"

/* Escapes & < > " and '; `safe` is free of control characters already (our own sentences). */
void html_text(FILE *out, struct text safe) _nonnull_(1);
/* The same for what another process chose: strbuf_escape first. At most 4 KiB of it. */
void html_hostile(FILE *out, const char *hostile) _nonnull_all_;
