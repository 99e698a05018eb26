/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `watch` as plain text for a stream: host, table, account; one block a pass. */
#pragma once

#include <stdio.h>

#include "report/style.h"
#include "report/watch_view.h"

/* 0, or -EIO when the stream failed. */
int watch_text(FILE *out, const struct style *style, const struct watch_view *v, enum rank_key key,
	       bool reverse) _must_check_ _nonnull_all_;
