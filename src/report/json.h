/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few shapes that all JSON of bulkhead shares, on jansson. Unknown is null; a number that is
 * not finite is null, because JSON has no infinity; text of other processes is escaped as on a
 * terminal (strbuf_escape), so that it is well-formed UTF-8 whatever it was.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/macro.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "model/verdict.h"

/* New references; NULL only when memory is short, which json_put passes on. */
json_t *json_bytes(uint64_t value) _must_check_;
json_t *json_opt(struct opt_u64 o) _must_check_;
json_t *json_finite(double value) _must_check_;
/* null when empty: length 0 is "unknown" throughout judge/ranking.h. */
json_t *json_escaped(struct text hostile) _must_check_;
/* A sentence of our own, in which what is hostile is escaped already; null when empty. */
json_t *json_sentence(const struct strbuf *s) _must_check_ _nonnull_all_;
/* {"low", "mid", "high"}, or null when not known. */
json_t *json_interval(const struct interval *i) _must_check_ _nonnull_all_;

/* Sets key, consuming value. False (and nothing set) when value is NULL or memory is short. */
bool json_put(json_t *object, const char *key, json_t *value);
bool json_add(json_t *array, json_t *value);

/* o, or NULL after freeing it when building it failed: a half-built object is worse than none. */
json_t *json_whole(json_t *o, bool ok) _must_check_;

/* One object, one line, keys in the order they were put; consumes it. 0, -ENOMEM (NULL) or -EIO. */
int json_print(FILE *out, json_t *object) _must_check_ _nonnull_(1);
