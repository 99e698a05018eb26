/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts about memory: a limit, the kernel, shared memory, fragmentation, a burst, a person. */
#include <string.h>

#include "judge/oom_case.h"

#define SMALL_LIMIT (64.0 * MIB)

static double share_bytes(const struct oom_case *c, enum oom_share s)
{
	struct opt_u64 o = c->story->breakdown.share_bytes[s];

	return opt_is_known(o) ? (double)o.value : NAN;
}

/* ---- a limit ---- */

/* Killed again soon after each start: what fits no longer than that does not fit at all. */
static void again_and_again(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct oom_kills *k = &c->kills;
	const char *name = oom_victim_name(c->report);

	if (k->times < 2 || !(k->interval <= 300))
		return;
	oom_support(h, 0.3 * oom_ramp(k->times, 1, 4), OOM_REASON_KILLED_BEFORE, name,
		    OOM_NUMBERS(k->times, k->since_last, NAN, NAN));
	if (k->same_size * 2 >= k->times)
		oom_support(h, 0.4, OOM_REASON_SAME_SIZE_AGAIN, name,
			    OOM_NUMBERS(oom_kill_size(c), k->since_same, NAN, NAN));
}

/* Three and more processes, none of which holds half, or stands out: too many share the limit. */
static void shared_by_many(const struct oom_case *c, struct oom_hypothesis *h)
{
	double most = MAX(isnan(c->victim_row_size) ? 0 : c->victim_row_size,
			  isnan(c->other_size) ? 0 : c->other_size);

	if (c->report->task_count < 3 || !(c->held > 0))
		return;
	oom_support(h, 0.35 * (1 - oom_ramp(most / c->held, 0.25, 0.5)), OOM_REASON_MANY_PROCESSES,
		    c->story->breakdown.largest_comm,
		    OOM_NUMBERS(c->story->breakdown.tasks_of_largest_comm, c->report->task_count,
				NAN, NAN));
}

static void small_limit(const struct oom_case *c, struct oom_hypothesis *h)
{
	oom_support(h, 0.5 * (1 - oom_ramp(c->total, SMALL_LIMIT / 2, SMALL_LIMIT * 2)),
		    OOM_REASON_LIMIT_SMALL, c->report->memcg.limit_path,
		    OOM_NUMBERS(c->total, NAN, NAN, NAN));
}

/* Allowed nodes that are full beside others that are not. */
static void narrow_nodes(const struct oom_case *c, struct oom_hypothesis *h)
{
	double elsewhere = opt_number(c->story->failure.free_elsewhere_bytes);

	if (c->story->failure.kind != OOM_FAILURE_CPUSET &&
	    c->story->failure.kind != OOM_FAILURE_MEMPOLICY)
		return;
	oom_support(h, 0.3, OOM_REASON_NONE, NULL, NULL);
	oom_support(h, 0.4 * oom_ramp(elsewhere / c->total, 0.05, 0.4), OOM_REASON_HOST_HAS_MEMORY,
		    NULL, OOM_NUMBERS(elsewhere, c->file, NAN, NAN));
}

void oom_suspect_limit(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct oom_charge *m = &c->report->memcg.memory;

	if (!c->memcg) {
		narrow_nodes(c, h);
		return;
	}
	/* Every such kill is one at a limit; that alone says little. */
	oom_support(h, 0.2, OOM_REASON_AT_LIMIT, c->report->memcg.limit_path,
		    OOM_NUMBERS(opt_number(m->usage_bytes), opt_number(m->limit_bytes),
				opt_number(m->failcnt), NAN));
	if (c->total > 0)
		small_limit(c, h);
	shared_by_many(c, h);
	again_and_again(c, h);
	if (c->grown && (double)c->growth.before_bytes * 1.2 <= c->victim)
		oom_oppose(h, 0.6);
}

/* ---- the kernel ---- */

static bool kernel_site(const char *where)
{
	static const char *const of_mm[] = { "mm/slub.c", "mm/slab", "mm/vmalloc.c", "mm/percpu" };

	if (strncmp(where, "mm/", 3) != 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(of_mm); i++) {
		if (strncmp(where, of_mm[i], strlen(of_mm[i])) == 0)
			return true;
	}
	return false; /* what processes and files have */
}

static void allocation_site(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct oom_allocation *top = NULL;

	for (uint32_t i = 0; i < c->report->memory.allocation_count; i++) {
		const struct oom_allocation *a = &c->report->memory.allocation[i];

		if (kernel_site(a->where) && (!top || a->bytes > top->bytes))
			top = a;
	}
	if (top)
		oom_support(h, 0.6 * oom_ramp((double)top->bytes / c->whole, 0.15, 0.5),
			    OOM_REASON_ALLOCATION_SITE, top->where,
			    OOM_NUMBERS((double)top->bytes, NAN, NAN, NAN));
}

/* The kernel prints its caches only when unreclaimable slab exceeds all memory of processes and
 * files (is_dump_unreclaim_slabs, 4.15): a verdict of its own. */
static void slab_dump(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct oom_memory *m = &c->report->memory;
	const struct oom_slab *top = NULL;

	for (uint32_t i = 0; i < m->slab_count; i++) {
		if (!top || m->slab[i].total_bytes > top->total_bytes)
			top = &m->slab[i];
	}
	if (top)
		oom_support(h, 0.6, OOM_REASON_SLAB_CACHE, top->name,
			    OOM_NUMBERS((double)top->total_bytes, NAN, NAN, NAN));
	else if (m->slab_not_dumped)
		oom_support(h, 0.6, OOM_REASON_NONE, NULL, NULL);
}

/* A name says more than a sum of which it is half. */
static double importance(const struct oom_reason *r)
{
	return r->number[0] * (r->id == OOM_REASON_ALLOCATION_SITE ? 2 : 1);
}

/* What holds most leads. */
static void sort_by_bytes(struct oom_hypothesis *h)
{
	for (uint32_t i = 1; i < h->reason_count; i++) {
		for (uint32_t k = i; k && importance(&h->reason[k]) > importance(&h->reason[k - 1]);
		     k--) {
			struct oom_reason swap = h->reason[k];

			h->reason[k] = h->reason[k - 1];
			h->reason[k - 1] = swap;
		}
	}
}

void oom_suspect_kernel(const struct oom_case *c, struct oom_hypothesis *h)
{
	double slab = share_bytes(c, OOM_SHARE_SLAB_UNRECLAIMABLE),
	       tables = share_bytes(c, OOM_SHARE_PAGETABLES),
	       rest = share_bytes(c, OOM_SHARE_UNACCOUNTED),
	       other = share_bytes(c, OOM_SHARE_KERNEL_OTHER),
	       sock = share_bytes(c, OOM_SHARE_SOCK);

	if (c->whole > 0) {
		oom_support(h, 0.75 * oom_ramp(slab / c->whole, 0.15, 0.5), OOM_REASON_SLAB, NULL,
			    OOM_NUMBERS(slab, slab / c->whole, NAN, NAN));
		oom_support(h, 0.6 * oom_ramp(tables / c->whole, 0.1, 0.4), OOM_REASON_PAGETABLES,
			    NULL, OOM_NUMBERS(tables, tables / c->whole, NAN, NAN));
		/* Also drivers, balloons and vmalloc are in what nothing accounts for. */
		oom_support(h, 0.6 * oom_ramp(rest / c->whole, 0.2, 0.6),
			    c->memcg ? OOM_REASON_CGROUP_UNNAMED : OOM_REASON_UNACCOUNTED, NULL,
			    OOM_NUMBERS(rest, rest / c->whole, NAN, NAN));
		oom_support(h, 0.6 * oom_ramp(other / c->whole, 0.2, 0.6), OOM_REASON_CGROUP_KERNEL,
			    NULL, OOM_NUMBERS(other, other / c->whole, NAN, NAN));
		oom_support(h, 0.6 * oom_ramp(sock / c->whole, 0.2, 0.6), OOM_REASON_SOCKETS, NULL,
			    OOM_NUMBERS(sock, sock / c->whole, NAN, NAN));
		if (c->resident > 0)
			oom_oppose(h, oom_ramp(c->resident / c->total, 0.4, 0.9));
	}
	slab_dump(c, h);
	allocation_site(c, h);
	sort_by_bytes(h);
}

/* ---- shared memory, fragmentation, burst, a person ---- */

void oom_suspect_shmem(const struct oom_case *c, struct oom_hypothesis *h)
{
	double shmem = share_bytes(c, OOM_SHARE_SHMEM);

	if (!(c->whole > 0))
		return;
	oom_support(h, 0.8 * oom_ramp(shmem / c->whole, 0.2, 0.6), OOM_REASON_SHMEM, NULL,
		    OOM_NUMBERS(shmem, shmem / c->whole, NAN, NAN));
	if (c->resident > 0)
		oom_oppose(h, oom_ramp(c->resident / c->total, 0.4, 0.9));
}

static double largest_block(const struct oom_report *r, const struct oom_failure *f)
{
	const struct oom_buddy *b;

	if (f->zone >= r->memory.zone_count)
		return NAN;
	b = &r->memory.zone[f->zone].buddy;
	for (uint32_t o = MIN(b->orders, (uint32_t)OOM_ORDERS_MAX); b->known && o-- > 0;) {
		if (b->blocks[o])
			return (double)oom_page_bytes(r) * (double)(UINT64_C(1) << o);
	}
	return b->known ? 0 : NAN;
}

void oom_suspect_fragmentation(const struct oom_case *c, struct oom_hypothesis *h)
{
	const struct oom_failure *f = &c->story->failure;
	double order;

	if (f->kind != OOM_FAILURE_FRAGMENTATION)
		return;
	order = (double)MIN(c->report->trigger.order.value, (int64_t)OOM_ORDERS_MAX);
	oom_support(h, 0.75, OOM_REASON_ORDER, NULL,
		    OOM_NUMBERS(order, exp2(order) * (double)oom_page_bytes(c->report),
				opt_number(f->free_bytes), largest_block(c->report, f)));
}

void oom_suspect_burst(const struct oom_case *c, struct oom_hypothesis *h)
{
	uint32_t names = oom_history_names_killed(c->history, c->report, 60);

	if (c->whole > 0)
		oom_support(h, 0.6 * oom_ramp(c->unwritten / c->whole, 0.1, 0.4),
			    OOM_REASON_CACHE_LEFT, NULL,
			    OOM_NUMBERS(c->file, c->unwritten, NAN, NAN));
	oom_support(h, 0.4 * oom_ramp(names, 2, 6), OOM_REASON_SEVERAL_VICTIMS, NULL,
		    OOM_NUMBERS(names, 60, NAN, NAN));
	if (c->story->failure.kind == OOM_FAILURE_FREE_NOW)
		oom_support(h, 0.1, OOM_REASON_NONE, NULL, NULL);
}

void oom_suspect_manual(const struct oom_case *c, struct oom_hypothesis *h)
{
	if (c->story->failure.kind == OOM_FAILURE_MANUAL)
		oom_support(h, 1, OOM_REASON_SYSRQ, NULL, NULL);
}
