/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came over the wire against what the ring buffer holds: the proof that no character was lost
 * or added, and the arrival times of each record. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/text.h"
#include "record.h"

/* A line of the console, without its "\n" (a "\r" should be its last byte). Times: CLOCK_MONOTONIC.
 */
struct wire_line {
	uint32_t text, len;
	double first_seconds, last_seconds; /* arrival of its first byte and of its "\n" */
};

struct wire {
	const struct wire_line *line;
	uint32_t count;
	const char *text;
};

/* Of a record; known once a line of it was found on the wire. */
struct arrival {
	bool known;
	double first_seconds, last_seconds;
	uint32_t bytes;
};

struct comparison {
	/* On the wire, and no record has that text there. Past some hundreds no lost line is looked
	   for any more, and those after it count, too. */
	uint32_t garbled_lines;
	uint32_t missing_lines; /* of records below the console's level, not on the wire */
	uint32_t cut_lines;	/* of a long record, which the kernel cuts for consoles */
	uint32_t extra_lines;	/* of records at or above it, on the wire all the same */
	uint64_t wire_bytes;
	uint32_t first_garbled; /* index in wire.line, when garbled_lines > 0 */
	uint32_t first_missing; /* index of its record, when missing_lines > 0 */
};

/*
 * Follows both in their order. arrival has room for r->count. With a console_loglevel of 15 or more
 * every record is expected.
 */
void compare_wire(const struct records *r, const struct wire *wire, int console_loglevel,
		  struct arrival *arrival, struct comparison *ret) _nonnull_all_;
