/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An optional number. "The kernel has no such file", "we may not read it" and "zero" are three
 * things; a report must be able to say which. Never replaced by 0, -1 or a magic constant.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum known {
	ABSENT = 0, /* the kernel or the file does not have it */
	KNOWN,
	UNREADABLE, /* it exists; permission or an I/O error kept it from us */
};

struct opt_u64 {
	uint64_t value; /* meaningful only when known == KNOWN */
	enum known known;
};

static inline struct opt_u64 opt_u64_of(uint64_t value)
{
	return (struct opt_u64){ .value = value, .known = KNOWN };
}

static inline struct opt_u64 opt_u64_none(enum known why)
{
	return (struct opt_u64){ .value = 0, .known = why };
}

static inline bool opt_is_known(struct opt_u64 o)
{
	return o.known == KNOWN;
}

/* The same for what may be negative (order, oom_score_adj). */
struct opt_i64 {
	int64_t value; /* meaningful only when known == KNOWN */
	enum known known;
};

static inline struct opt_i64 opt_i64_of(int64_t value)
{
	return (struct opt_i64){ .value = value, .known = KNOWN };
}

/* The smaller of two; an unknown one does not count. */
static inline struct opt_u64 opt_u64_min(struct opt_u64 a, struct opt_u64 b)
{
	if (!opt_is_known(a))
		return b;
	if (!opt_is_known(b))
		return a;
	return a.value < b.value ? a : b;
}
