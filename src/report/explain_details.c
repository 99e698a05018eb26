/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --all adds to the story. */
#include <inttypes.h>
#include <string.h>

#include "report/columns.h"
#include "report/explain_page.h"
#include "report/explain_words.h"
#include "report/storm_view.h"

#define VICTIMS_SHOWN 10
#define CACHES_SHOWN 8
#define CGROUPS_SHOWN 8

struct page {
	FILE *out;
	const struct style *style;
	const struct explain_view *v;
	char room[2048];
	struct strbuf words;
};

static struct strbuf *begin(struct page *p)
{
	p->words = STRBUF(p->room);
	return &p->words;
}

static void end(struct page *p, const char *label)
{
	if (p->words.len)
		explain_flow(p->out, p->style, label, p->words.buf, 0);
}

static void title(struct page *p, const char *words)
{
	fprintf(p->out, "\n%s\n", words);
}

static void add_bytes(struct strbuf *s, struct opt_u64 bytes)
{
	if (!opt_is_known(bytes))
		strbuf_putc(s, '?');
	else if (bytes.value == UINT64_MAX)
		strbuf_puts(s, "no limit");
	else
		strbuf_bytes(s, (double)bytes.value);
}

static void reasons(struct page *p)
{
	const struct oom_story *t = p->v->story;

	for (uint32_t i = 0; i < t->reason_count; i++) {
		explain_reason(begin(p), &t->reason[i]);
		end(p, i ? "" : "because");
	}
}

static void advice(struct page *p)
{
	const struct oom_story *t = p->v->story;

	for (uint32_t i = 0; i < t->advice_count; i++) {
		explain_advice(begin(p), &t->advice[i]);
		end(p, i ? "" : "advice");
		explain_advice_command(begin(p), &t->advice[i]);
		explain_command(p->out, p->words.buf);
	}
}

static void request(struct page *p)
{
	const struct oom_report *r = p->v->report;
	const struct oom_story *t = p->v->story;
	struct strbuf *s = begin(p);

	if (opt_is_known(r->trigger.gfp_mask))
		strbuf_printf(s, "gfp_mask 0x%" PRIx64, r->trigger.gfp_mask.value);
	if (*t->gfp_flags) {
		strbuf_puts(s, s->len ? ", " : "");
		for (const char *f = t->gfp_flags; *f; f++) {
			strbuf_escape(s, text_of(f, 1));
			strbuf_puts(s, *f == '|' ? " " : "");
		}
		strbuf_puts(s, t->gfp_decoded ? " (decoded from the number)" : "");
	}
	end(p, "request");
	s = begin(p);
	strbuf_puts(s, oom_constraint_name(r->constraint));
	if (*r->cpuset) {
		strbuf_puts(s, ", cpuset ");
		explain_name(s, r->cpuset, 60);
	}
	if (*r->mems_allowed) {
		strbuf_puts(s, ", mems_allowed ");
		explain_name(s, r->mems_allowed, 60);
	}
	end(p, "constraint");
}

static void add_part(struct strbuf *s, const char *words, struct opt_u64 bytes)
{
	if (!opt_is_known(bytes))
		return;
	strbuf_puts(s, words);
	add_bytes(s, bytes);
}

static void victims(struct page *p)
{
	static const char *const reaped[] = {
		[OOM_REAPED_UNKNOWN] = "",
		[OOM_REAPED] = ", its memory was reaped",
		[OOM_REAPED_UNABLE] = ", the kernel was unable to reap it",
	};
	const struct oom_report *r = p->v->report;

	for (uint32_t i = 0; i < MIN(r->victim_count, (uint32_t)VICTIMS_SHOWN); i++) {
		const struct oom_victim *k = &r->victim[i];
		struct strbuf *s = begin(p);

		explain_process(s, k->comm, k->pid);
		add_part(s, ", anonymous ", k->anon_rss_bytes);
		add_part(s, ", file ", k->file_rss_bytes);
		add_part(s, ", shared ", k->shmem_rss_bytes);
		add_part(s, ", page tables ", k->pgtables_bytes);
		add_part(s, ", virtual ", k->total_vm_bytes);
		strbuf_puts(s, reaped[k->reaped]);
		end(p, i ? "" : "victims");
	}
	if (r->victim_count + r->victims_dropped > VICTIMS_SHOWN)
		fprintf(p->out, "  %*s and %" PRIu32 " more\n", EXPLAIN_LABEL_WIDTH, "",
			r->victim_count + r->victims_dropped - VICTIMS_SHOWN);
}

static void badness(struct page *p)
{
	const struct oom_badness *b = &p->v->story->badness;
	struct strbuf *s = begin(p);

	strbuf_puts(s, explain_badness_words(b->rule));
	if (b->rule_assumed && b->rule != OOM_BADNESS_UNKNOWN)
		strbuf_puts(s, ", judged by the shape of the report");
	if (opt_is_known(b->totalpages))
		strbuf_printf(s, "; of %" PRIu64 " pages", b->totalpages.value);
	if (b->printed_score.known == KNOWN)
		strbuf_printf(s, "; printed score %" PRId64, b->printed_score.value);
	if (b->computed_score.known == KNOWN)
		strbuf_printf(s, ", computed %" PRId64, b->computed_score.value);
	if (b->children_considered)
		strbuf_puts(s, "; a child of it may have died instead");
	end(p, "badness");
	s = begin(p);
	if (b->adj_to_spare_victim.known == KNOWN)
		strbuf_printf(s,
			      "with oom_score_adj %" PRId64 " the victim would not have been "
			      "first",
			      b->adj_to_spare_victim.value);
	if (b->adj_to_choose_rival.known == KNOWN && opt_is_known(b->rival_task) &&
	    b->rival_task.value < p->v->report->task_count) {
		const struct oom_task *k = &p->v->report->task[b->rival_task.value];

		strbuf_puts(s, s->len ? "; with " : "with ");
		strbuf_printf(s, "%" PRId64 " ", b->adj_to_choose_rival.value);
		explain_process(s, k->comm, k->pid);
		strbuf_puts(s, " would have been");
	}
	end(p, "otherwise");
}

static void memory(struct page *p)
{
	const struct oom_breakdown *b = &p->v->story->breakdown;
	struct strbuf *s;

	if (!b->known)
		return;
	s = begin(p);
	strbuf_puts(s, b->of_memcg ? "Memory of the cgroup: " : "Memory of the machine: ");
	add_bytes(s, b->total_bytes);
	title(p, s->buf);
	explain_bar(p->out, p->style, p->v);
	s = begin(p);
	if (opt_is_known(b->swap_total_bytes) && b->swap_total_bytes.value) {
		add_bytes(s, b->swap_used_bytes);
		strbuf_puts(s, " used of ");
		add_bytes(s, b->swap_total_bytes);
	}
	end(p, "swap");
	s = begin(p);
	if (b->partial)
		strbuf_puts(s, "parts of it are not in the text; ");
	if (b->sums_disagree)
		strbuf_puts(s, "the task table and the memory counters disagree; ");
	if (b->shares_exceed_total)
		strbuf_puts(s, "the parts are more than the whole; ");
	if (s->len)
		strbuf_puts(s, "take the figures with care");
	end(p, "doubt");
}

static void services(struct page *p)
{
	const struct oom_breakdown *b = &p->v->story->breakdown;

	for (uint32_t i = 0; i < b->service_count; i++) {
		const struct oom_service *o = &b->service[i];
		struct strbuf *s = begin(p);

		explain_name(s, o->comm, OOM_COMM_SIZE);
		strbuf_printf(s, ": %" PRIu32 " process%s, ", o->processes,
			      o->processes == 1 ? "" : "es");
		strbuf_bytes(s, (double)o->rss_bytes);
		strbuf_puts(s, o->anon_only ? " anonymous" : " resident");
		if (o->swap_bytes) {
			strbuf_puts(s, ", swapped ");
			strbuf_bytes(s, (double)o->swap_bytes);
		}
		end(p, i ? "" : "by name");
	}
	if (b->service_count && !b->service[0].anon_only)
		fprintf(p->out, "  %*s (a shared page is counted in each process)\n",
			EXPLAIN_LABEL_WIDTH - 1, "");
}

static void zones(struct page *p)
{
	static const enum oom_counter shown[] = { OOM_FREE, OOM_MIN, OOM_LOW, OOM_HIGH,
						  OOM_MANAGED };
	const struct oom_memory *m = &p->v->report->memory;

	if (!m->zone_count)
		return;
	title(p, "Zones");
	fprintf(p->out, "  %4s %-10s %9s %9s %9s %9s %9s\n", "NODE", "ZONE", "FREE", "MIN", "LOW",
		"HIGH", "MANAGED");
	for (uint32_t i = 0; i < m->zone_count; i++) {
		const struct oom_zone *z = &m->zone[i];
		struct strbuf *s = begin(p);
		char cell[64];

		strbuf_printf(s, "%c %4" PRId32 " ", i == p->v->story->failure.zone ? '>' : ' ',
			      z->node);
		explain_name(s, z->name, sizeof(z->name));
		for (size_t k = columns_of(text_of(s->buf, s->len)); k < 17; k++)
			strbuf_putc(s, ' ');
		for (size_t k = 0; k < ARRAY_SIZE(shown); k++) {
			struct strbuf one = STRBUF(cell);

			add_bytes(&one, z->counters.value[shown[k]]);
			strbuf_printf(s, " %9s", cell);
		}
		columns_cut(s, p->style->width);
		fprintf(p->out, "%s\n", s->buf);
	}
}

static void charge(struct page *p, const char *label, const struct oom_charge *c)
{
	struct strbuf *s = begin(p);

	if (!opt_is_known(c->usage_bytes) && !opt_is_known(c->limit_bytes))
		return;
	add_bytes(s, c->usage_bytes);
	strbuf_puts(s, " of ");
	add_bytes(s, c->limit_bytes);
	if (opt_is_known(c->failcnt))
		strbuf_printf(s, ", refused %" PRIu64 " times", c->failcnt.value);
	end(p, label);
}

static void cgroup_stats(struct page *p, const struct oom_cgroup *c)
{
	struct strbuf *s = begin(p);
	const char *between = ": ";

	explain_name(s, c->path, 60);
	for (int i = 0; i < OOM_MEMCG_STAT_COUNT; i++) {
		if (!opt_is_known(c->stat[i]) || !c->stat[i].value)
			continue;
		strbuf_printf(s, "%s%s ", between, oom_memcg_stat_name((enum oom_memcg_stat)i));
		add_bytes(s, c->stat[i]);
		between = ", ";
	}
	end(p, "stat");
}

static void memcg(struct page *p)
{
	const struct oom_memcg *m = &p->v->report->memcg;
	struct strbuf *s;

	if (!m->known)
		return;
	s = begin(p);
	strbuf_puts(s, "Cgroup ");
	explain_name(s, m->limit_path, 200);
	title(p, s->buf);
	s = begin(p);
	if (*m->task_path && strcmp(m->task_path, m->limit_path) != 0)
		explain_name(s, m->task_path, 200);
	end(p, "task in");
	charge(p, "memory", &m->memory);
	charge(p, "mem+swap", &m->memsw);
	charge(p, "swap", &m->swap);
	charge(p, "kernel", &m->kmem);
	for (uint32_t i = 0; i < MIN(m->cgroup_count, (uint32_t)CGROUPS_SHOWN); i++)
		cgroup_stats(p, &m->cgroup[i]);
	if (m->cgroup_count + m->cgroups_dropped > CGROUPS_SHOWN)
		fprintf(p->out, "  %*s and %" PRIu32 " cgroups more\n", EXPLAIN_LABEL_WIDTH, "",
			m->cgroup_count + m->cgroups_dropped - CGROUPS_SHOWN);
}

/* As printed: the kernel sorts allocations by size, slabs not. */
static void kernel_memory(struct page *p)
{
	const struct oom_memory *m = &p->v->report->memory;
	bool done[OOM_SLABS_MAX] = { false };

	for (uint32_t n = 0; n < MIN(m->slab_count, (uint32_t)CACHES_SHOWN); n++) {
		uint32_t best = UINT32_MAX;
		struct strbuf *s = begin(p);

		for (uint32_t i = 0; i < MIN(m->slab_count, (uint32_t)OOM_SLABS_MAX); i++)
			if (!done[i] && (best == UINT32_MAX ||
					 m->slab[i].total_bytes > m->slab[best].total_bytes))
				best = i;
		done[best] = true;
		explain_name(s, m->slab[best].name, sizeof(m->slab[best].name));
		strbuf_puts(s, ": ");
		strbuf_bytes(s, (double)m->slab[best].total_bytes);
		end(p, n ? "" : "slab");
	}
	for (uint32_t i = 0; i < MIN(m->allocation_count, (uint32_t)CACHES_SHOWN); i++) {
		struct strbuf *s = begin(p);

		explain_name(s, m->allocation[i].where, sizeof(m->allocation[i].where));
		strbuf_puts(s, ": ");
		strbuf_bytes(s, (double)m->allocation[i].bytes);
		end(p, i ? "" : "allocated");
	}
	for (uint32_t i = 0; i < m->hugepages_count; i++) {
		const struct oom_hugepages *h = &m->hugepages[i];
		struct strbuf *s = begin(p);

		if (!h->total)
			continue;
		strbuf_printf(s, "%" PRIu64 " of ", h->total);
		strbuf_bytes(s, (double)h->size_bytes);
		strbuf_printf(s, ", %" PRIu64 " free", h->free);
		end(p, "hugepages");
	}
}

static void odds(struct page *p)
{
	const struct oom_report *r = p->v->report;
	struct strbuf *s = begin(p);

	explain_name(s, p->v->input, 200);
	strbuf_printf(s, ", line %" PRIu64 " to %" PRIu64 ": %" PRIu64 " lines, ", r->first_line,
		      r->last_line, r->lines);
	strbuf_bytes(s, (double)r->bytes);
	if (r->foreign_lines)
		strbuf_printf(s, ", %" PRIu32 " lines of other messages in between",
			      r->foreign_lines);
	if (r->copies)
		strbuf_printf(s, ", printed %" PRIu32 " times more in this input", r->copies);
	if (r->rows_unreadable)
		strbuf_printf(s, ", %" PRIu32 " rows of the task table unreadable",
			      r->rows_unreadable);
	if (r->columns_assumed)
		strbuf_puts(s,
			    ", the header of the task table is missing: its columns are assumed");
	end(p, "text");
	if (*r->panic) {
		explain_name(begin(p), r->panic, OOM_WORD_SIZE);
		end(p, "panic");
	}
}

void explain_details(FILE *out, const struct style *style, const struct explain_view *v,
		     uint32_t top)
{
	struct page p = { .out = out, .style = style, .v = v };

	fputc('\n', out);
	reasons(&p);
	advice(&p);
	request(&p);
	victims(&p);
	badness(&p);
	odds(&p);
	memory(&p);
	services(&p);
	kernel_memory(&p);
	memcg(&p);
	zones(&p);
	if (v->report->task_count) {
		title(&p, "Tasks");
		explain_table(out, style, v, top);
	}
}
