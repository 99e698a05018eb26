/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts about processes: the leaker died, an innocent died, too many processes. */
#include <string.h>

#include "judge/oom_case.h"
#include "judge/oom_nodes.h"

/* Growth that is no warm-up of a counter: a fifth, and 64 MiB. */
static bool grew(bool known, double before, double now)
{
	return known && now >= before * 1.2 && now - before >= 64.0 * MIB;
}

static const char *victim_name(const struct oom_case *c)
{
	return oom_victim_name(c->report);
}

static double adj_of_row(const struct oom_case *c, uint32_t row)
{
	if (row == OOM_NO_TASK || !(c->report->columns & OOM_COLUMN_OOM_SCORE_ADJ))
		return NAN;
	return c->report->task[row].oom_score_adj;
}

static double victim_adj(const struct oom_case *c)
{
	const struct oom_report *r = c->report;

	if (r->victim_count && r->victim[0].oom_score_adj.known == KNOWN)
		return (double)r->victim[0].oom_score_adj.value;
	return adj_of_row(c, c->victim_row);
}

/* The kernel takes the largest, so being taken says something where nothing else does: less when
 * oom_score_adj had its part, or when the victim is as small as any process. */
static void chosen_by_kernel(const struct oom_case *c, struct oom_hypothesis *h)
{
	double adj = victim_adj(c), weight = isnan(adj) ? 0.35 : adj > 0 ? 0.15 : 0.45;

	/* Then it did not choose this one. */
	if (c->story->why == OOM_WHY_CHILD || c->story->why == OOM_WHY_ALLOCATING_TASK)
		return;
	weight *= oom_ramp(log2(c->victim / (16.0 * MIB)), 0, 4);
	oom_support(h, weight, OOM_REASON_CHOSEN_BY_KERNEL, victim_name(c),
		    OOM_NUMBERS(c->victim, NAN, NAN, NAN));
}

/* Workers of one pool are of one size: one that is several times the others grew. */
static void outlier(const struct oom_case *c, struct oom_hypothesis *h)
{
	double others;

	if (c->victim_names < 4 || !(c->victim_row_size > 0))
		return;
	others = MAX(c->victim_name_size - c->victim_row_size, 1.0) / (c->victim_names - 1);
	oom_support(h, 0.4 * oom_ramp(log2(c->victim_row_size / others), 1, 3.5),
		    OOM_REASON_OUTLIER, victim_name(c),
		    OOM_NUMBERS(c->victim_row_size, others, c->victim_names - 1, NAN));
}

/* One of many that together are what fills the memory: a service that leaks in each of them. */
static void of_large_family(const struct oom_case *c, struct oom_hypothesis *h)
{
	if (c->victim_names < 2 || c->victim_family < c->victim_row_size * 1.5)
		return;
	oom_support(h, 0.35 * oom_ramp(c->victim_family / c->held, 0.3, 0.8),
		    OOM_REASON_SERVICE_LARGER, victim_name(c),
		    OOM_NUMBERS(c->victim_family, c->victim_names, c->victim, NAN));
}

static void leaker_history(const struct oom_case *c, struct oom_hypothesis *h)
{
	double now = isnan(c->victim_row_size) ? c->victim : c->victim_row_size;

	if (grew(c->grown, (double)c->growth.before_bytes, now))
		oom_support(h, 0.6, OOM_REASON_GREW_BETWEEN, victim_name(c),
			    OOM_NUMBERS((double)c->growth.before_bytes, now, c->growth.seconds,
					NAN));
	/* It takes its time to get there each time: it fills up, it is not born that large. */
	if (c->kills.times && c->kills.interval >= 600)
		oom_support(h, 0.3, OOM_REASON_KILLED_BEFORE, victim_name(c),
			    OOM_NUMBERS(c->kills.times, c->kills.since_last, NAN, NAN));
}

/* Another process is larger. Those of one name are of one size, but for a factor of two: which of
 * them died makes no difference. */
static void against_by_larger(const struct oom_case *c, struct oom_hypothesis *h)
{
	double ratio = log2(c->other_size / MAX(c->victim_row_size, 1.0));
	double from;

	if (c->other == OOM_NO_TASK || !(c->victim_row_size >= 0))
		return;
	from = strcmp(c->report->task[c->other].comm, victim_name(c)) == 0 ? 1 : 0;
	oom_oppose(h, 0.9 * oom_ramp(ratio, from, from + 1));
}

static void against_leaker(const struct oom_case *c, struct oom_hypothesis *h)
{
	against_by_larger(c, h);
	if (c->service && c->victim_name_size >= 0)
		oom_oppose(h, 0.5 * oom_ramp(log2(c->service_size / MAX(c->victim_name_size, 1.0)),
					     1, 3));
	/* It is small in a machine that is full of something else. */
	if (c->room > 0 && c->victim >= 0)
		oom_oppose(h, 1 - oom_ramp(c->victim_family / c->room, 0.02, 0.15));
	if (c->story->why == OOM_WHY_ADJ_RAISED)
		oom_oppose(h, 0.4);
	/* Not a process, but larger all the same. */
	if (c->total >= c->whole)
		oom_oppose(h, 0.9 * oom_ramp(log2(c->other_than_processes /
						  MAX(c->victim_family, 1.0)),
					     0, 1));
	/* In a cgroup one report shows that a process fills its limit, not that it grew into it
	 * without need; on a machine that is a little clearer, since all of it was to be had. */
	if (!c->grown)
		oom_oppose(h, c->memcg ? 0.4 : 0.15);
}

void oom_suspect_leaker(const struct oom_case *c, struct oom_hypothesis *h)
{
	double share = c->victim / c->held, of_total = c->victim / c->room;

	if (!(c->victim > 0))
		return;
	oom_copy(h->suspect, sizeof(h->suspect), victim_name(c));
	if (c->report->victim_count)
		h->suspect_pid = opt_i64_of(c->report->victim[0].pid);
	if (c->held > 0)
		oom_support(h, 0.6 * oom_ramp(share, 0.25, 0.75), OOM_REASON_VICTIM_LARGEST,
			    victim_name(c), OOM_NUMBERS(c->victim, share, of_total, NAN));
	else
		oom_support(h, 0.5 * oom_ramp(of_total, 0.2, 0.7), OOM_REASON_VICTIM_LARGEST,
			    victim_name(c), OOM_NUMBERS(c->victim, NAN, of_total, NAN));
	if (c->other != OOM_NO_TASK && c->victim_row_size > 0)
		oom_support(h,
			    0.4 * oom_ramp(log2(c->victim_row_size / MAX(c->other_size, 1.0)), 0,
					   3),
			    OOM_REASON_NONE, NULL, NULL);
	else
		chosen_by_kernel(c, h);
	of_large_family(c, h);
	outlier(c, h);
	leaker_history(c, h);
	against_leaker(c, h);
}

/* ---- an innocent ---- */

static void larger_process(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct oom_task *t = &c->report->task[c->other];
	double ratio = log2(c->other_size / MAX(c->victim_row_size, 1.0));
	double weight = 0.5 * oom_ramp(ratio, 0.3, 2);
	double adj = adj_of_row(c, c->other), own = victim_adj(c);

	if (!(weight > 0) || c->other_size < c->room * 0.1)
		return;
	oom_support(h, weight, OOM_REASON_LARGER_PROCESS, t->comm,
		    OOM_NUMBERS(c->other_size, (double)t->pid, adj, c->victim_row_size));
	oom_support(h, 0.4 * oom_ramp(c->other_size / c->held, 0.2, 0.7), OOM_REASON_NONE, NULL,
		    NULL);
	if (adj < own || adj < 0)
		oom_support(h, 0.1, OOM_REASON_PROTECTED, t->comm,
			    OOM_NUMBERS(c->other_size, adj, NAN, NAN));
	oom_copy(h->suspect, sizeof(h->suspect), t->comm);
	h->suspect_pid = opt_i64_of(t->pid);
	if (grew(c->other_grown, (double)c->other_growth.before_bytes, c->other_size))
		oom_support(h, 0.6, OOM_REASON_GREW_BETWEEN, t->comm,
			    OOM_NUMBERS((double)c->other_growth.before_bytes, c->other_size,
					c->other_growth.seconds, NAN));
}

static void larger_service(const struct oom_case *c, struct oom_hypothesis *h)
{
	double rival = MAX(c->victim_name_size, c->victim_row_size);
	/* Sums of whole rss are a guess even when scaled. */
	double most = c->service->anon_only ? 0.5 : 0.35;
	double weight = most * oom_ramp(log2(c->service_size / MAX(rival, 1.0)), 1, 3);

	if (!(weight > 0) || c->service_size < c->room * 0.2)
		return;
	oom_support(h, weight, OOM_REASON_SERVICE_LARGER, c->service->comm,
		    OOM_NUMBERS(c->service_size, c->service->processes, rival, NAN));
	if (!h->suspect[0])
		oom_copy(h->suspect, sizeof(h->suspect), c->service->comm);
}

/* A pool of huge pages that nobody uses is memory that nobody can have. */
static void idle_hugepages(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct oom_memory *m = &c->report->memory;
	double all = 0, idle = 0;

	for (uint32_t i = 0; i < m->hugepages_count; i++) {
		all += (double)m->hugepages[i].total * (double)m->hugepages[i].size_bytes;
		idle += (double)m->hugepages[i].free * (double)m->hugepages[i].size_bytes;
	}
	oom_support(h, 0.6 * oom_ramp(all / c->whole, 0.3, 0.7), OOM_REASON_HUGETLB, NULL,
		    OOM_NUMBERS(all, idle, NAN, NAN));
}

/* First only by its oom_score_adj: so many points by that, so many by its size. */
static void raised_adj(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct opt_u64 pages = c->story->badness.totalpages;
	double adj = victim_adj(c);
	double by_adj = opt_is_known(pages) ? adj * (double)(pages.value / 1000) : NAN;

	oom_support(h, 0.2, OOM_REASON_ADJ, victim_name(c),
		    OOM_NUMBERS(adj, by_adj, c->victim_row_size / (double)oom_page_bytes(c->report),
				NAN));
}

/* The kernel ran out of one kind of memory, and not of memory: no process is at fault for that. */
static void not_of_memory(const struct oom_case *c, double share, struct oom_hypothesis *h)
{
	const struct oom_failure *f = &c->story->failure;
	const struct oom_memory *m = &c->report->memory;
	double weight = 0.3 * (1 - oom_ramp(share, 0.1, 0.5));

	if (f->kind == OOM_FAILURE_PAGE_FAULT && c->free > c->whole / 5)
		oom_support(h, weight, OOM_REASON_PAGE_FAULT, NULL,
			    OOM_NUMBERS(c->free, NAN, NAN, NAN));
	if (f->zone >= m->zone_count)
		return;
	if (f->kind == OOM_FAILURE_ZONE)
		oom_support(h, weight, OOM_REASON_ZONE_LOW, m->zone[f->zone].name,
			    OOM_NUMBERS(opt_number(f->free_bytes), opt_number(f->mark_bytes),
					opt_number(f->free_elsewhere_bytes), NAN));
	else if (f->kind == OOM_FAILURE_CMA)
		oom_support(h, weight, OOM_REASON_CMA_FREE, m->zone[f->zone].name,
			    OOM_NUMBERS(opt_number(f->free_bytes), opt_number(f->mark_bytes),
					opt_number(oom_memory_bytes(c->report, OOM_FREE_CMA)),
					NAN));
}

/* Whoever fills the memory, a victim of a hundredth of it is not the one. */
static void no_fault_of_size(const struct oom_case *c, struct oom_hypothesis *h)
{
	double share = c->victim_family / c->room;

	if (isnan(share))
		return;
	not_of_memory(c, share, h);
	oom_support(h, 0.45 * (1 - oom_ramp(share, 0.005, 0.05)), OOM_REASON_VICTIM_SMALL,
		    victim_name(c), OOM_NUMBERS(c->victim, c->victim / c->room, NAN, NAN));
}

void oom_suspect_innocent(const struct oom_case *c, struct oom_hypothesis *h)
{
	if (!c->report->victim_count || !(c->victim >= 0))
		return;
	if (c->other != OOM_NO_TASK && c->victim_row_size >= 0)
		larger_process(c, h);
	if (c->service && c->victim_row_size >= 0)
		larger_service(c, h);
	if (!c->memcg)
		idle_hugepages(c, h);
	no_fault_of_size(c, h);
	if (c->story->why == OOM_WHY_ADJ_RAISED && h->reason_count)
		raised_adj(c, h);
	/* It grew itself. */
	if (grew(c->grown, (double)c->growth.before_bytes, c->victim_row_size))
		oom_oppose(h, 0.5);
	/* A larger process is a suspect by its size only: it may be what the machine is for. */
	if (!c->other_grown)
		oom_oppose(h, 0.15);
}

/* ---- too many processes ---- */

/* Born one after another: pids close together. */
static double pid_density(const struct oom_report *r, const char *comm)
{
	int64_t low = INT64_MAX, high = 0;
	double count = 0;

	for (uint32_t i = 0; i < r->task_count; i++) {
		if (r->task[i].pid <= 0 || strcmp(r->task[i].comm, comm) != 0)
			continue;
		low = MIN(low, r->task[i].pid);
		high = MAX(high, r->task[i].pid);
		count++;
	}
	return count > 1 ? count / ((double)high - (double)low + 1) : 0;
}

void oom_suspect_fork_bomb(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct oom_breakdown *b = &c->story->breakdown;
	double count = b->tasks_of_largest_comm, tasks = c->report->task_count, size = NAN;
	double weight;

	if (count < 100)
		return;
	for (uint32_t i = 0; i < b->service_count; i++) {
		if (strcmp(b->service[i].comm, b->largest_comm) == 0)
			size = (double)b->service[i].rss_bytes + (double)b->service[i].swap_bytes;
	}
	weight = 0.7 * oom_ramp(log2(count / 100), 0, 3.3) * oom_ramp(count / tasks, 0.3, 0.8);
	oom_support(h, weight, OOM_REASON_MANY_PROCESSES, b->largest_comm,
		    OOM_NUMBERS(count, tasks, NAN, NAN));
	if (h->reason_count)
		oom_support(h, 0.4 * oom_ramp(pid_density(c->report, b->largest_comm), 0.2, 0.6),
			    OOM_REASON_NONE, NULL, NULL);
	oom_copy(h->suspect, sizeof(h->suspect), b->largest_comm);
	/* They hold too little to matter. Stacks and page tables are not in the rss. */
	if (!isnan(size) && c->room > 0)
		oom_oppose(h,
			   0.7 * (1 - oom_ramp((size + count * 64.0 * KIB) / c->room, 0.05, 0.25)));
	else if (isnan(size))
		oom_oppose(h, 0.7);
}
