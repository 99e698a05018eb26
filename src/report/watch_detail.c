/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/watch_detail.h"

#include <math.h>
#include <stdarg.h>

#include "report/reason.h"
#include "report/sentence.h"
#include "report/sparkline.h"
#include "report/watch_table.h"

#define LABEL_WIDTH 12
#define MARGIN 2

/*
 * Adds text after a label, wrapped at blanks; lines after the first are indented as the text is. A
 * word longer than a line is cut by the renderer, never lost silently: cgroup paths are in --json.
 */
static void add_wrapped(struct strbuf *s, const struct style *style, const char *label,
			struct text words)
{
	size_t indent = style->width && style->width < 40 ? MARGIN : LABEL_WIDTH;
	size_t room = style->width > indent + 8 ? style->width - indent : 0;
	char next[LABEL_WIDTH + 1];

	(void)snprintf(next, sizeof(next), "%*s", (int)indent, "");
	strbuf_printf(s, "%-*s", (int)indent, label);
	if (strlen(label) >= indent)
		strbuf_printf(s, "\n%s", next);
	words_wrap(s, room, next, words);
}

struct line {
	char room[2048];
	struct strbuf s;
};

static struct strbuf *line_begin(struct line *l)
{
	l->s = STRBUF(l->room);
	strbuf_clear(&l->s);
	return &l->s;
}

static void line_end(struct strbuf *out, const struct style *style, const char *label,
		     struct line *l)
{
	add_wrapped(out, style, label, text_of(l->s.buf, l->s.len));
}

static void known_or_dash(struct strbuf *s, struct text t)
{
	if (t.n)
		strbuf_escape(s, t);
	else
		strbuf_puts(s, "not known");
}

static void add_identity(struct strbuf *out, const struct style *style, const struct ranked *r)
{
	struct line l;
	struct strbuf *s = line_begin(&l);

	strbuf_printf(s, "%d ", (int)r->id.pid);
	strbuf_escape(s, r->comm);
	if (isfinite(r->age_seconds)) {
		strbuf_puts(s, ", started ");
		strbuf_seconds(s, r->age_seconds);
		strbuf_puts(s, " ago");
	}
	if (r->unread)
		strbuf_puts(s, " (the last pass could not read it)");
	line_end(out, style, "process", &l);
	known_or_dash(line_begin(&l), r->unit);
	line_end(out, style, "unit", &l);
	known_or_dash(line_begin(&l), r->cgroup);
	line_end(out, style, "cgroup", &l);
	if (!r->container.n)
		return;
	known_or_dash(line_begin(&l), r->container);
	line_end(out, style, "container", &l);
}

static void add_memory(struct strbuf *out, const struct style *style, const struct ranked *r)
{
	struct line l;
	struct strbuf *s = line_begin(&l);

	watch_size(s, style, r->anon_bytes);
	strbuf_puts(s, " anonymous, ");
	watch_size(s, style, r->swap_bytes);
	strbuf_puts(s, " swapped, ");
	watch_size(s, style, r->shmem_bytes);
	strbuf_puts(s, " shared");
	line_end(out, style, "memory", &l);
	s = line_begin(&l);
	watch_size(s, style, r->headroom.bytes);
	strbuf_puts(s, " left; the limit that binds: ");
	known_or_dash(s, r->limit);
	if (opt_is_known(r->headroom.capacity_bytes)) {
		strbuf_puts(s, ", of ");
		watch_size(s, style, r->headroom.capacity_bytes);
	}
	line_end(out, style, "headroom", &l);
}

static void add_number(struct strbuf *s, double v, bool rate)
{
	if (!isfinite(v))
		strbuf_puts(s, "never");
	else if (rate)
		strbuf_bytes(s, v);
	else
		strbuf_seconds(s, v);
	if (rate)
		strbuf_puts(s, "/s");
}

static void add_interval(struct strbuf *out, const struct style *style, const char *label,
			 const struct interval *i, bool rate)
{
	struct line l;
	struct strbuf *s = line_begin(&l);

	if (i->known) {
		add_number(s, i->mid, rate);
		strbuf_puts(s, " (");
		add_number(s, i->low, rate);
		strbuf_puts(s, " to ");
		add_number(s, i->high, rate);
		strbuf_puts(s, ")");
	} else {
		strbuf_puts(s, "not known");
	}
	line_end(out, style, label, &l);
}

/* The scale that decided, or the one whose ring the history fills best. */
static unsigned int scale_of(const struct ranked *r)
{
	double span = r->verdict->window_seconds;
	unsigned int k = 0;

	if (!(span > 0))
		span = series_age_seconds(&r->track->series);
	while (k + 1 < SERIES_SCALES &&
	       (double)series_scale[k].width_seconds * series_scale[k].buckets < span)
		k++;
	return k;
}

static void add_history(struct strbuf *out, const struct style *style, const struct ranked *r)
{
	const struct series *series = &r->track->series;
	unsigned int k = scale_of(r);
	uint32_t count = MIN(series->newest[k], (uint32_t)series_scale[k].buckets);
	double y[SERIES_RING_MAX], low = NAN, high = NAN;
	struct line l;
	struct strbuf *s = line_begin(&l);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t level = series_bucket(series, k, series->newest[k] - count + i);

		y[i] = level == SERIES_MISSING ? NAN : series_level_bytes(level);
		low = fmin(low, y[i]);
		high = fmax(high, y[i]);
	}
	if (!count || isnan(low)) {
		strbuf_puts(s, "none yet");
		line_end(out, style, "history", &l);
		return;
	}
	strbuf_puts(out, "history     ");
	sparkline(out, y, count, style->width > 16 ? style->width - 14 : SERIES_RING_MAX,
		  style->utf8);
	strbuf_puts(out, "\n");
	strbuf_puts(s, "lowest level of each ");
	strbuf_seconds(s, series_scale[k].width_seconds);
	strbuf_puts(s, ", from ");
	strbuf_bytes(s, low);
	strbuf_puts(s, " to ");
	strbuf_bytes(s, high);
	line_end(out, style, "", &l);
}

void watch_detail(struct strbuf *out, const struct style *style, const struct ranked *r)
{
	const struct verdict *v = r->verdict;
	struct line l;

	strbuf_printf(line_begin(&l), "%s%s, score %.2f", style_mark(v->class),
		      verdict_class_name(v->class), v->score);
	line_end(out, style, "verdict", &l);
	for (uint32_t i = 0; i < v->reason_count; i++) {
		struct strbuf *s = line_begin(&l);

		strbuf_puts(s, "- ");
		reason_describe(s, &v->reason[i]);
		line_end(out, style, i ? "" : "because", &l);
	}
	add_history(out, style, r);
	add_interval(out, style, "growth", &v->growth_bytes_per_second, true);
	add_interval(out, style, "lasts", &v->exhaustion_seconds, false);
	add_memory(out, style, r);
	add_identity(out, style, r);
}

void watch_help(struct strbuf *out, const struct style *style)
{
	static const struct {
		const char *key, *meaning;
	} rows[] = {
		{ "j k arrows", "move one line" },
		{ "^D ^U", "half a page down, up" },
		{ "PgDn PgUp", "a page" },
		{ "g G", "first, last" },
		{ "Enter", "all that is known of the process, and why it is judged so" },
		{ "/", "filter by name, unit, container or pid; Esc clears it" },
		{ "s < >", "next or previous order; r reverses" },
		{ "S M W R E", "order by score, memory, swap, growth rate, exhaustion" },
		{ "A P N U", "order by age, pid, name, unit" },
		{ "p", "pause: the picture stays, nothing is sampled" },
		{ "q", "back, and out of the table: quit" },
		{ "", "" },
		{ "!!", "leaking: grows like a leak, and the evidence is enough for its urgency" },
		{ "!", "suspect: grows like a leak; more evidence is needed" },
		{ "+", "growing: as load, warm-up or a filling cache do" },
		{ "?", "unknown: too young, or too few samples" },
		{ "MEMORY", "anonymous + swapped + shared; page cache is not counted" },
		{ "LASTS", "until the nearest limit, at the present growth" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		add_wrapped(out, style, rows[i].key, text_string(rows[i].meaning));
	add_wrapped(out, style, "", TEXT("No key changes a process."));
}
