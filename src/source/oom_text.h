/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cursor operations on one line of a kernel log: what oom_line and the oom_take functions have in
 * common. Each takes from the front of *t and leaves it alone when it fails. Numbers end at the
 * first byte that is no digit, for the kernel joins them to units and names.
 */
#pragma once

#include <string.h>

#include "base/opt.h"
#include "base/text.h"

static inline struct text oom_text_from(struct text t, size_t at)
{
	return at < t.n ? text_of(t.p + at, t.n - at) : text_of(t.p + t.n, 0);
}

static inline struct text oom_text_until(struct text t, size_t end)
{
	return text_of(t.p, end < t.n ? end : t.n);
}

/*
 * Offset of `word`, or -1. Not memmem(): its preparation costs more than a line of a log is long.
 */
static inline ssize_t oom_text_find(struct text t, const char *word)
{
	const size_t n = strlen(word);
	const char *p = t.p, *last = t.n >= n ? t.p + (t.n - n) : NULL;

	while (last && p <= last) {
		p = memchr(p, word[0], (size_t)(last - p) + 1);
		if (!p)
			return -1;
		if (memcmp(p, word, n) == 0)
			return p - t.p;
		p++;
	}
	return -1;
}

/* Offset of the last `word`, or -1. */
ssize_t oom_text_find_last(struct text t, const char *word);

static inline bool oom_text_has(struct text t, const char *word)
{
	return oom_text_find(t, word) >= 0;
}

static inline bool oom_text_starts(struct text t, const char *word)
{
	const size_t n = strlen(word);

	return t.n >= n && memcmp(t.p, word, n) == 0;
}

bool oom_text_ends(struct text t, const char *word);

static inline void oom_skip_blanks(struct text *t)
{
	while (t->n && (t->p[0] == ' ' || t->p[0] == '\t')) {
		t->p++;
		t->n--;
	}
}

/* Everything before `word`; *t goes on behind it. */
bool oom_take_until(struct text *t, const char *word, struct text *ret) _nonnull_all_;

/* Digits; false without one, or when they do not fit. */
bool oom_take_u64(struct text *t, uint64_t *ret) _nonnull_all_;
/* With an optional sign. */
bool oom_take_i64(struct text *t, int64_t *ret) _nonnull_all_;
/* "0x" and hexadecimal digits. */
bool oom_take_hex(struct text *t, uint64_t *ret) _nonnull_all_;
/* A number and "kB", "KB": bytes. Known only when the unit was there: a number may be cut. */
struct opt_u64 oom_take_kib(struct text *t) _nonnull_all_;

/* kB to bytes; unknown when that cannot be an amount of memory (an underflow of the kernel's). */
struct opt_u64 oom_kib(uint64_t kib);

/* The same bytes without ' ' and '\t', in `buf`, cut to fit. */
struct text oom_text_without_blanks(struct text t, char *buf, size_t size) _nonnull_(2);

/* A list of nodes ("0-1,3"), without the blanks of a broken line; nothing when it is none. */
void oom_take_nodes(struct text t, char *buf, size_t size) _nonnull_(2);

/* Into a buffer, cut to fit, at a NUL too. The second keeps the end. */
void oom_text_copy(struct text t, char *buf, size_t size) _nonnull_all_;
void oom_text_copy_end(struct text t, char *buf, size_t size) _nonnull_all_;
#define OOM_COPY(t, array) oom_text_copy((t), (array), sizeof(array))
#define OOM_COPY_END(t, array) oom_text_copy_end((t), (array), sizeof(array))
