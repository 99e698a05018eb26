/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task table and the memory bar of explain's text. */
#include <inttypes.h>
#include <string.h>

#include "report/columns.h"
#include "report/explain_page.h"
#include "report/explain_words.h"

#define GAP 1

struct column {
	const char *head;
	uint32_t width;
	bool left;
	void (*add)(struct strbuf *s, const struct explain_task *t);
};

static void add_opt_bytes(struct strbuf *s, struct opt_u64 bytes)
{
	if (opt_is_known(bytes))
		strbuf_bytes(s, (double)bytes.value);
	else
		strbuf_putc(s, '?');
}

static void add_pid(struct strbuf *s, const struct explain_task *t)
{
	strbuf_printf(s, "%" PRId64, t->task->pid);
}

static void add_name(struct strbuf *s, const struct explain_task *t)
{
	explain_name(s, t->task->comm, OOM_COMM_SIZE);
}

static void add_rss(struct strbuf *s, const struct explain_task *t)
{
	add_opt_bytes(s, t->rss_bytes);
}

static void add_anon(struct strbuf *s, const struct explain_task *t)
{
	add_opt_bytes(s, t->anon_bytes);
}

static void add_shmem(struct strbuf *s, const struct explain_task *t)
{
	add_opt_bytes(s, t->shmem_bytes);
}

static void add_swap(struct strbuf *s, const struct explain_task *t)
{
	add_opt_bytes(s, t->swap_bytes);
}

static void add_pgtables(struct strbuf *s, const struct explain_task *t)
{
	add_opt_bytes(s, t->pgtables_bytes);
}

static void add_virtual(struct strbuf *s, const struct explain_task *t)
{
	add_opt_bytes(s, t->total_vm_bytes);
}

static void add_adj(struct strbuf *s, const struct explain_task *t)
{
	strbuf_printf(s, "%d", t->task->oom_score_adj);
}

static void add_points(struct strbuf *s, const struct explain_task *t)
{
	if (t->points_known)
		strbuf_printf(s, "%.0f", t->points);
	else
		strbuf_putc(s, '-');
}

static void add_uid(struct strbuf *s, const struct explain_task *t)
{
	strbuf_printf(s, "%" PRIu32, t->task->uid);
}

/* In the order of the page; .rank: in which order they get room. 0 needs: always. */
static const struct {
	struct column c;
	uint32_t rank, needs; /* enum oom_column, any of them; 0: always there */
} all_columns[] = {
	{ { "PID", 7, false, add_pid }, 0, 0 },
	{ { "NAME", 15, true, add_name }, 1, 0 },
	{ { "UID", 5, false, add_uid }, 10, OOM_COLUMN_UID },
	{ { "RSS", 8, false, add_rss }, 2, OOM_COLUMN_RSS | OOM_COLUMN_RSS_ANON },
	{ { "ANON", 8, false, add_anon }, 6, OOM_COLUMN_RSS_ANON },
	{ { "SHMEM", 8, false, add_shmem }, 7, OOM_COLUMN_RSS_SHMEM },
	{ { "SWAP", 8, false, add_swap }, 3, OOM_COLUMN_SWAPENTS },
	{ { "PGTABLES", 8, false, add_pgtables },
	  8,
	  OOM_COLUMN_PGTABLES_BYTES | OOM_COLUMN_NR_PTES },
	{ { "VIRTUAL", 8, false, add_virtual }, 9, OOM_COLUMN_TOTAL_VM },
	{ { "ADJ", 5, false, add_adj }, 4, OOM_COLUMN_OOM_SCORE_ADJ },
	{ { "BADNESS", 9, false, add_points }, 5, 0 },
};

/* A bit a row of all_columns. */
static uint32_t choose(const struct oom_report *r, bool points, uint32_t width)
{
	uint32_t chosen = 0, used = 2;

	for (uint32_t rank = 0; rank < ARRAY_SIZE(all_columns); rank++)
		for (uint32_t i = 0; i < ARRAY_SIZE(all_columns); i++) {
			const struct column *c = &all_columns[i].c;

			if (all_columns[i].rank != rank ||
			    (all_columns[i].needs && !(r->columns & all_columns[i].needs)) ||
			    (c->add == add_points && !points) || used + GAP + c->width > width)
				continue;
			used += GAP + c->width;
			chosen |= 1u << i;
		}
	return chosen;
}

/* Wide text pushes the others to the right rather than losing digits. */
static void add_cell(struct strbuf *s, const struct column *c, const char *text)
{
	const size_t n = columns_of(text_string(text));
	const int pad = n < c->width ? (int)(c->width - n) : 0;

	if (c->left)
		strbuf_printf(s, " %s%*s", text, pad, "");
	else
		strbuf_printf(s, " %*s%s", pad, "", text);
}

static void trim(struct strbuf *s)
{
	while (s->len && s->buf[s->len - 1] == ' ')
		s->buf[--s->len] = '\0';
}

static void row(FILE *out, const struct style *style, uint32_t chosen, const struct explain_task *t)
{
	const enum verdict_class look = !t	     ? VERDICT_STEADY
					: t->suspect ? VERDICT_LEAKING
					: t->victim  ? VERDICT_SUSPECT
						     : VERDICT_STEADY;
	char room[1024], cell[160];
	struct strbuf s = STRBUF(room);

	/* K killed, ? suspected: colour never carries the meaning alone. */
	strbuf_printf(&s, "%c%c", t && t->victim ? 'K' : ' ', t && t->suspect ? '?' : ' ');
	for (uint32_t i = 0; i < ARRAY_SIZE(all_columns); i++) {
		struct strbuf one = STRBUF(cell);

		if (!(chosen & 1u << i))
			continue;
		if (t)
			all_columns[i].c.add(&one, t);
		else
			strbuf_puts(&one, all_columns[i].c.head);
		add_cell(&s, &all_columns[i].c, cell);
	}
	trim(&s);
	columns_cut(&s, style->width);
	fprintf(out, "%s%s%s\n", style_on(style, look), s.buf, style_off(style, look));
}

void explain_table(FILE *out, const struct style *style, const struct explain_view *v, uint32_t top)
{
	const struct oom_report *r = v->report;
	uint32_t list[EXPLAIN_TOP_MAX];
	const uint32_t count = explain_top(v, top, list);
	const uint32_t chosen = choose(r, v->story->badness.ranked_count > 0, style->width);

	if (!count)
		return;
	row(out, style, chosen, NULL);
	for (uint32_t i = 0; i < count; i++) {
		struct explain_task t;

		explain_task_of(v, list[i], &t);
		row(out, style, chosen, &t);
	}
	fprintf(out, "   %" PRIu32 " of %" PRIu32 " tasks, by badness; K killed, ? likely leaker\n",
		count, r->task_count + r->tasks_dropped);
}

/* Letters: a bar must be readable without colour and in ASCII. */
static const char letters[OOM_SHARE_COUNT + 1] = "PCSrUTkcnKHu.?";

void explain_bar(FILE *out, const struct style *style, const struct explain_view *v)
{
	const struct oom_breakdown *b = &v->story->breakdown;
	const uint32_t width = style->width - 4;
	char line[128], size[32];
	uint32_t used = 0;
	double sum = 0;

	for (int i = 0; i < OOM_SHARE_COUNT; i++)
		sum += opt_is_known(b->share_bytes[i]) ? (double)b->share_bytes[i].value : 0;
	if (!b->known || !(sum > 0))
		return;
	for (int i = 0; i < OOM_SHARE_COUNT; i++) {
		const double bytes =
			opt_is_known(b->share_bytes[i]) ? (double)b->share_bytes[i].value : 0;

		for (double n = bytes / sum * width; n >= 0.5 && used < width; n--)
			line[used++] = letters[i];
	}
	line[used] = '\0';
	fprintf(out, "  [%s]\n", line);
	for (int i = 0; i < OOM_SHARE_COUNT; i++) {
		struct strbuf s = STRBUF(size);

		if (!opt_is_known(b->share_bytes[i]) || !b->share_bytes[i].value)
			continue;
		strbuf_bytes(&s, (double)b->share_bytes[i].value);
		fprintf(out, "   %c %-30s %9s %4.0f %%\n", letters[i],
			explain_share_words((enum oom_share)i), size,
			(double)b->share_bytes[i].value / sum * 100);
	}
}
