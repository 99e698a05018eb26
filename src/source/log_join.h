/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that a mailer or a terminal broke, put together again; lines printed twice in succession,
 * once. A line is joined only when the result is whole to the sink, and never when both parts are:
 * a log that nobody wrapped passes unchanged. A line that is whole goes on (a name in the task
 * table) only where it fills the width at which lines of this log were broken. At most
 * LOG_JOIN_PIECES lines wait.
 */
#pragma once

#include "source/log_prefix.h"

#define LOG_JOIN_PIECES 16
#define LOG_JOIN_WIDTH 512 /* no mailer and hardly a terminal is wider */
#define LOG_JOIN_TEXT (LOG_JOIN_PIECES * LOG_JOIN_WIDTH + LOG_LINE_MAX)

/* What of the raw line tells how it was broken. */
struct log_wrap {
	uint32_t width; /* bytes, prefix and all */
	uint32_t lead;	/* of the line before, when that was nothing but this one's prefix */
	bool padded;	/* a blank ended it */
};

struct log_piece {
	struct log_line line; /* .text and .origin point into the joiner */
	char origin[OOM_WORD_SIZE];
	bool own;      /* it has a prefix of its own */
	bool indented; /* blanks began it */
	struct log_wrap wrap;
};

struct log_join {
	const struct log_frame_sink *sink;
	uint32_t count, used;
	uint32_t hard_width; /* of a terminal that breaks words, once it is known; 0: not */
	uint32_t soft_width; /* of the widest line that a mailer broke; 0: none yet */
	struct log_piece piece[LOG_JOIN_PIECES];
	char text[LOG_JOIN_TEXT]; /* of the pieces */
	char joined[LOG_JOIN_TEXT + LOG_JOIN_PIECES];
	char last[1024]; /* text passed on last */
	size_t last_len;
	struct opt_u64 last_boot_usec;
};

/*
 * The next line. One with a prefix of its own begins a record. 0, or what the sink returned.
 */
int log_join_add(struct log_join *j, const struct log_prefix *p,
		 const struct log_wrap *wrap) _must_check_ _nonnull_all_;
/* Passes on what waits: a paragraph ended, or the input. */
int log_join_flush(struct log_join *j) _must_check_ _nonnull_all_;
