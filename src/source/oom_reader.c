/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_reader.h"

#include <errno.h>
#include <stdlib.h>

#include "source/log_frame.h"
#include "source/log_scan.h"
#include "source/log_utf16.h"
#include "source/oom_known.h"

/* Read in full whatever it holds: a fragment of a report may have none of the words. */
#define HEAD (64u << 10)
/* After a word: its line, and those that may wait in the framing, are read before it is skipped
 * again. */
#define AFTER (2u * LOG_LINE_MAX)
/* How often it is asked whether a report is still open. */
#define STEP (16u << 10)
#define OVERLAP (LOG_SCAN_OVERLAP - 1)
#define PIECE (64u << 10)

struct oom_reader {
	struct oom_sink sink;
	struct oom_grammar *grammar;
	struct log_frame *frame;
	struct oom_reader_stats stats;
	struct oom_known known;
	struct opt_u64 last; /* stamp of a line */

	uint64_t pos;	     /* of the next byte of the input */
	uint64_t read_until; /* what is before it is read whether a report is open or not */

	/* The last of what was skipped, which ends at .pos. */
	size_t tail_len;
	uint64_t line;			    /* of its first byte */
	bool gap;			    /* something before it was dropped */
	char tail[2 * OOM_READER_LOOKBACK]; /* twice, so that small pieces need not move it */
	char recent[OVERLAP];		    /* the last bytes before .pos, read or not */
	size_t recent_len;

	struct log_utf16 utf16;
	uint8_t begin_len; /* bytes of the input seen, up to 2 */
	char begin[2];
	char utf8[2 * PIECE + 4];
};

static int on_report(void *arg, const struct oom_report *report)
{
	struct oom_reader *r = arg;

	if (oom_known_again(&r->known, report))
		return 0;
	r->stats.reports++;
	return r->sink.report(r->sink.arg, report);
}

static int on_neighbour(void *arg, const struct oom_neighbour *n)
{
	struct oom_reader *r = arg;

	r->stats.neighbours++;
	return r->sink.neighbour(r->sink.arg, n);
}

static void count_order(struct oom_reader *r, struct opt_u64 now)
{
	if (!opt_is_known(now))
		return;
	if (opt_is_known(r->last)) {
		r->stats.earlier += now.value < r->last.value;
		r->stats.later += now.value > r->last.value;
	}
	r->last = now;
}

static int on_line(void *arg, const struct log_line *l)
{
	struct oom_reader *r = arg;

	r->stats.lines_parsed++;
	count_order(r, opt_is_known(l->stamp.boot_usec) ? l->stamp.boot_usec : l->stamp.wall_usec);
	return oom_grammar_line(r->grammar, l);
}

static void begin_input(struct oom_reader *r)
{
	r->pos = 0;
	r->read_until = HEAD;
	r->tail_len = r->recent_len = 0;
	r->line = 1;
	r->gap = false;
	r->begin_len = 0;
	r->utf16 = (struct log_utf16){ 0 };
}

struct oom_reader *oom_reader_new(const struct oom_sink *sink)
{
	struct oom_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->sink = *sink;
	r->grammar = oom_grammar_new(&(struct oom_sink){ r, on_report, on_neighbour });
	r->frame = log_frame_new(
		&(struct log_frame_sink){ r, on_line, oom_line_whole, oom_line_open });
	if (!r->grammar || !r->frame) {
		oom_reader_free(r);
		return NULL;
	}
	begin_input(r);
	return r;
}

void oom_reader_free(struct oom_reader *r)
{
	if (!r)
		return;
	oom_grammar_free(r->grammar);
	log_frame_free(r->frame);
	free(r);
}

/* Many bytes at once: lines are counted over all that is skipped. */
static uint64_t count_newlines(struct text t)
{
	typedef uint8_t block __attribute__((vector_size(16)));
	const char *p = t.p, *end = t.p + t.n;
	uint64_t count = 0;

	while (end - p >= 2 * (ptrdiff_t)sizeof(block)) {
		const size_t pairs = MIN((size_t)(end - p) / (2 * sizeof(block)), (size_t)127);
		block sum = { 0 };

		for (size_t i = 0; i < pairs; i++, p += 2 * sizeof(block)) {
			block a, b;

			memcpy(&a, p, sizeof(a));
			memcpy(&b, p + sizeof(a), sizeof(b));
			sum -= (block)(a == '\n') + (block)(b == '\n');
		}
		for (size_t i = 0; i < sizeof(block); i++)
			count += sum[i];
	}
	for (; p < end; p++)
		count += *p == '\n';
	return count;
}

static void remember_recent(struct oom_reader *r, struct text t)
{
	const size_t keep = t.n >= OVERLAP ? 0 : MIN(r->recent_len, OVERLAP - t.n);
	const size_t add = MIN(t.n, (size_t)OVERLAP);

	memmove(r->recent, r->recent + r->recent_len - keep, keep);
	memcpy(r->recent + keep, t.p + t.n - add, add);
	r->recent_len = keep + add;
}

static int read_bytes(struct oom_reader *r, struct text t)
{
	remember_recent(r, t);
	r->pos += t.n;
	r->line += count_newlines(t);
	return log_frame_feed(r->frame, t.p, t.n, LOG_FRAME_FOLLOWS, 0);
}

static void drop(struct oom_reader *r, struct text t)
{
	if (!t.n)
		return;
	r->line += count_newlines(t);
	r->stats.bytes_skipped += t.n;
	r->gap = true;
}

/* Keeps the last of what is skipped, for what may come: at least OOM_READER_LOOKBACK bytes. */
static void skip_bytes(struct oom_reader *r, struct text t)
{
	if (!t.n)
		return;
	remember_recent(r, t);
	r->pos += t.n;
	if (r->tail_len + t.n > sizeof(r->tail)) {
		const size_t add = MIN(t.n, (size_t)OOM_READER_LOOKBACK);
		const size_t keep = MIN(r->tail_len, OOM_READER_LOOKBACK - add);

		drop(r, text_of(r->tail, r->tail_len - keep));
		drop(r, text_of(t.p, t.n - add));
		memmove(r->tail, r->tail + r->tail_len - keep, keep);
		r->tail_len = keep;
		t = text_of(t.p + t.n - add, add);
	}
	memcpy(r->tail + r->tail_len, t.p, t.n);
	r->tail_len += t.n;
}

/* Goes back: reads what was skipped, from the first whole line of the tail on. */
static int read_tail(struct oom_reader *r)
{
	struct text t = text_of(r->tail, r->tail_len);
	uint64_t offset = LOG_FRAME_FOLLOWS, line = 0;

	if (r->gap) {
		const char *end = memchr(t.p, '\n', t.n);
		const size_t n = end ? (size_t)(end - t.p) + 1 : 0;

		drop(r, text_of(t.p, n));
		offset = r->pos - t.n + n;
		line = r->line;
		t = text_of(t.p + n, t.n - n);
	}
	r->gap = false;
	r->tail_len = 0;
	r->line += count_newlines(t);
	return log_frame_feed(r->frame, t.p, t.n, offset, line);
}

/* Offset of the first word that ends in `t`, or t.n. It may begin before: then 0. */
static size_t find_word(const struct oom_reader *r, struct text t)
{
	char seam[2 * OVERLAP];
	const size_t add = MIN(t.n, (size_t)OVERLAP);
	ssize_t at;

	memcpy(seam, r->recent, r->recent_len);
	memcpy(seam + r->recent_len, t.p, add);
	at = log_scan(text_of(seam, r->recent_len + add));
	if (at >= 0)
		return (size_t)at > r->recent_len ? (size_t)at - r->recent_len : 0;
	at = log_scan(t);
	return at >= 0 ? (size_t)at : t.n;
}

static int search(struct oom_reader *r, struct text *t)
{
	const size_t at = find_word(r, *t);

	skip_bytes(r, text_of(t->p, at));
	*t = text_of(t->p + at, t->n - at);
	if (!t->n)
		return 0;
	r->read_until = r->pos + AFTER;
	return read_tail(r);
}

static int read_text(struct oom_reader *r, struct text t)
{
	int result = 0;

	while (result == 0 && t.n) {
		size_t n = MIN(t.n, (size_t)STEP);

		if (r->pos < r->read_until)
			n = (size_t)MIN((uint64_t)n, r->read_until - r->pos);
		else if (!oom_grammar_is_open(r->grammar)) {
			result = search(r, &t);
			continue;
		}
		result = read_bytes(r, text_of(t.p, n));
		t = text_of(t.p + n, t.n - n);
	}
	return result;
}

/* UTF-16 becomes UTF-8 before anything else looks at it. */
static int read_encoded(struct oom_reader *r, struct text t)
{
	int result = 0;

	if (!r->utf16.active)
		return read_text(r, t);
	while (result == 0 && t.n) {
		const size_t n = MIN(t.n, (size_t)PIECE);
		const size_t len = log_utf16_convert(&r->utf16, text_of(t.p, n), r->utf8);

		result = read_text(r, text_of(r->utf8, len));
		t = text_of(t.p + n, t.n - n);
	}
	return result;
}

int oom_reader_feed(struct oom_reader *r, const char *bytes, size_t len)
{
	struct text t = text_of(bytes, len);
	int result;

	r->stats.bytes += len;
	while (r->begin_len < sizeof(r->begin)) {
		if (!t.n)
			return 0;
		r->begin[r->begin_len++] = t.p[0];
		t = text_of(t.p + 1, t.n - 1);
		if (r->begin_len < sizeof(r->begin) ||
		    log_utf16_detect(&r->utf16, text_of(r->begin, r->begin_len)))
			continue;
		result = read_text(r, text_of(r->begin, r->begin_len));
		if (result < 0)
			return result;
	}
	return read_encoded(r, t);
}

int oom_reader_end(struct oom_reader *r)
{
	int result = 0;

	if (r->begin_len < sizeof(r->begin))
		result = read_text(r, text_of(r->begin, r->begin_len));
	r->stats.bytes_skipped += r->tail_len;
	if (result == 0)
		result = log_frame_end(r->frame);
	r->stats.lines_cut = log_frame_cut(r->frame);
	if (result == 0)
		result = oom_grammar_end(r->grammar);
	r->known.input++;
	r->last = opt_u64_none(ABSENT);
	begin_input(r);
	return result;
}

int oom_reader_idle(struct oom_reader *r, uint64_t idle_ms)
{
	const int result = log_frame_flush(r->frame);

	if (result < 0)
		return result;
	return idle_ms < OOM_READER_STALLED_MS ? oom_grammar_idle(r->grammar)
					       : oom_grammar_end(r->grammar);
}

/* Of a log in its order few are: a reboot, a clock that was set, processors that overtake. */
bool oom_reader_newest_first(const struct oom_reader_stats *before,
			     const struct oom_reader_stats *after)
{
	const uint64_t earlier = after->earlier - before->earlier;

	return earlier > 3 && earlier > 4 * (after->later - before->later);
}

const struct oom_reader_stats *oom_reader_stats(const struct oom_reader *r)
{
	return &r->stats;
}
