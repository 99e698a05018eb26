/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OOM reports out of the bytes of a log: framing, grammar, and the skipping that makes a gigabyte
 * without reports cheap. Memory is bounded whatever the input; time is linear. Where no report is
 * open it looks for words that every report holds (log_scan.h), goes back OOM_READER_LOOKBACK bytes
 * before the first, and reads lines from there.
 */
#pragma once

#include "source/oom_grammar.h"

#define OOM_READER_LOOKBACK (64u << 10)

struct oom_reader;

struct oom_reader_stats {
	uint64_t bytes, lines_parsed, reports, neighbours;
	uint64_t bytes_skipped;	 /* searched for words only */
	uint64_t lines_cut;	 /* longer than LOG_LINE_MAX */
	uint64_t earlier, later; /* lines by their stamp, against that of the line before */
};

/*
 * The sink gets every report once: one that is printed again in the same input (a console capture
 * beside a journal) is told once, and the later copies are dropped (counted in .copies of the first
 * only while that is still open). NULL: out of memory.
 */
struct oom_reader *oom_reader_new(const struct oom_sink *sink) _must_check_ _nonnull_all_;
void oom_reader_free(struct oom_reader *r);
static inline void oom_reader_freep(struct oom_reader **r)
{
	oom_reader_free(*r);
}
#define _cleanup_oom_reader_ _cleanup_(oom_reader_freep)

/* 0, -ENOMEM, or what the sink returned. */
int oom_reader_feed(struct oom_reader *r, const char *bytes, size_t len) _must_check_ _nonnull_all_;
/*
 * The end of an input; another may follow (numbers of lines and bytes start again). `live` inputs
 * never end: when nothing came for `idle_ms`, oom_reader_idle() passes on a report whose kill was
 * read; one that is still being printed only after OOM_READER_STALLED_MS, as it is.
 */
int oom_reader_end(struct oom_reader *r) _must_check_ _nonnull_all_;
int oom_reader_idle(struct oom_reader *r, uint64_t idle_ms) _must_check_ _nonnull_all_;

/*
 * Who prints a report stands still while it, or another processor, writes what is due to a slow
 * console: 3.3 s between two lines were seen at 9600 baud, and a larger backlog takes longer.
 */
#define OOM_READER_STALLED_MS 60000
/* Most of the lines between two states of the statistics are earlier than the one before. */
bool oom_reader_newest_first(const struct oom_reader_stats *before,
			     const struct oom_reader_stats *after) _nonnull_all_;
const struct oom_reader_stats *oom_reader_stats(const struct oom_reader *r) _nonnull_all_;
