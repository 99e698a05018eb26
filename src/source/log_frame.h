/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the bytes of any log to clean lines. Knows prefixes and how mailers, terminals and log
 * daemons mangle lines; knows nothing of what the kernel says, but asks whether a line that is put
 * together again makes sense.
 */
#pragma once

#include "source/log_line.h"

struct log_frame;

struct log_frame_sink {
	void *arg;
	/* Valid during the call. 0 or negative errno, which ends the feed. */
	int (*line)(void *arg, const struct log_line *l);
	/* Is this clean text whole, as the kernel would print it? To choose between ways to join.
	 */
	bool (*whole)(struct text clean);
	/* Could this be the beginning of a line that goes on? Lines that could not are passed on at
	 * once. */
	bool (*open)(struct text clean);
};

/* NULL: out of memory. Constant memory: a line longer than LOG_LINE_MAX is cut, and said. */
#define LOG_LINE_MAX 16384
struct log_frame *log_frame_new(const struct log_frame_sink *sink) _must_check_ _nonnull_all_;
void log_frame_free(struct log_frame *f);
static inline void log_frame_freep(struct log_frame **f)
{
	log_frame_free(*f);
}
#define _cleanup_log_frame_ _cleanup_(log_frame_freep)

/*
 * Any piece of the input, split anywhere. `offset` and `line` of its first byte (several pieces
 * that follow one another pass LOG_FRAME_FOLLOWS): after a gap, what was pending is passed on first
 * and nothing is joined over the gap.
 */
#define LOG_FRAME_FOLLOWS UINT64_MAX
int log_frame_feed(struct log_frame *f, const char *bytes, size_t len, uint64_t offset,
		   uint64_t line) _must_check_ _nonnull_all_;
/* Passes on the lines that wait for a continuation: nothing more may come for a while. */
int log_frame_flush(struct log_frame *f) _must_check_ _nonnull_all_;
/* Lines that were longer than LOG_LINE_MAX. */
uint64_t log_frame_cut(const struct log_frame *f) _nonnull_all_;
/* The end of an input: what is pending is passed on, and the numbers start again. */
int log_frame_end(struct log_frame *f) _must_check_ _nonnull_all_;
