/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Suppressions in LeakSanitizer's form: lines "leak:PATTERN", '#' comments. A pattern matches
 * anywhere in a text, '*' is any run, '^' and '$' are its ends (sanitizer_common's TemplateMatch).
 * LeakSanitizer matches functions and modules of the allocation's call stack, which a scan from
 * outside does not have: here a pattern is matched with the C++ type of the lost blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"

struct suppression {
	char *pattern;
	uint32_t line;
	uint64_t used; /* groups it matched */
};
struct suppressions {
	struct suppression *item;
	uint32_t count;
};
void suppressions_release(struct suppressions *s) _nonnull_all_;
/* -EPROTO with *f naming the line: another kind than leak, an empty pattern. */
int suppressions_parse(const char *buf, size_t len, struct suppressions *ret,
		       struct fault *f) _must_check_ _nonnull_(1, 3);
int suppressions_read(const char *path, struct suppressions *ret,
		      struct fault *f) _must_check_ _nonnull_all_;
/* The first that matches counts it as used. */
bool suppressions_match(struct suppressions *s, const char *text) _nonnull_all_;
