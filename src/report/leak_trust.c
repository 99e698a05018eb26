/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a leak report: how far to trust it, what was walked, and what it cost. */
#include <inttypes.h>
#include <math.h>

#include "report/leak_page.h"
#include "report/leak_words.h"

/* A time of one place to the next: 0.21 ms, 14.6 ms, 1.2 s. */
static void span(struct strbuf *s, double seconds)
{
	if (!isfinite(seconds))
		strbuf_puts(s, "an unknown time");
	else if (seconds < 1)
		strbuf_printf(s, "%.*f ms", seconds < 0.01 ? 2 : 1, seconds * 1e3);
	else if (seconds < 100)
		strbuf_printf(s, "%.1f s", seconds);
	else
		strbuf_seconds(s, seconds);
}

/* At the end of a process nothing is in flight, and a second look would see the same. */
static bool doubt_counts(const struct leak_report *r, unsigned int bit)
{
	return (r->quality.doubts & 1U << bit) &&
	       !(r->cost.method == SNAPSHOT_EXIT && 1U << bit == DOUBT_SINGLE_SCAN);
}

static void doubts(struct page *p)
{
	bool any = false;

	for (unsigned int i = 0; i < DOUBTS; i++) {
		if (!doubt_counts(p->r, i))
			continue;
		if (!any)
			fputs("\nHow far to trust this:\n", p->out);
		any = true;
		scan_doubt_describe(page_begin(p), (enum scan_doubt)(1U << i), p->r);
		page_prose(p, 5, "- ");
	}
	if (p->r->quality.unconfirmed.blocks) {
		struct strbuf *s = page_begin(p);

		if (!any)
			fputs("\nHow far to trust this:\n", p->out);
		leak_loss(s, &p->r->quality.unconfirmed);
		strbuf_puts(s, " were lost in the last look but not in the one before: they are "
			       "in flight or lost just now, and count as possibly lost");
		page_prose(p, 5, "- ");
	}
}

static void quality(struct page *p)
{
	const struct scan_quality *q = &p->r->quality;
	struct strbuf *s;

	if (!p->o->show_quality || !p->r->summary_known)
		return;
	s = page_begin(p);
	strbuf_puts(s, "walked ");
	leak_number(s, q->chunks);
	strbuf_printf(s,
		      " chunks of %" PRIu32 " arenas, %" PRIu32 " heaps and %" PRIu32
		      " mmapped chunks; %" PRIu64 " tcache and %" PRIu64
		      " fastbin chunks are free; %" PRIu32 " of %" PRIu32
		      " cross-checks passed; looks: %" PRIu32 "; allocator %s",
		      q->arenas, q->heaps, q->mmapped, q->tcache_chunks, q->fastbin_chunks,
		      q->checks_passed, q->checks, q->scans, allocator_name(p->r->allocator.kind));
	if (p->r->allocator.layout[0]) {
		strbuf_puts(s, ", layout ");
		page_escaped(s, p->r->allocator.layout, sizeof(p->r->allocator.layout));
	}
	fputc('\n', p->out);
	page_prose(p, 0, "");
	for (unsigned int i = 0; i < HEURISTICS; i++) {
		if (!q->heuristic[i].blocks)
			continue;
		s = page_begin(p);
		strbuf_printf(s, "   reachable by the heuristic %s: ", leak_heuristic_name(i));
		leak_loss(s, &q->heuristic[i]);
		page_end(p);
	}
}

static void cost(struct page *p)
{
	static const char *const ways[] = {
		[SNAPSHOT_FORK] = "copy-on-write fork",
		[SNAPSHOT_COPY] = "copied while stopped",
		[SNAPSHOT_CORE] = "core dump",
		[SNAPSHOT_EXIT] = "held at its end",
	};
	const struct scan_cost *c = &p->r->cost;
	struct strbuf *s = page_begin(p);

	if (c->method == SNAPSHOT_NONE || (size_t)c->method >= ARRAY_SIZE(ways))
		return;
	strbuf_puts(s, ways[c->method]);
	if (c->method != SNAPSHOT_CORE) {
		strbuf_puts(s, c->method == SNAPSHOT_EXIT ? " for " : ", paused for ");
		span(s, c->pause_seconds);
	}
	strbuf_puts(s, "; copied ");
	strbuf_bytes(s, (double)c->copied_bytes);
	strbuf_puts(s, " in ");
	span(s, c->copy_seconds);
	strbuf_puts(s, ", analysed in ");
	span(s, c->analysis_seconds);
	if (c->peak_bytes) {
		strbuf_puts(s, ", with ");
		strbuf_bytes(s, (double)c->peak_bytes);
		strbuf_puts(s, " at most");
	}
	if (p->o->show_quality && c->method_reason && *c->method_reason &&
	    c->method != SNAPSHOT_EXIT && c->method != SNAPSHOT_CORE) {
		strbuf_puts(s, "; this way because ");
		strbuf_puts(s, c->method_reason);
	}
	fputc('\n', p->out);
	page_prose(p, 0, "");
}

void leak_trust(struct page *p)
{
	doubts(p);
	quality(p);
	cost(p);
}
