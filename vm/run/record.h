/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of a guest's kernel ring buffer, in the order of the ring, and the text that they are on
 * a console: "[    1.234567] text\r\n", a prefix for each line of a record of several.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/text.h"
#include "vm/plan.h"

struct record {
	uint64_t usec;
	uint32_t text, text_len; /* in records.text: decoded, may hold '\n' and any byte */
	uint8_t level;		 /* 0..7 */
	char caller[16];	 /* "T12", "C0"; "" when the kernel does not say */
};

#define RECORDS_MAX 65536
#define RECORDS_TEXT_MAX (16 * MIB)

struct records {
	struct record *record;
	uint32_t count, capacity;
	char *text;
	uint32_t text_len, text_capacity;
};

void records_release(struct records *r) _nonnull_all_;
#define _cleanup_records_ _cleanup_(records_release)
void records_clear(struct records *r) _nonnull_all_;

/*
 * Adds one line of /dev/kmsg ("4,812,53342,-;text", without its end). -EPROTO when it is none,
 * -E2BIG past RECORDS_MAX or RECORDS_TEXT_MAX, -ENOMEM. On an error nothing is added.
 */
int records_add(struct records *r, struct text line) _must_check_ _nonnull_(1);

/*
 * Adds a line as a console shows it, without its line end; the level, which a console does not
 * show, is 0. Errors as above.
 */
int records_add_console(struct records *r, struct text line) _must_check_ _nonnull_(1);

struct text record_text(const struct records *r, const struct record *record) _nonnull_all_;

/* Takes the next line of a record off *rest, which begins as its text; false after the last. */
bool record_next_line(struct text *rest, struct text *ret_line, bool *started) _nonnull_all_;

/* The prefix of each of its lines, "[    1.234567] ". Returns its length, < 64. */
uint32_t record_prefix(const struct record *record, char prefix[64]) _nonnull_all_;

/* Bytes of the whole record on a console, with prefixes and line ends. */
uint32_t record_console_bytes(const struct records *r, const struct record *record) _nonnull_all_;
