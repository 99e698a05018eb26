/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the table of `watch`, for a stream and for the terminal UI alike. Pure. */
#pragma once

#include "base/strbuf.h"
#include "judge/ranking.h"
#include "report/style.h"
#include "report/watch_view.h"

#define WATCH_LINE_SIZE 1024

/*
 * The head of the table; the column that orders it carries a mark, "v" or "^" when reversed.
 * Lines are cut at style->width and never hold a byte that could move a cursor.
 */
void watch_table_head(struct strbuf *s, const struct style *style, enum rank_key key, bool reverse);
void watch_table_row(struct strbuf *s, const struct style *style, const struct ranked *row);

/* "memory 3.1 GiB available of 24.0 GiB, swap ...": the host, or the replay. */
void watch_summary(struct strbuf *s, const struct style *style, const struct watch_view *v);
/* What was and was not read, and what the pass cost. */
void watch_account(struct strbuf *s, const struct style *style, const struct watch_view *v);

/* Cuts s at `width` columns (0 = leave it), ending in '~'; and to ASCII when style says so. */
void watch_fit(struct strbuf *s, const struct style *style);
/* "1.5 GiB" or, with raw_bytes, "1610612736"; "-" when not known. */
void watch_size(struct strbuf *s, const struct style *style, struct opt_u64 bytes);
