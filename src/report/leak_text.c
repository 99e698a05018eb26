/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/leak_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/leak_page.h"
#include "report/leak_words.h"
#include "report/sentence.h"

static enum verdict_class look_of(const struct leak_report *r)
{
	if (r->harm.harm == HARM_DANGEROUS)
		return VERDICT_LEAKING;
	return r->harm.harm == HARM_HARMLESS || !harm_is_known(r) ? VERDICT_GROWING
								  : VERDICT_STEADY;
}

static void subject(struct page *p, struct strbuf *s)
{
	page_escaped(s, p->r->comm, sizeof(p->r->comm));
	if (p->r->pid)
		strbuf_printf(s, "%spid %" PRId32, p->r->comm[0] ? ", " : "", p->r->pid);
}

static void next_steps(struct page *p)
{
	const int32_t pid = p->r->pid;

	if (!harm_is_known(p->r)) {
		fprintf(p->out, "  next  bulkhead watch %" PRId32 "   whether it grows\n", pid);
		if (p->r->summary_known)
			fprintf(p->out,
				"        bulkhead scan --json %" PRId32
				" >then.json   keep this, and later\n"
				"        bulkhead scan --diff then.json %" PRId32
				"   what was lost since\n",
				pid, pid);
		return;
	}
	if (p->r->harm.harm == HARM_NONE) {
		fprintf(p->out,
			"  next  bulkhead scan --roots 10 %" PRId32
			"   what holds what is in use\n",
			pid);
		return;
	}
	fprintf(p->out,
		"  next  bulkhead scan --json %" PRId32 " >then.json   keep this, and later\n"
		"        bulkhead scan --diff then.json %" PRId32 "   what was lost since\n",
		pid, pid);
	if (!p->r->groups || !p->r->group[0].sample_bytes)
		fprintf(p->out,
			"        bulkhead scan --contents %" PRId32
			"   what is in the lost blocks\n",
			pid);
}

static void verdict(struct page *p)
{
	const enum verdict_class look = look_of(p->r);
	struct strbuf *s = page_begin(p);

	strbuf_puts(s, style_on(p->o->style, look));
	strbuf_puts(s, harm_headline(p->r));
	strbuf_puts(s, style_off(p->o->style, look));
	strbuf_puts(s, "  ");
	subject(p, s);
	page_end(p);
	for (uint32_t i = 0; i < MIN(p->r->harm.reasons, (uint32_t)HARM_REASONS); i++) {
		harm_reason_describe(page_begin(p), &p->r->harm.reason[i]);
		page_prose(p, 2, "");
	}
	if (p->r->cost.method == SNAPSHOT_CORE && !harm_is_known(p->r)) {
		strbuf_puts(page_begin(p),
			    "a core does not tell whether the process would have gone on: "
			    "so not whether this does harm");
		page_prose(p, 2, "");
	}
	if (p->o->show_next)
		next_steps(p);
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
	struct strbuf *s = page_begin(p);

	strbuf_puts(s, label);
	leak_number(s, l->bytes);
	strbuf_puts(s, " bytes in ");
	leak_number(s, l->blocks);
	strbuf_printf(s, " %s", noun);
	page_end(p);
}

static void heap_summary(struct page *p, const struct loss *used)
{
	fputs("HEAP SUMMARY:\n", p->out);
	counted(p, p->o->at_exit ? "    in use at exit: " : "        in use now: ", used, "blocks");
	counted(p, "              free: ", &p->r->free, "chunks");
	if (used->blocks) {
		strbuf_puts(page_begin(p),
			    "usable sizes: mostly up to 24 bytes a block above what valgrind "
			    "prints, or the rest of a page where a block has a mapping "
			    "of its own");
		page_prose(p, 4, "");
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
	struct strbuf *s = page_begin(p);

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
	page_line(p);
}

static void record_kind(struct page *p, const struct loss_group *g)
{
	struct strbuf *s = page_begin(p);

	strbuf_puts(s, "each of ");
	leak_number(s, g->size);
	strbuf_puts(s, " bytes");
	if (g->type[0]) {
		strbuf_puts(s, ": C++ object of ");
		page_escaped(s, g->type, sizeof(g->type));
	} else if (g->shape[0]) {
		strbuf_puts(s, ": ");
		loss_shape_describe(s, g->shape);
		if (g->size > LOSS_SHAPE_WORDS * 8)
			strbuf_puts(s, ", ...");
	}
	page_prose(p, 3, "");
}

static void record_contents(struct page *p, const struct loss_group *g)
{
	const uint32_t n = MIN(g->sample_bytes, (uint32_t)LOSS_SAMPLE_SIZE);
	struct strbuf *s = page_begin(p);

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
	page_end(p);
}

static void record_places(struct page *p, const struct loss_group *g)
{
	const uint32_t shown = MIN(g->addresses, (uint32_t)LOSS_ADDRESSES);
	struct strbuf *s = page_begin(p);

	if (shown) {
		strbuf_puts(s, "at ");
		for (uint32_t i = 0; i < shown; i++)
			strbuf_printf(s, "%s0x%" PRIx64, i ? ", " : "", g->address[i]);
		if (g->loss.blocks > shown) {
			strbuf_puts(s, " and ");
			leak_number(s, g->loss.blocks - shown);
			strbuf_puts(s, " more");
		}
		page_prose(p, 3, "");
	}
	if (g->holder == HOLDER_NONE)
		return;
	s = page_begin(p);
	strbuf_printf(s, "a pointer to %s is in %s", g->loss.blocks == 1 ? "it" : "most of them",
		      last_holder_words(g->holder));
	if (g->holder_size) {
		strbuf_puts(s, " of ");
		leak_number(s, g->holder_size);
		strbuf_puts(s, " bytes");
	}
	page_prose(p, 3, "");
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
		struct strbuf *s = page_begin(p);

		strbuf_puts(s, "\n");
		leak_number(s, p->r->groups_left_out);
		strbuf_puts(s, " smaller records are left out: --groups N shows more");
		page_end(p);
	}
}

static void roots(struct page *p)
{
	if (!p->r->holdings)
		return;
	fputs("\nWhat leads to the most of what is still reachable:\n", p->out);
	for (uint32_t i = 0; i < p->r->holdings; i++) {
		const struct root_holding *h = &p->r->holding[i];
		struct strbuf *s = page_begin(p);

		leak_loss(s, &h->loss);
		strbuf_printf(s, " from %s", root_kind_name(h->kind));
		if (h->tid)
			strbuf_printf(s, " of thread %" PRId32, h->tid);
		if (h->address)
			strbuf_printf(s, ", at 0x%" PRIx64, h->address);
		if (h->where[0]) {
			strbuf_puts(s, ", ");
			page_escaped(s, h->where, sizeof(h->where));
		}
		page_prose(p, 5, "- ");
	}
}

/* What grew most comes first; a slow link does not want the rest. */
#define CHANGES_SHOWN 40

static void diff_line(struct page *p, const struct group_diff *d)
{
	static const char *const classes[LOSS_CLASSES] = { "definite", "indirect", "possible",
							   "reachable", "suppressed" };
	struct strbuf *s = page_begin(p);
	char head[24];

	(void)snprintf(head, sizeof(head), "%-6s %-10s", group_change_name(d->change),
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
		page_escaped(s, d->group.type, sizeof(d->group.type));
	} else if (d->group.shape[0]) {
		strbuf_puts(s, ": ");
		loss_shape_describe(s, d->group.shape);
	}
	page_prose(p, 3 + strlen(head), head);
}

static void diff(struct page *p)
{
	uint32_t same = 0, changed = 0;

	if (!p->r->diffs)
		return;
	fputs("\nSince the earlier scan:\n", p->out);
	for (uint32_t i = 0; i < p->r->diffs; i++)
		if (p->r->diff[i].change == CHANGE_SAME)
			same++;
		else if (++changed <= CHANGES_SHOWN)
			diff_line(p, &p->r->diff[i]);
	if (changed > CHANGES_SHOWN)
		fprintf(p->out, "   %" PRIu32 " more records changed: --json has them\n",
			changed - CHANGES_SHOWN);
	if (same)
		fprintf(p->out, "   %" PRIu32 " records are as they were\n", same);
}

/* For allocators whose blocks cannot be told apart from outside. */
static void regions(struct page *p)
{
	const struct leak_report *r = p->r;
	struct strbuf *s = page_begin(p);

	strbuf_printf(s, "The blocks of this process cannot be counted: its allocator is %s",
		      allocator_name(r->allocator.kind));
	if (r->allocator.where[0]) {
		strbuf_puts(s, ", in ");
		page_escaped(s, r->allocator.where, sizeof(r->allocator.where));
	}
	strbuf_putc(s, '.');
	page_prose(p, 0, "");
	strbuf_puts(page_begin(p), allocator_advice(r->allocator.kind));
	page_prose(p, 2, "");
	if (!r->regions_known)
		return;
	fputs("\nWhat a scan can see of its own memory, by mapping:\n", p->out);
	counted(p, "     something points into: ", &r->region_pointed, "mappings");
	counted(p, "       nothing points into: ", &r->region_unpointed, "mappings");
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
	leak_trust(&p);
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}
