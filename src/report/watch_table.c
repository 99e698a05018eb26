/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/watch_table.h"

#include <math.h>

#include "report/columns.h"
#include "report/reason.h"

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

void watch_fit(struct strbuf *s, const struct style *style)
{
	size_t kept = 0;

	if (!style->utf8) {
		for (size_t i = 0; i < s->len; i++) {
			if (continues(s->buf[i]))
				continue;
			s->buf[kept++] = (char)((unsigned char)s->buf[i] < 0x80 ? s->buf[i] : '?');
		}
		s->len = kept;
		s->buf[kept] = '\0';
	}
	columns_cut(s, style->width);
}

void watch_size(struct strbuf *s, const struct style *style, struct opt_u64 bytes)
{
	if (!opt_is_known(bytes))
		strbuf_puts(s, "-");
	else if (style->raw_bytes)
		strbuf_printf(s, "%llu", (unsigned long long)bytes.value);
	else
		strbuf_bytes(s, (double)bytes.value);
}

static void rate(struct strbuf *s, const struct style *style, const struct interval *i)
{
	if (!i->known)
		strbuf_puts(s, "-");
	else if (style->raw_bytes)
		strbuf_printf(s, "%.0f/s", i->mid);
	else {
		strbuf_bytes(s, i->mid);
		strbuf_puts(s, "/s");
	}
}

static void until(struct strbuf *s, const struct interval *i)
{
	if (!i->known)
		strbuf_puts(s, "-");
	else if (!isfinite(i->mid))
		strbuf_puts(s, "never");
	else
		strbuf_seconds(s, i->mid);
}

enum column {
	COLUMN_PID,
	COLUMN_NAME,
	COLUMN_UNIT,
	COLUMN_MEMORY,
	COLUMN_SWAP,
	COLUMN_GROWTH,
	COLUMN_EXHAUSTION,
	COLUMN_VERDICT,
	COLUMN_WHY,
	COLUMNS,
};

static const struct {
	const char *title;
	int key; /* enum rank_key that orders by it, -1 = none */
	uint8_t width;
	bool right;
	uint8_t least; /* shown from this terminal width on */
} column[COLUMNS] = {
	[COLUMN_PID] = { "PID", RANK_PID, 7, true, 0 },
	[COLUMN_NAME] = { "NAME", RANK_NAME, 16, false, 0 },
	[COLUMN_UNIT] = { "UNIT", RANK_UNIT, 24, false, 110 },
	[COLUMN_MEMORY] = { "MEMORY", RANK_MEMORY, 9, true, 0 },
	[COLUMN_SWAP] = { "SWAP", RANK_SWAP, 9, true, 90 },
	[COLUMN_GROWTH] = { "GROWTH", RANK_GROWTH, 12, true, 60 },
	[COLUMN_EXHAUSTION] = { "LASTS", RANK_EXHAUSTION, 8, true, 70 },
	[COLUMN_VERDICT] = { "VERDICT", RANK_SCORE, 10, false, 0 },
	[COLUMN_WHY] = { "WHY", -1, 0, false, 75 },
};

static bool shown(const struct style *style, enum column c)
{
	return !style->width || style->width >= column[c].least;
}

/* Adds one cell, padded or cut to its column's width, and the gap after it. */
static void add_cell(struct strbuf *s, const struct style *style, enum column c,
		     struct strbuf *cell)
{
	size_t width = column[c].width, wide = style->raw_bytes && column[c].right ? 6 : 0, used;

	watch_fit(cell, &(struct style){ .utf8 = style->utf8, .width = (uint32_t)(width + wide) });
	if (!width) { /* the last column takes what is left */
		strbuf_add(s, cell->buf, cell->len);
		return;
	}
	used = columns_of(text_of(cell->buf, cell->len));
	width += wide;
	if (column[c].right)
		strbuf_printf(s, "%*s", (int)(width - used), "");
	strbuf_add(s, cell->buf, cell->len);
	if (!column[c].right)
		strbuf_printf(s, "%*s", (int)(width - used), "");
	strbuf_puts(s, c == COLUMN_VERDICT ? " " : "  ");
}

static void strip_blanks(struct strbuf *s)
{
	while (s->len && s->buf[s->len - 1] == ' ')
		s->buf[--s->len] = '\0';
}

void watch_table_head(struct strbuf *s, const struct style *style, enum rank_key key, bool reverse)
{
	strbuf_clear(s);
	for (int c = 0; c < COLUMNS; c++) {
		char room[32];
		struct strbuf cell = STRBUF(room);

		if (!shown(style, (enum column)c))
			continue;
		if (c == COLUMN_VERDICT)
			strbuf_puts(&cell, "  ");
		strbuf_puts(&cell, column[c].title);
		if (column[c].key == (int)key)
			strbuf_puts(&cell, reverse ? "^" : "v");
		add_cell(s, style, (enum column)c, &cell);
	}
	strip_blanks(s);
	watch_fit(s, style);
}

static void fill_cell(struct strbuf *s, const struct style *style, const struct ranked *r,
		      enum column c)
{
	switch (c) {
	case COLUMN_PID:
		strbuf_printf(s, "%d", (int)r->id.pid);
		break;
	case COLUMN_NAME:
		strbuf_escape(s, r->comm);
		break;
	case COLUMN_UNIT:
		if (r->unit.n)
			strbuf_escape(s, r->unit);
		else
			strbuf_puts(s, "-");
		break;
	case COLUMN_MEMORY:
		watch_size(s, style,
			   opt_is_known(r->anon_bytes) ? opt_u64_of(r->held_bytes) : r->anon_bytes);
		break;
	case COLUMN_SWAP:
		watch_size(s, style, r->swap_bytes);
		break;
	case COLUMN_GROWTH:
		rate(s, style, &r->verdict->growth_bytes_per_second);
		break;
	case COLUMN_EXHAUSTION:
		until(s, &r->verdict->exhaustion_seconds);
		break;
	case COLUMN_VERDICT:
		strbuf_printf(s, "%s%s", style_mark(r->verdict->class),
			      verdict_class_name(r->verdict->class));
		break;
	case COLUMN_WHY:
		if (isfinite(r->alarm_seconds))
			strbuf_printf(s, "alarm at %.15g s: ", r->alarm_seconds);
		if (r->verdict->reason_count)
			reason_describe(s, &r->verdict->reason[0]);
		break;
	case COLUMNS:
		break;
	}
}

void watch_table_row(struct strbuf *s, const struct style *style, const struct ranked *row)
{
	strbuf_clear(s);
	for (int c = 0; c < COLUMNS; c++) {
		/* A cgroup path of PATH_MAX bytes does not fit in any column: what does not fit
		 * here is far past where the cell is cut. */
		char room[512];
		struct strbuf cell = STRBUF(room);

		if (!shown(style, (enum column)c))
			continue;
		fill_cell(&cell, style, row, (enum column)c);
		add_cell(s, style, (enum column)c, &cell);
	}
	strip_blanks(s);
	watch_fit(s, style);
}

static void replay_summary(struct strbuf *s, const struct watch_replay *r)
{
	strbuf_puts(s, "replay of ");
	strbuf_escape(s, text_string(r->name));
	strbuf_printf(s, ": %llu rows", (unsigned long long)r->rows);
	if (isfinite(r->first_seconds)) {
		strbuf_puts(s, " over ");
		strbuf_seconds(s, r->last_seconds - r->first_seconds);
	}
}

void watch_summary(struct strbuf *s, const struct style *style, const struct watch_view *v)
{
	strbuf_clear(s);
	if (v->replay) {
		replay_summary(s, v->replay);
	} else {
		const struct host *h = &v->table->host;

		strbuf_puts(s, "memory ");
		watch_size(s, style, opt_u64_of(h->meminfo.available_bytes));
		strbuf_puts(s, " available of ");
		watch_size(s, style, opt_u64_of(h->meminfo.total_bytes));
		strbuf_puts(s, ", swap ");
		watch_size(s, style, h->meminfo.swap_free_bytes);
		strbuf_puts(s, " free of ");
		watch_size(s, style, h->meminfo.swap_total_bytes);
		if (h->memory_pressure.some.present)
			strbuf_printf(s, ", pressure %.1f %%", h->memory_pressure.some.avg10);
	}
	strbuf_printf(s, "; %u leaking", v->leaking);
	watch_fit(s, style);
}

void watch_account(struct strbuf *s, const struct style *style, const struct watch_view *v)
{
	strbuf_clear(s);
	if (v->replay) {
		strbuf_printf(s, "%u processes, %u shown; %llu rows refused", v->matching, v->count,
			      (unsigned long long)v->replay->refused_rows);
	} else {
		const struct pass_counts *c = &v->table->counts;

		strbuf_printf(s,
			      "%u listed: %u read, %u kernel threads, %u ended meanwhile, %u could "
			      "not be read",
			      c->listed, c->read, c->kthreads, c->vanished, c->unreadable);
		if (c->over_capacity)
			strbuf_printf(s, ", %u past the capacity of %u", c->over_capacity,
				      v->table->capacity);
		if (v->table->cgroups.dropped)
			strbuf_printf(s, ", %u cgroups past capacity", v->table->cgroups.dropped);
		if (v->count < v->matching)
			strbuf_printf(s, "; %u of %u shown", v->count, v->matching);
		strbuf_printf(s, "; the pass took %.1f ms of CPU",
			      v->table->pass_cpu_seconds * 1e3);
	}
	watch_fit(s, style);
}
