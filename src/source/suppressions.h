/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Suppressions in LeakSanitizer's form: lines "leak:PATTERN", '#' comments, blanks at both ends
 * ignored. A pattern matches anywhere in a text, '*' is any run, '^' at its front and '$' are the
 * ends; it is taken piece by piece, each at its first place, without going back
 * (compiler-rt, sanitizer_common.cpp, TemplateMatch): "a$" does not match "aba". Nothing matches
 * the empty text.
 *
 * LeakSanitizer matches functions, files and modules of the allocation's call stack, which a scan
 * from outside does not have: here a pattern is matched with the C++ type of the lost blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"

#define SUPPRESSIONS_MAX 65536
#define SUPPRESSIONS_FILE_MAX ((size_t)4 << 20)

struct suppression {
	char *pattern;
	uint32_t line;
	uint64_t used; /* groups it matched */
};
struct suppressions {
	struct suppression *item;
	uint32_t count;
};
/* All empty; suppressions_release accepts it. */
#define SUPPRESSIONS_NONE ((struct suppressions){ 0 })
void suppressions_release(struct suppressions *s) _nonnull_all_;
#define _cleanup_suppressions_ _cleanup_(suppressions_release)

/*
 * -EPROTO with *f naming the line: another kind than leak, an empty pattern, a NUL byte. -E2BIG:
 * more than SUPPRESSIONS_MAX. -ENOMEM.
 */
int suppressions_parse(const char *buf, size_t len, struct suppressions *ret,
		       struct fault *f) _must_check_ _nonnull_(1, 3);
/* -EFBIG: the file is larger than SUPPRESSIONS_FILE_MAX. */
int suppressions_read(const char *path, struct suppressions *ret,
		      struct fault *f) _must_check_ _nonnull_all_;
/* The first that matches counts it as used. */
bool suppressions_match(struct suppressions *s, const char *text) _nonnull_all_;
