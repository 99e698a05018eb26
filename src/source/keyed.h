/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The "name value" lines that meminfo, status, vmstat, memory.stat and others share, parsed by a
 * table into optional numbers. Pure; nothing here opens a file.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/opt.h"
#include "base/text.h"

enum keyed_unit {
	KEYED_PLAIN, /* one number and nothing after it */
	KEYED_KB,    /* one number and "kB"; stored in bytes */
};

struct keyed {
	const char *name;
	uint8_t name_len;
	uint8_t unit;	 /* enum keyed_unit */
	uint16_t offset; /* of a struct opt_u64 in the result */
};

#define KEYED(type, member, key, key_unit)                                                         \
	{                                                                                          \
		.name = (key), .name_len = sizeof(key) - 1, .unit = (key_unit),                    \
		.offset = offsetof(type, member),                                                  \
	}

/*
 * One line "NAME<sep>VALUE". 1 when it was in the table and stored, 0 when the name is not in the
 * table, -EPROTO when the value is not a number of the stated unit, does not fit in 64 bits of
 * bytes, or the name was stored before (the field in *base must be ABSENT at first).
 */
int keyed_line(struct text line, char sep, const struct keyed *table, size_t count,
	       void *base) _must_check_ _nonnull_all_;

/* All lines. 0, or -EPROTO; lines that are not in the table may have any form. */
int keyed_parse(struct text in, char sep, const struct keyed *table, size_t count,
		void *base) _must_check_ _nonnull_all_;
