/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reason of a verdict as one sentence with its numbers; used by watch and guard. */
#pragma once

#include "base/strbuf.h"
#include "model/verdict.h"
#include "report/json.h"

/*
 * Adds the sentence: lower case, no final stop, ASCII. Allocates nothing. An id without a
 * sentence (a newer judge) is shown by its number rather than hidden.
 */
void reason_describe(struct strbuf *s, const struct reason *r) _nonnull_all_;

/* A list of these sentences. New reference, NULL when memory is short. */
json_t *reasons_json(const struct verdict *v) _must_check_ _nonnull_all_;
