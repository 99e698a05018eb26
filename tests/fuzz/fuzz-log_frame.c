/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes framed: at once and in small pieces the same lines come, each within its bounds. */
#include "fuzz.h"

#include <string.h>

#include "source/log_frame.h"
#include "source/oom_grammar.h"

struct digest {
	uint64_t hash, lines;
	uint64_t number;
};

static void add(struct digest *d, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		d->hash = (d->hash ^ b[i]) * UINT64_C(0x100000001b3);
}

static int on_line(void *arg, const struct log_line *l)
{
	struct digest *d = arg;

	REQUIRE(l->text.n && l->text.n <= 2 * LOG_LINE_MAX && l->origin.n <= OOM_WORD_SIZE);
	REQUIRE(l->number >= d->number);
	d->number = l->number;
	d->lines++;
	add(d, l->text.p, l->text.n);
	add(d, l->origin.p, l->origin.n);
	add(d, &l->number, sizeof(l->number));
	add(d, &l->offset, sizeof(l->offset));
	add(d, &l->continued, sizeof(l->continued));
	return 0;
}

static struct digest frame(const char *in, size_t size, size_t step)
{
	struct digest d = { 0 };
	const struct log_frame_sink sink = { &d, on_line, oom_line_whole, oom_line_open };
	_cleanup_log_frame_ struct log_frame *f = log_frame_new(&sink);

	REQUIRE(f);
	for (size_t i = 0; i < size; i += step)
		REQUIRE(log_frame_feed(f, in + i, MIN(step, size - i), LOG_FRAME_FOLLOWS, 0) == 0);
	REQUIRE(log_frame_end(f) == 0);
	return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct digest all, split;

	if (!size)
		return 0;
	all = frame(in, size, size);
	split = frame(in, size, 1 + data[0] % 32);
	REQUIRE(all.hash == split.hash && all.lines == split.lines);
	REQUIRE(all.lines <= size);
	return 0;
}
