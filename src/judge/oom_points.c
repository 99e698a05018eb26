/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_points.h"

#include "judge/oom_nodes.h"
#include "judge/oom_tasks.h"

/* 2^44 pages: 64 PiB */
#define PAGES_MAX (INT64_C(1) << 44)

/* A size that a sum of three cannot overflow when it is multiplied by 1000. */
static int64_t clamp_pages(uint64_t pages)
{
	return pages > (uint64_t)PAGES_MAX ? PAGES_MAX : (int64_t)pages;
}

static int64_t clamp(int64_t pages)
{
	return pages < 0 ? 0 : MIN(pages, PAGES_MAX);
}

int16_t oom_adj_of(const struct oom_report *r, const struct oom_task *t)
{
	return r->columns & OOM_COLUMN_OOM_SCORE_ADJ ? t->oom_score_adj : 0;
}

bool oom_eligible(const struct oom_formula *f, const struct oom_task *t)
{
	uint32_t columns = f->report->columns;

	if (!(columns & OOM_COLUMN_RSS) || t->pid == 1)
		return false;
	if (columns & OOM_COLUMN_OOM_SCORE_ADJ)
		return t->oom_score_adj > -1000;
	return !(columns & OOM_COLUMN_OOM_ADJ) || t->oom_adj != -17;
}

static int64_t pagetable_pages(const struct oom_report *r, const struct oom_task *t)
{
	int64_t pages = 0;

	if (r->columns & OOM_COLUMN_PGTABLES_BYTES)
		return clamp(t->pgtables_bytes) / (int64_t)oom_page_bytes(r);
	if (r->columns & OOM_COLUMN_NR_PTES)
		pages += clamp(t->nr_ptes);
	if (r->columns & OOM_COLUMN_NR_PMDS)
		pages += clamp(t->nr_pmds);
	return pages;
}

static bool has_bonus(const struct oom_formula *f, const struct oom_task *t)
{
	if (f->rule > OOM_BADNESS_ROOT_3_PERCENT)
		return false;
	if (f->pid == t->pid)
		return f->pid_has_bonus;
	return f->report->columns & OOM_COLUMN_UID && t->uid == 0;
}

/* mm/oom_kill.c of 3.0: all of it in thousandths, 1 at least and 1000 at most. */
static int64_t permille(const struct oom_formula *f, int64_t pages, bool bonus, int16_t adj)
{
	int64_t points = f->totalpages ? pages * 1000 / f->totalpages : pages;

	if (!f->totalpages)
		return points;
	points += adj - (bonus ? 30 : 0);
	return points <= 0 ? 1 : MIN(points, (int64_t)1000);
}

int64_t oom_points(const struct oom_formula *f, const struct oom_task *t, int16_t adj)
{
	const struct oom_report *r = f->report;
	int64_t points = clamp(t->rss) + pagetable_pages(r, t), units = adj;
	bool bonus = has_bonus(f, t);

	if (r->columns & OOM_COLUMN_SWAPENTS)
		points += clamp(t->swapents);
	if (f->rule == OOM_BADNESS_PERMILLE)
		return permille(f, points, bonus, adj);
	if (bonus && f->rule == OOM_BADNESS_ROOT_30)
		units -= 30;
	if (bonus && f->rule == OOM_BADNESS_ROOT_3_PERCENT)
		points -= points * 3 / 100;
	points += units * (f->totalpages / 1000);
	return f->rule == OOM_BADNESS_SIGNED || points > 0 ? points : 1;
}

int64_t oom_printed_score(const struct oom_formula *f, int64_t points)
{
	return f->rule == OOM_BADNESS_PERMILLE ? points : points * 1000 / f->totalpages;
}

static void add_total(struct oom_totalpages *totals, uint32_t *n, int64_t pages,
		      enum oom_totalpages_source source)
{
	for (uint32_t i = 0; i < *n; i++) {
		if (totals[i].pages == pages)
			return;
	}
	if (pages > 0 && *n < OOM_TOTALS)
		totals[(*n)++] = (struct oom_totalpages){ pages, source };
}

/* mem_cgroup_get_limit() of 3.10, mem_cgroup_get_max() of 4.19 and since 5.9: the limit, and the
 * swap that the cgroup may use, which is at most all there is. No swap at swappiness 0. */
static uint32_t memcg_totals(const struct oom_report *r, struct oom_totalpages *ret)
{
	const struct oom_memcg *m = &r->memcg;
	int64_t page = (int64_t)oom_page_bytes(r), limit, swap = -1, most = -1;
	uint32_t n = 0;

	if (!opt_is_known(m->memory.limit_bytes) || m->memory.limit_bytes.value == UINT64_MAX)
		return 0;
	limit = clamp_pages(m->memory.limit_bytes.value / (uint64_t)page);
	if (opt_is_known(r->memory.swap_total_bytes))
		swap = clamp_pages(r->memory.swap_total_bytes.value / (uint64_t)page);
	if (opt_is_known(m->swap.limit_bytes) && m->swap.limit_bytes.value != UINT64_MAX)
		most = clamp_pages(m->swap.limit_bytes.value / (uint64_t)page);
	else if (opt_is_known(m->memsw.limit_bytes) && m->memsw.limit_bytes.value != UINT64_MAX)
		most = MAX(clamp_pages(m->memsw.limit_bytes.value / (uint64_t)page) - limit,
			   (int64_t)0);
	if (most >= 0 && swap >= 0)
		add_total(ret, &n, limit + MIN(most, swap), OOM_TOTALPAGES_MEMCG);
	else if (most >= 0 || swap >= 0)
		add_total(ret, &n, limit + MAX(most, swap), OOM_TOTALPAGES_MEMCG);
	add_total(ret, &n, limit, OOM_TOTALPAGES_MEMCG);
	return n;
}

uint32_t oom_totalpages(const struct oom_report *r, struct oom_totalpages ret[OOM_TOTALS])
{
	struct opt_u64 ram = oom_ram_bytes(r), nodes;
	uint64_t page = oom_page_bytes(r);
	int64_t swap = 0;
	uint32_t n = 0;

	if (oom_of_memcg(r))
		return memcg_totals(r, ret);
	if (opt_is_known(r->memory.swap_total_bytes))
		swap = clamp_pages(r->memory.swap_total_bytes.value / page);
	if (r->constraint == OOM_CONSTRAINT_CPUSET || r->constraint == OOM_CONSTRAINT_MEMPOLICY) {
		/* Present pages since 5.7, before that what the node spans: holes included. */
		nodes = oom_zones_sum(r, OOM_PRESENT, oom_allowed_nodes(r));
		if (opt_is_known(nodes))
			add_total(ret, &n, clamp_pages(nodes.value / page) + swap,
				  OOM_TOTALPAGES_NODES);
	} else if (opt_is_known(ram)) {
		add_total(ret, &n, clamp_pages(ram.value / page) + swap, OOM_TOTALPAGES_HOST);
	}
	return n;
}
