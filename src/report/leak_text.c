/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/leak_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/leak_words.h"
#include "report/sentence.h"

/* Prose in longer lines is hard to read, and a ticket wraps it anyhow. */
#define WIDTH_MAX 100
#define WIDTH_MIN 40

struct page {
	FILE *out;
	const struct leak_report *r;
	const struct leak_text_options *o;
	char room[4096];
	struct strbuf s;
};

static struct strbuf *begin(struct page *p)
{
	p->s = STRBUF(p->room);
	strbuf_clear(&p->s);
	return &p->s;
}

static void end(struct page *p)
{
	fputs(p->s.buf, p->out);
	fputc('\n', p->out);
}

/* Words after `indent` columns, with `first` in the last two of them ("- "). */
static void end_prose(struct page *p, size_t indent, const char *first)
{
	char room[5120], next[16];
	struct strbuf s = STRBUF(room);
	const uint32_t width = p->o->style->width;
	const size_t room_left =
		width ? MAX(MIN(width, (uint32_t)WIDTH_MAX), (uint32_t)WIDTH_MIN) : WIDTH_MAX;

	(void)snprintf(next, sizeof(next), "%*s", (int)indent, "");
	words_wrap(&s, room_left - indent, next, text_of(p->s.buf, p->s.len));
	fprintf(p->out, "%*s%s%s", (int)(indent - strlen(first)), "", first, s.buf);
}

static void escaped(struct strbuf *s, const char *p, size_t size)
{
	strbuf_escape(s, text_of(p, strnlen(p, size)));
}

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

static enum verdict_class look_of(const struct leak_report *r)
{
	if (r->harm.harm == HARM_DANGEROUS)
		return VERDICT_LEAKING;
	return r->harm.harm == HARM_HARMLESS ? VERDICT_GROWING : VERDICT_STEADY;
}

static void subject(struct page *p, struct strbuf *s)
{
	escaped(s, p->r->comm, sizeof(p->r->comm));
	if (p->r->pid)
		strbuf_printf(s, "%spid %" PRId32, p->r->comm[0] ? ", " : "", p->r->pid);
}

static void verdict(struct page *p)
{
	const enum verdict_class look = look_of(p->r);
	struct strbuf *s = begin(p);

	strbuf_puts(s, style_on(p->o->style, look));
	strbuf_puts(s, harm_headline(p->r));
	strbuf_puts(s, style_off(p->o->style, look));
	strbuf_puts(s, "  ");
	subject(p, s);
	end(p);
	for (uint32_t i = 0; i < MIN(p->r->harm.reasons, (uint32_t)HARM_REASONS); i++) {
		harm_reason_describe(begin(p), &p->r->harm.reason[i]);
		end_prose(p, 2, "");
	}
	fputc('\n', p->out);
}

static struct loss in_use(const struct leak_report *r)
{
	struct loss sum = { 0 };

	for (int c = 0; c < LOSS_CLASSES; c++) {
		sum.bytes += r->total[c].bytes;
		sum.blocks += r->total[c].blocks;
	}
	return sum;
}

static void counted(struct page *p, const char *label, const struct loss *l, const char *noun)
{
	struct strbuf *s = begin(p);

	strbuf_puts(s, label);
	leak_number(s, l->bytes);
	strbuf_puts(s, " bytes in ");
	leak_number(s, l->blocks);
	strbuf_printf(s, " %s", noun);
	end(p);
}

static void heap_summary(struct page *p, const struct loss *used)
{
	fputs("HEAP SUMMARY:\n", p->out);
	counted(p, p->o->at_exit ? "    in use at exit: " : "        in use now: ", used, "blocks");
	counted(p, "              free: ", &p->r->free, "chunks");
	if (used->blocks) {
		strbuf_puts(begin(p), "usable sizes: up to 24 bytes a block above what valgrind "
				      "prints, or the rest of a page where a block has a mapping "
				      "of its own");
		end_prose(p, 4, "");
	}
	fputc('\n', p->out);
}

static void leak_summary(struct page *p)
{
	static const char *const labels[LOSS_CLASSES] = {
		"   definitely lost: ", "   indirectly lost: ", "     possibly lost: ",
		"   still reachable: ", "        suppressed: ",
	};

	fputs("LEAK SUMMARY:\n", p->out);
	for (int c = 0; c < LOSS_CLASSES; c++)
		counted(p, labels[c], &p->r->total[c], "blocks");
}

static void record_head(struct page *p, const struct loss_group *g, uint64_t record,
			uint64_t records)
{
	static const char *const classes[LOSS_CLASSES] = {
		"definitely lost", "indirectly lost", "possibly lost",
		"still reachable", "suppressed",
	};
	struct strbuf *s = begin(p);

	if (g->indirect.blocks) {
		leak_number(s, g->loss.bytes + g->indirect.bytes);
		strbuf_puts(s, " (");
		leak_number(s, g->loss.bytes);
		strbuf_puts(s, " direct, ");
		leak_number(s, g->indirect.bytes);
		strbuf_puts(s, " indirect) bytes in ");
		leak_number(s, g->loss.blocks);
		strbuf_puts(s, " blocks");
	} else {
		leak_loss(s, &g->loss);
	}
	strbuf_printf(s, " are %s in loss record ",
		      (unsigned int)g->class < LOSS_CLASSES ? classes[g->class] : "lost");
	leak_number(s, record);
	strbuf_puts(s, " of ");
	leak_number(s, records);
	end(p);
}

static void record_kind(struct page *p, const struct loss_group *g)
{
	struct strbuf *s = begin(p);

	strbuf_puts(s, "each of ");
	leak_number(s, g->size);
	strbuf_puts(s, " bytes");
	if (g->type[0]) {
		strbuf_puts(s, ": C++ object of ");
		escaped(s, g->type, sizeof(g->type));
	} else if (g->shape[0]) {
		strbuf_puts(s, ": ");
		loss_shape_describe(s, g->shape);
		if (g->size > LOSS_SHAPE_WORDS * 8)
			strbuf_puts(s, ", ...");
	}
	end_prose(p, 3, "");
}

static void record_contents(struct page *p, const struct loss_group *g)
{
	const uint32_t n = MIN(g->sample_bytes, (uint32_t)LOSS_SAMPLE_SIZE);
	struct strbuf *s = begin(p);

	if (!n)
		return;
	strbuf_puts(s, "   begins ");
	if (g->sample_is_text) {
		strbuf_putc(s, '"');
		strbuf_escape(s, text_of((const char *)g->sample,
					 strnlen((const char *)g->sample, n)));
		strbuf_putc(s, '"');
	} else {
		for (uint32_t i = 0; i < MIN(n, 32u); i++)
			strbuf_printf(s, "%s%02x", i ? i % 8 ? "" : " " : "", g->sample[i]);
	}
	end(p);
}

static void record_places(struct page *p, const struct loss_group *g)
{
	const uint32_t shown = MIN(g->addresses, (uint32_t)LOSS_ADDRESSES);
	struct strbuf *s = begin(p);

	if (shown) {
		strbuf_puts(s, "at ");
		for (uint32_t i = 0; i < shown; i++)
			strbuf_printf(s, "%s0x%" PRIx64, i ? ", " : "", g->address[i]);
		if (g->loss.blocks > shown) {
			strbuf_puts(s, " and ");
			leak_number(s, g->loss.blocks - shown);
			strbuf_puts(s, " more");
		}
		end_prose(p, 3, "");
	}
	if (g->holder == HOLDER_NONE)
		return;
	s = begin(p);
	strbuf_printf(s, "a pointer to %s is in %s", g->loss.blocks == 1 ? "it" : "most of them",
		      last_holder_words(g->holder));
	if (g->holder_size) {
		strbuf_puts(s, " of ");
		leak_number(s, g->holder_size);
		strbuf_puts(s, " bytes");
	}
	end_prose(p, 3, "");
}

static bool is_shown(const struct page *p, const struct loss_group *g)
{
	/* The indirect ones are in their leaders' records, as valgrind has it. */
	return !g->suppressed && (g->class != LOSS_INDIRECT || p->o->show_quality);
}

static void records(struct page *p)
{
	uint64_t shown = p->r->groups_left_out, record = 0;

	for (uint32_t i = 0; i < p->r->groups; i++)
		shown += is_shown(p, &p->r->group[i]);
	for (uint32_t i = 0; i < p->r->groups; i++) {
		const struct loss_group *g = &p->r->group[i];

		if (!is_shown(p, g))
			continue;
		fputc('\n', p->out);
		record_head(p, g, ++record, shown);
		record_kind(p, g);
		record_contents(p, g);
		record_places(p, g);
	}
	if (p->r->groups_left_out) {
		struct strbuf *s = begin(p);

		strbuf_puts(s, "\n");
		leak_number(s, p->r->groups_left_out);
		strbuf_puts(s, " smaller records are left out: --groups N shows more");
		end(p);
	}
}

static void roots(struct page *p)
{
	if (!p->r->holdings)
		return;
	fputs("\nWhat leads to the most of what is still reachable:\n", p->out);
	for (uint32_t i = 0; i < p->r->holdings; i++) {
		const struct root_holding *h = &p->r->holding[i];
		struct strbuf *s = begin(p);

		strbuf_puts(s, "   ");
		leak_loss(s, &h->loss);
		strbuf_printf(s, " from %s", root_kind_name(h->kind));
		if (h->tid)
			strbuf_printf(s, " of thread %" PRId32, h->tid);
		if (h->address)
			strbuf_printf(s, ", at 0x%" PRIx64, h->address);
		if (h->where[0]) {
			strbuf_puts(s, ", ");
			escaped(s, h->where, sizeof(h->where));
		}
		end(p);
	}
}

static void diff_line(struct page *p, const struct group_diff *d)
{
	static const char *const classes[LOSS_CLASSES] = { "definite", "indirect", "possible",
							   "reachable", "suppressed" };
	struct strbuf *s = begin(p);

	strbuf_printf(s, "   %-6s %-10s", group_change_name(d->change),
		      (unsigned int)d->group.class < LOSS_CLASSES ? classes[d->group.class] : "");
	if (d->change != CHANGE_NEW) {
		leak_loss(s, &d->before);
		strbuf_puts(s, " -> ");
	}
	if (d->change == CHANGE_GONE)
		strbuf_puts(s, "none");
	else
		leak_loss(s, &d->group.loss);
	strbuf_puts(s, ", each of ");
	leak_number(s, d->group.size);
	strbuf_puts(s, " bytes");
	if (d->group.type[0]) {
		strbuf_puts(s, ": ");
		escaped(s, d->group.type, sizeof(d->group.type));
	} else if (d->group.shape[0]) {
		strbuf_puts(s, ": ");
		loss_shape_describe(s, d->group.shape);
	}
	end(p);
}

static void diff(struct page *p)
{
	uint32_t same = 0;

	if (!p->r->diffs)
		return;
	fputs("\nSince the earlier scan:\n", p->out);
	for (uint32_t i = 0; i < p->r->diffs; i++)
		if (p->r->diff[i].change != CHANGE_SAME)
			diff_line(p, &p->r->diff[i]);
		else
			same++;
	if (same)
		fprintf(p->out, "   %" PRIu32 " records are as they were\n", same);
}

/* For allocators whose blocks cannot be told apart from outside. */
static void regions(struct page *p)
{
	const struct leak_report *r = p->r;
	struct strbuf *s = begin(p);

	strbuf_printf(s, "The blocks of this process cannot be counted: its allocator is %s",
		      allocator_name(r->allocator.kind));
	if (r->allocator.where[0]) {
		strbuf_puts(s, ", in ");
		escaped(s, r->allocator.where, sizeof(r->allocator.where));
	}
	strbuf_putc(s, '.');
	end_prose(p, 0, "");
	strbuf_puts(begin(p), allocator_advice(r->allocator.kind));
	end_prose(p, 2, "");
	if (!r->regions_known)
		return;
	fputs("\nWhat a scan can see of its own memory, by mapping:\n", p->out);
	counted(p, "     something points into: ", &r->region_pointed, "mappings");
	counted(p, "       nothing points into: ", &r->region_unpointed, "mappings");
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
		scan_doubt_describe(begin(p), (enum scan_doubt)(1U << i), p->r);
		end_prose(p, 5, "- ");
	}
	if (p->r->quality.unconfirmed.blocks) {
		struct strbuf *s = begin(p);

		if (!any)
			fputs("\nHow far to trust this:\n", p->out);
		leak_loss(s, &p->r->quality.unconfirmed);
		strbuf_puts(s, " were lost in the last look but not in the one before: they are "
			       "in flight or lost just now, and count as possibly lost");
		end_prose(p, 5, "- ");
	}
}

static void quality(struct page *p)
{
	const struct scan_quality *q = &p->r->quality;
	struct strbuf *s;

	if (!p->o->show_quality || !p->r->summary_known)
		return;
	s = begin(p);
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
		escaped(s, p->r->allocator.layout, sizeof(p->r->allocator.layout));
	}
	fputc('\n', p->out);
	end_prose(p, 0, "");
	for (unsigned int i = 0; i < HEURISTICS; i++) {
		if (!q->heuristic[i].blocks)
			continue;
		s = begin(p);
		strbuf_printf(s, "   reachable by the heuristic %s: ", leak_heuristic_name(i));
		leak_loss(s, &q->heuristic[i]);
		end(p);
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
	struct strbuf *s = begin(p);

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
	end_prose(p, 0, "");
}

int leak_text(FILE *out, const struct leak_report *r, const struct leak_text_options *o)
{
	struct page p = { .out = out, .r = r, .o = o };
	const struct loss used = in_use(r);

	if (o->show_harm)
		verdict(&p);
	if (r->summary_known) {
		heap_summary(&p, &used);
		if (used.blocks)
			leak_summary(&p);
		else
			fputs("All heap blocks were freed -- no leaks are possible\n", out);
		records(&p);
		roots(&p);
		diff(&p);
	} else {
		regions(&p);
	}
	doubts(&p);
	quality(&p);
	cost(&p);
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}
