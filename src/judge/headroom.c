/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/headroom.h"

/* A limit and what is left below it, both meaningful only when .left is known. */
struct bound {
	struct opt_u64 left;
	uint64_t limit;
};

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* What the free part of the swap is worth in RAM. */
static uint64_t swap_worth(const struct host *h)
{
	uint64_t free_bytes = h->meminfo.swap_free_bytes.value, zram, gain = 0;

	if (!opt_is_known(h->meminfo.swap_free_bytes))
		return 0;
	if (!opt_is_known(h->zram_free_bytes))
		return free_bytes;
	zram = MIN(h->zram_free_bytes.value, free_bytes);
	if (opt_is_known(h->zram_used_bytes) && h->zram_data_bytes.value > h->zram_used_bytes.value)
		gain = (uint64_t)((double)zram * (1 - (double)h->zram_used_bytes.value /
							      (double)h->zram_data_bytes.value));
	return plus(free_bytes - zram, gain);
}

static struct bound host_bound(const struct host *h)
{
	const struct meminfo *m = &h->meminfo;
	uint64_t left = plus(m->available_bytes, swap_worth(h));

	if (!m->total_bytes)
		return (struct bound){ 0 };
	/* An unknown part is 0 in .value. */
	left = plus(left, h->arc_shrinkable_bytes.value);
	return (struct bound){ opt_u64_of(left), plus(m->total_bytes, m->swap_total_bytes.value) };
}

static uint32_t charged_parent(const struct cgroup_table *t, uint32_t i)
{
	uint32_t parent = t->node[i].parent;

	return parent != CGROUP_NONE && t->node[parent].hierarchical ? parent : CGROUP_NONE;
}

/* How much of the process can go to swap: bound by the host and by every v2 ancestor. */
static uint64_t swap_allowance(const struct cgroup_table *t, uint32_t i, uint64_t host_swap)
{
	uint64_t allowance = host_swap;

	for (; i != CGROUP_NONE; i = charged_parent(t, i)) {
		const struct cgroup *c = &t->node[i];

		if (opt_is_known(c->swap_max_bytes) && opt_is_known(c->swap_usage_bytes))
			allowance = MIN(allowance,
					minus(c->swap_max_bytes.value, c->swap_usage_bytes.value));
	}
	return allowance;
}

static struct bound limit_bound(struct opt_u64 limit, struct opt_u64 usage, uint64_t reclaimable,
				uint64_t swap)
{
	uint64_t needed = minus(usage.value, reclaimable);

	if (!opt_is_known(limit) || !opt_is_known(usage))
		return (struct bound){ 0 };
	return (struct bound){ opt_u64_of(minus(plus(limit.value, swap), needed)), limit.value };
}

static struct bound lesser(struct bound a, struct bound b)
{
	if (!opt_is_known(a.left))
		return b;
	return opt_is_known(b.left) && b.left.value < a.left.value ? b : a;
}

static struct bound cgroup_bound(const struct cgroup *c, uint64_t swap)
{
	struct opt_u64 limit = opt_u64_min(c->max_bytes, cgroup_high(c));
	uint64_t reclaimable = c->reclaimable_bytes.value;
	struct bound memory = limit_bound(limit, c->usage_bytes, reclaimable, swap);

	/* What can be left counts swap, so what it is a share of must (0 in .value: unknown). */
	memory.limit = plus(memory.limit, plus(swap, c->swap_usage_bytes.value));
	return lesser(memory,
		      limit_bound(c->memsw_max_bytes, c->memsw_usage_bytes, reclaimable, 0));
}

static struct bound rlimit_bound(const struct process *p, uint32_t fields, uint64_t limit,
				 uint64_t usage)
{
	if ((p->fields & fields) != fields)
		return (struct bound){ 0 };
	return (struct bound){ opt_u64_of(minus(limit, usage)), limit };
}

static void offer(struct headroom *h, struct bound b, enum limit_kind kind, uint32_t cgroup)
{
	if (!opt_is_known(b.left) || (opt_is_known(h->bytes) && h->bytes.value <= b.left.value))
		return;
	*h = (struct headroom){ b.left, opt_u64_of(b.limit), kind, cgroup };
}

struct headroom headroom_of(const struct process *p, const struct process_table *t)
{
	struct headroom h = { .cgroup = CGROUP_NONE };
	uint64_t swap = swap_allowance(&t->cgroups, p->cgroup, swap_worth(&t->host));

	offer(&h, host_bound(&t->host), LIMIT_HOST, CGROUP_NONE);
	for (uint32_t i = p->cgroup; i != CGROUP_NONE; i = charged_parent(&t->cgroups, i))
		offer(&h, cgroup_bound(&t->cgroups.node[i], swap), LIMIT_CGROUP, i);
	offer(&h, rlimit_bound(p, PROCESS_RLIMIT_AS | PROCESS_VM, p->rlimit_as_bytes, p->vm_bytes),
	      LIMIT_RLIMIT_AS, CGROUP_NONE);
	offer(&h,
	      rlimit_bound(p, PROCESS_RLIMIT_DATA | PROCESS_VM, p->rlimit_data_bytes,
			   p->data_bytes),
	      LIMIT_RLIMIT_DATA, CGROUP_NONE);
	return h;
}

struct headroom headroom_of_host(const struct process_table *t)
{
	struct headroom h = { .cgroup = CGROUP_NONE };

	offer(&h, host_bound(&t->host), LIMIT_HOST, CGROUP_NONE);
	return h;
}

struct headroom headroom_of_cgroup(const struct process_table *t, uint32_t cgroup)
{
	struct headroom h = { .cgroup = CGROUP_NONE };
	uint64_t swap = swap_allowance(&t->cgroups, cgroup, swap_worth(&t->host));

	offer(&h, cgroup_bound(&t->cgroups.node[cgroup], swap), LIMIT_CGROUP, cgroup);
	return h;
}
