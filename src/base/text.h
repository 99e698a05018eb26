/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A view of bytes somebody else owns, and the cursor operations all pure parsers share.
 * Not NUL-terminated; may hold any byte. Nothing here allocates or reads past .n.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "base/macro.h"

struct text {
	const char *p;
	size_t n;
};

#define TEXT(literal) ((struct text){ (literal), sizeof(literal) - 1 })

static inline struct text text_of(const char *buf, size_t len)
{
	return (struct text){ buf, len };
}

/* All of a string but its NUL. */
static inline struct text text_string(const char *string)
{
	return text_of(string, strlen(string));
}

static inline bool text_is(struct text t, const char *s)
{
	return strlen(s) == t.n && memcmp(t.p, s, t.n) == 0;
}

/* ASCII, whatever the locale: what the kernel and the files of /proc print. */
static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes the next line (without its '\n') off *rest; false at the end. */
bool text_next_line(struct text *rest, struct text *ret_line) _nonnull_all_;

/* Takes the next run of bytes that are not blank (space, tab) off *rest; false when none is left.
 */
bool text_next_word(struct text *rest, struct text *ret_word) _nonnull_all_;

/* Takes everything before the first `sep` off *rest, and the separator too; without one, all. */
bool text_next_field(struct text *rest, char sep, struct text *ret_field) _nonnull_all_;

/* Removes `prefix` from the front; false and unchanged when it is not there. */
static inline bool text_skip_prefix(struct text *t, const char *prefix)
{
	const size_t len = strlen(prefix);

	if (t->n < len || memcmp(t->p, prefix, len) != 0)
		return false;
	*t = text_of(t->p + len, t->n - len);
	return true;
}

/* Without blanks (space, tab, CR) at both ends. */
struct text text_trim(struct text t);

/*
 * Copies into a NUL-terminated buffer. -ENAMETOOLONG, and an empty string, when it does not fit:
 * reject, never truncate. A NUL byte inside is -EINVAL.
 */
int text_copy(struct text t, char *buf, size_t size) _must_check_ _nonnull_all_;

/*
 * Whole-text numbers: every byte must belong to the number. 0, or -EINVAL (not a number, empty),
 * or -ERANGE (does not fit). *ret is written only on success.
 */
int text_u64(struct text t, uint64_t *ret) _must_check_ _nonnull_all_;
int text_i64(struct text t, int64_t *ret) _must_check_ _nonnull_all_;
/* Plain decimal, optional sign, fraction and exponent; inf, nan and hex are -EINVAL. */
int text_double(struct text t, double *ret) _must_check_ _nonnull_all_;
/* "123", "64K", "64KiB", "1.5G": IEC multiples, bytes. */
int text_bytes(struct text t, uint64_t *ret) _must_check_ _nonnull_all_;
/* "10", "10s", "250ms", "5min", "2h", "1d": seconds. */
int text_seconds(struct text t, double *ret) _must_check_ _nonnull_all_;
