/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of text of the terminal UI: all that is known of one process, and the help. Pure. */
#pragma once

#include "base/strbuf.h"
#include "report/style.h"
#include "report/watch_view.h"

/*
 * Adds lines ended by '\n', each wrapped to style->width. `replay` processes have no identity
 * beyond their name.
 */
void watch_detail(struct strbuf *s, const struct style *style,
		  const struct ranked *row) _nonnull_all_;
void watch_help(struct strbuf *s, const struct style *style) _nonnull_all_;
