/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_failure.h"

#include <string.h>

#include "judge/oom_gfp.h"
#include "judge/oom_nodes.h"
#include "judge/oom_tasks.h"

/* In the order of enum zone_type. */
static int zone_rank(const char *name)
{
	static const char *const zones[] = { "DMA",	"DMA32",   "Normal",
					     "HighMem", "Movable", "Device" };

	for (int i = 0; i < (int)ARRAY_SIZE(zones); i++) {
		if (strcmp(name, zones[i]) == 0)
			return i;
	}
	return 2;
}
enum { RANK_DMA = 0, RANK_DMA32, RANK_NORMAL, RANK_HIGHMEM, RANK_MOVABLE };

struct request {
	int highest; /* rank of the zone */
	bool movable;
	uint32_t order;
	const char *nodes; /* list, "" all */
};

static struct request request_of(const struct oom_report *r)
{
	static const int rank[] = {
		[GFP_ZONE_UNKNOWN] = RANK_MOVABLE, [GFP_ZONE_DMA] = RANK_DMA,
		[GFP_ZONE_DMA32] = RANK_DMA32,	   [GFP_ZONE_NORMAL] = RANK_NORMAL,
		[GFP_ZONE_HIGHMEM] = RANK_HIGHMEM, [GFP_ZONE_MOVABLE] = RANK_MOVABLE,
	};
	const struct oom_trigger *t = &r->trigger;
	struct gfp_meaning m =
		gfp_meaning_of(t->gfp_flags, opt_is_known(t->gfp_mask), t->gfp_mask.value);

	return (struct request){
		.highest = rank[m.zone],
		/* What is not known is no reason to call memory unusable. */
		.movable = m.movable || m.zone == GFP_ZONE_UNKNOWN,
		.order = t->order.known == KNOWN && t->order.value > 0
				 ? (uint32_t)MIN(t->order.value, (int64_t)OOM_ORDERS_MAX)
				 : 0,
		.nodes = oom_allowed_nodes(r),
	};
}

static bool zone_seen(const struct oom_report *r, int rank)
{
	for (uint32_t i = 0; i < r->memory.zone_count; i++) {
		if (zone_rank(r->memory.zone[i].name) == rank)
			return true;
	}
	return false;
}

/*
 * lowmem_reserve[] has a number for every zone that the kernel is built with, populated or not:
 * DMA, DMA32, Normal, Movable, Device on a 64-bit machine; with HighMem there is no DMA32.
 */
static uint64_t reserve_pages(const struct oom_report *r, const struct oom_zone *z,
			      const struct request *q)
{
	uint32_t count = MIN(z->reserve_count, (uint32_t)ARRAY_SIZE(z->lowmem_reserve_pages));
	bool highmem = zone_seen(r, RANK_HIGHMEM);
	uint32_t normal = (uint32_t)zone_seen(r, RANK_DMA) + zone_seen(r, RANK_DMA32), at;

	if (!count)
		return 0;
	if (!highmem && count >= 4)
		normal = 2;
	switch (q->highest) {
	case RANK_DMA:
		at = 0;
		break;
	case RANK_DMA32:
		at = normal ? normal - 1 : 0;
		break;
	case RANK_NORMAL:
		at = normal;
		break;
	case RANK_HIGHMEM:
		at = normal + highmem;
		break;
	default:
		at = count - 1;
	}
	return z->lowmem_reserve_pages[MIN(at, count - 1)];
}

/* A zone against the request; amounts in bytes and signed, as the kernel's are. */
struct check {
	bool known, eligible;
	int64_t usable, with_cma; /* free, less what the request cannot have */
	int64_t min, high;	  /* with the reserve for higher zones */
	bool reserve;		  /* there is such a reserve */
	bool block;		  /* a free block of the order, of a usable kind */
};

static int64_t amount(struct opt_u64 o)
{
	return opt_is_known(o) ? (int64_t)MIN(o.value, UINT64_C(1) << 56) : 0;
}

static bool has_block(const struct oom_buddy *b, const struct request *q)
{
	for (uint32_t o = q->order; o < MIN(b->orders, (uint32_t)OOM_ORDERS_MAX); o++) {
		const char *types = b->types[o];
		size_t n = strnlen(types, sizeof(b->types[o]));
		size_t unusable = 0;

		if (!b->blocks[o])
			continue;
		/* C: CMA, H: kept for atomic requests, I: isolated */
		for (size_t i = 0; i < n; i++)
			unusable += types[i] == 'H' || types[i] == 'I' ||
				    (types[i] == 'C' && !q->movable);
		if (!n || unusable < n)
			return true;
	}
	return false;
}

static struct check check_zone(const struct oom_report *r, const struct oom_zone *z,
			       const struct request *q)
{
	const struct opt_u64 *v = z->counters.value;
	int64_t page = (int64_t)MIN(oom_page_bytes(r), UINT64_C(1) << 30);
	int64_t reserve = (int64_t)MIN(reserve_pages(r, z, q), UINT64_C(1) << 24) * page;
	/* Free pages of the reserve since 6.13; before, all of it, free or not. */
	int64_t atomic = amount(opt_is_known(v[OOM_FREE_HIGHATOMIC]) ? v[OOM_FREE_HIGHATOMIC]
								     : v[OOM_RESERVED_HIGHATOMIC]);
	struct check c = {
		.known = opt_is_known(v[OOM_FREE]) && opt_is_known(v[OOM_MIN]),
		.eligible = zone_rank(z->name) <= q->highest && oom_node_in(q->nodes, z->node),
		.reserve = reserve > 0,
		.min = amount(v[OOM_MIN]) + reserve,
		.high = amount(opt_is_known(v[OOM_HIGH]) ? v[OOM_HIGH] : v[OOM_MIN]) + reserve,
		.block = !q->order || !z->buddy.known || has_block(&z->buddy, q),
	};

	c.with_cma = amount(v[OOM_FREE]) - atomic;
	c.usable = c.with_cma - (q->movable ? 0 : amount(v[OOM_FREE_CMA]));
	return c;
}

/* Without a page of its own a zone has a mark of 0: it takes no part. */
static bool takes_part(const struct oom_zone *z, const struct check *c)
{
	const struct opt_u64 *v = z->counters.value;

	return c->known && (v[OOM_MIN].value || v[OOM_FREE].value);
}

static int64_t needed(const struct oom_report *r, const struct request *q)
{
	return (int64_t)(((UINT64_C(1) << q->order) - 1) *
			 MIN(oom_page_bytes(r), UINT64_C(1) << 30));
}

struct survey {
	uint32_t eligible;
	uint32_t largest, fragmented, cma; /* zone indices, UINT32_MAX none */
	bool passes;			   /* some zone could have served it */
	bool elsewhere_free;		   /* some zone that it could not use is above its mark */
	uint64_t free_elsewhere;
	bool elsewhere;
};

static void survey_elsewhere(const struct oom_zone *z, const struct check *c, struct survey *s)
{
	s->elsewhere = true;
	s->free_elsewhere += (uint64_t)amount(z->counters.value[OOM_FREE]);
	s->elsewhere_free |= c->with_cma > c->high;
}

static void survey_zone(const struct oom_report *r, const struct request *q, uint32_t i,
			struct survey *s)
{
	const struct oom_zone *z = &r->memory.zone[i];
	struct check c = check_zone(r, z, q);
	int64_t need = needed(r, q);

	if (!takes_part(z, &c))
		return;
	if (!c.eligible) {
		survey_elsewhere(z, &c, s);
		return;
	}
	s->eligible++;
	if (s->largest == UINT32_MAX ||
	    amount(z->counters.value[OOM_PRESENT]) >
		    amount(r->memory.zone[s->largest].counters.value[OOM_PRESENT]))
		s->largest = i;
	if (c.usable - need > c.min && !c.block)
		s->fragmented = i;
	/* The last attempt before the killer is asked for the high mark (__alloc_pages_may_oom). */
	if (c.usable - need > c.high && c.block)
		s->passes = true;
	else if (!q->movable && c.with_cma - need > c.high && c.block)
		s->cma = i;
}

static void show_zone(const struct oom_report *r, const struct request *q, uint32_t zone,
		      struct oom_failure *f)
{
	struct check c;

	f->zone = zone;
	if (zone == UINT32_MAX)
		return;
	c = check_zone(r, &r->memory.zone[zone], q);
	f->free_bytes = opt_u64_of((uint64_t)MAX(c.usable, (int64_t)0));
	f->min_bytes = opt_u64_of((uint64_t)c.min);
	f->high_mark = f->kind != OOM_FAILURE_FRAGMENTATION && c.usable - needed(r, q) > c.min;
	f->mark_bytes = opt_u64_of((uint64_t)(f->high_mark ? c.high : c.min));
	f->reserve = c.reserve;
}

static void machine(const struct oom_report *r, struct oom_failure *f)
{
	struct request q = request_of(r);
	struct survey s = { .largest = UINT32_MAX, .fragmented = UINT32_MAX, .cma = UINT32_MAX };

	for (uint32_t i = 0; i < r->memory.zone_count; i++)
		survey_zone(r, &q, i, &s);
	if (s.elsewhere)
		f->free_elsewhere_bytes = opt_u64_of(s.free_elsewhere);
	if (opt_is_known(r->trigger.gfp_mask) && !r->trigger.gfp_mask.value) {
		f->kind = OOM_FAILURE_PAGE_FAULT;
		return;
	}
	if (!s.eligible) {
		if (r->constraint == OOM_CONSTRAINT_CPUSET)
			f->kind = OOM_FAILURE_CPUSET;
		else if (r->constraint == OOM_CONSTRAINT_MEMPOLICY)
			f->kind = OOM_FAILURE_MEMPOLICY;
		return;
	}
	show_zone(r, &q, s.largest, f);
	if (s.passes) {
		f->kind = OOM_FAILURE_FREE_NOW;
	} else if (s.fragmented != UINT32_MAX) {
		f->kind = OOM_FAILURE_FRAGMENTATION;
		show_zone(r, &q, s.fragmented, f);
	} else if (s.cma != UINT32_MAX) {
		f->kind = OOM_FAILURE_CMA;
		show_zone(r, &q, s.cma, f);
	} else if (r->constraint == OOM_CONSTRAINT_CPUSET) {
		f->kind = OOM_FAILURE_CPUSET;
	} else if (r->constraint == OOM_CONSTRAINT_MEMPOLICY) {
		f->kind = OOM_FAILURE_MEMPOLICY;
	} else {
		f->kind = s.elsewhere_free ? OOM_FAILURE_ZONE : OOM_FAILURE_WATERMARK;
	}
}

static bool full(struct opt_u64 used, struct opt_u64 total)
{
	return opt_is_known(used) && opt_is_known(total) && total.value &&
	       used.value >= total.value - total.value / 100;
}

static void swap_state(const struct oom_report *r, struct oom_failure *f)
{
	const struct oom_memcg *m = &r->memcg;
	struct opt_u64 total = r->memory.swap_total_bytes, unused = r->memory.swap_free_bytes;

	if (r->constraint != OOM_CONSTRAINT_MEMCG) {
		f->no_swap = opt_is_known(total) && !total.value;
		f->swap_full = opt_is_known(total) && opt_is_known(unused) && total.value &&
			       unused.value <= total.value / 100;
		return;
	}
	if (opt_is_known(m->swap.limit_bytes)) {
		f->no_swap = !m->swap.limit_bytes.value;
		f->swap_full = full(m->swap.usage_bytes, m->swap.limit_bytes);
	} else if (opt_is_known(m->memsw.limit_bytes) && opt_is_known(m->memory.limit_bytes)) {
		f->no_swap = m->memsw.limit_bytes.value <= m->memory.limit_bytes.value &&
			     m->memsw.limit_bytes.value != UINT64_MAX;
		f->swap_full = !f->no_swap && full(m->memsw.usage_bytes, m->memsw.limit_bytes);
	}
}

void oom_failure_of(const struct oom_report *r, struct oom_failure *ret)
{
	*ret = (struct oom_failure){ .zone = UINT32_MAX };
	swap_state(r, ret);
	if (r->trigger.order.known == KNOWN && r->trigger.order.value == -1) {
		ret->kind = OOM_FAILURE_MANUAL;
		return;
	}
	if (r->constraint != OOM_CONSTRAINT_MEMCG) {
		machine(r, ret);
		return;
	}
	ret->kind = OOM_FAILURE_LIMIT;
	ret->usage_bytes = r->memcg.memory.usage_bytes;
	ret->limit_bytes = r->memcg.memory.limit_bytes;
	if (opt_is_known(ret->limit_bytes) && ret->limit_bytes.value == UINT64_MAX)
		ret->limit_bytes = opt_u64_none(ABSENT);
}
