/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_breakdown.h"

#include <stdlib.h>
#include <string.h>

#include "judge/oom_nodes.h"
#include "judge/oom_tasks.h"

#define DISAGREE_BYTES (64 * MIB)

/* Not below 0: counters are read one after another and drift. */
static struct opt_u64 less(struct opt_u64 a, struct opt_u64 b)
{
	if (!opt_is_known(a) || !opt_is_known(b))
		return a;
	return opt_u64_of(a.value > b.value ? a.value - b.value : 0);
}

/* ---- the machine ---- */

static struct opt_u64 hugetlb_bytes(const struct oom_report *r)
{
	struct opt_u64 bytes = opt_u64_none(ABSENT);

	for (uint32_t i = 0; i < r->memory.hugepages_count; i++) {
		const struct oom_hugepages *h = &r->memory.hugepages[i];
		uint64_t one;

		if (!__builtin_mul_overflow(h->total, h->size_bytes, &one))
			bytes = oom_sum(bytes, opt_u64_of(one));
	}
	return bytes;
}

/* shmem lies on the LRU lists of anonymous memory; the part that is locked, on the unevictable
 * one. */
static void split_lru(const struct oom_report *r, struct opt_u64 share[OOM_SHARE_COUNT])
{
	struct opt_u64 anon = oom_sum(oom_sum(oom_memory_bytes(r, OOM_ACTIVE_ANON),
					      oom_memory_bytes(r, OOM_INACTIVE_ANON)),
				      oom_memory_bytes(r, OOM_ISOLATED_ANON));
	struct opt_u64 shmem = oom_memory_bytes(r, OOM_SHMEM);

	share[OOM_SHARE_SHMEM] = shmem;
	share[OOM_SHARE_PROCESSES] = less(anon, shmem);
	share[OOM_SHARE_UNEVICTABLE_OTHER] = oom_memory_bytes(r, OOM_UNEVICTABLE);
	if (opt_is_known(anon) && opt_is_known(shmem))
		share[OOM_SHARE_UNEVICTABLE_OTHER] =
			less(share[OOM_SHARE_UNEVICTABLE_OTHER], less(shmem, anon));
	share[OOM_SHARE_FILE] = oom_sum(oom_sum(oom_memory_bytes(r, OOM_ACTIVE_FILE),
						oom_memory_bytes(r, OOM_INACTIVE_FILE)),
					oom_memory_bytes(r, OOM_ISOLATED_FILE));
}

/* What is left over, and whether there is more than all. */
static void balance(struct oom_breakdown *b, struct opt_u64 used)
{
	struct opt_u64 all = opt_u64_of(0);

	for (int i = 0; i < OOM_SHARE_UNACCOUNTED; i++)
		all = oom_sum(all, b->share_bytes[i]);
	if (!opt_is_known(used))
		return;
	b->share_bytes[OOM_SHARE_UNACCOUNTED] = less(used, all);
	b->shares_exceed_total = all.value > used.value + used.value / 50;
}

static void machine(const struct oom_report *r, struct oom_breakdown *b)
{
	struct opt_u64 *share = b->share_bytes;

	split_lru(r, share);
	share[OOM_SHARE_SLAB_RECLAIMABLE] = oom_memory_bytes(r, OOM_SLAB_RECLAIMABLE);
	share[OOM_SHARE_SLAB_UNRECLAIMABLE] = oom_memory_bytes(r, OOM_SLAB_UNRECLAIMABLE);
	share[OOM_SHARE_PAGETABLES] = oom_sum(oom_memory_bytes(r, OOM_PAGETABLES),
					      oom_memory_bytes(r, OOM_SEC_PAGETABLES));
	share[OOM_SHARE_KERNEL_STACK] = oom_memory_bytes(r, OOM_KERNEL_STACK);
	share[OOM_SHARE_HUGETLB] = hugetlb_bytes(r);
	share[OOM_SHARE_FREE] =
		oom_sum(oom_memory_bytes(r, OOM_FREE), oom_memory_bytes(r, OOM_FREE_PCP));
	b->total_bytes = oom_ram_bytes(r);
	b->known = opt_is_known(share[OOM_SHARE_PROCESSES]);
	b->partial = b->known && !(opt_is_known(share[OOM_SHARE_FREE]) &&
				   opt_is_known(share[OOM_SHARE_SLAB_UNRECLAIMABLE]) &&
				   opt_is_known(share[OOM_SHARE_FILE]));
	/* With parts missing what is left over says nothing. */
	if (b->known && !b->partial)
		balance(b, b->total_bytes);
	b->swap_total_bytes = r->memory.swap_total_bytes;
	if (opt_is_known(r->memory.swap_free_bytes))
		b->swap_used_bytes = less(b->swap_total_bytes, r->memory.swap_free_bytes);
}

/* ---- a cgroup ---- */

/* Up to 4.20 each cgroup of the tree has a line of its own, without its children; later there is
 * one, with them. */
static struct opt_u64 stat(const struct oom_report *r, enum oom_memcg_stat s)
{
	struct opt_u64 bytes = opt_u64_none(ABSENT);

	for (uint32_t i = 0; i < r->memcg.cgroup_count; i++)
		bytes = oom_sum(bytes, r->memcg.cgroup[i].stat[s]);
	return bytes;
}

static struct opt_u64 bounded(struct opt_u64 limit)
{
	return opt_is_known(limit) && limit.value == UINT64_MAX ? opt_u64_none(ABSENT) : limit;
}

static void cgroup_swap(const struct oom_memcg *m, struct opt_u64 stat_swap,
			struct oom_breakdown *b)
{
	b->swap_used_bytes = m->swap.usage_bytes;
	b->swap_total_bytes = bounded(m->swap.limit_bytes);
	if (opt_is_known(b->swap_used_bytes))
		return;
	if (opt_is_known(m->memsw.usage_bytes) && opt_is_known(m->memory.usage_bytes))
		b->swap_used_bytes = less(m->memsw.usage_bytes, m->memory.usage_bytes);
	else
		b->swap_used_bytes = stat_swap;
	if (opt_is_known(bounded(m->memsw.limit_bytes)) && opt_is_known(b->total_bytes))
		b->swap_total_bytes = less(m->memsw.limit_bytes, b->total_bytes);
}

/* All kernel memory that the cgroup is charged with (v1: the counter kmem, v2: "kernel" of
 * memory.stat since 5.18), less what has a share of its own; sockets are not of it. */
static struct opt_u64 kernel_other(const struct oom_memcg *m, struct opt_u64 kernel,
				   const struct opt_u64 share[OOM_SHARE_COUNT])
{
	static const enum oom_share of_it[] = { OOM_SHARE_SLAB_RECLAIMABLE,
						OOM_SHARE_SLAB_UNRECLAIMABLE, OOM_SHARE_PAGETABLES,
						OOM_SHARE_KERNEL_STACK, OOM_SHARE_PERCPU };

	if (!opt_is_known(kernel))
		kernel = m->kmem.usage_bytes;
	for (size_t i = 0; i < ARRAY_SIZE(of_it); i++)
		kernel = less(kernel, share[of_it[i]]);
	return kernel;
}

static void cgroup(const struct oom_report *r, struct oom_breakdown *b)
{
	const struct oom_memcg *m = &r->memcg;
	struct opt_u64 *share = b->share_bytes, slab = stat(r, OOM_MEMCG_SLAB);

	b->of_memcg = true;
	share[OOM_SHARE_PROCESSES] = stat(r, OOM_MEMCG_ANON);
	share[OOM_SHARE_SHMEM] = stat(r, OOM_MEMCG_SHMEM);
	share[OOM_SHARE_FILE] = less(stat(r, OOM_MEMCG_FILE), share[OOM_SHARE_SHMEM]);
	share[OOM_SHARE_SLAB_RECLAIMABLE] = stat(r, OOM_MEMCG_SLAB_RECLAIMABLE);
	share[OOM_SHARE_SLAB_UNRECLAIMABLE] = stat(r, OOM_MEMCG_SLAB_UNRECLAIMABLE);
	if (!opt_is_known(share[OOM_SHARE_SLAB_UNRECLAIMABLE]))
		share[OOM_SHARE_SLAB_UNRECLAIMABLE] = less(slab, share[OOM_SHARE_SLAB_RECLAIMABLE]);
	share[OOM_SHARE_KERNEL_STACK] = stat(r, OOM_MEMCG_KERNEL_STACK);
	share[OOM_SHARE_PAGETABLES] = stat(r, OOM_MEMCG_PAGETABLES);
	share[OOM_SHARE_PERCPU] = stat(r, OOM_MEMCG_PERCPU);
	share[OOM_SHARE_SOCK] = stat(r, OOM_MEMCG_SOCK);
	share[OOM_SHARE_KERNEL_OTHER] = kernel_other(m, stat(r, OOM_MEMCG_KERNEL), share);
	b->total_bytes = bounded(m->memory.limit_bytes);
	share[OOM_SHARE_FREE] = less(b->total_bytes, m->memory.usage_bytes);
	if (!opt_is_known(m->memory.usage_bytes))
		share[OOM_SHARE_FREE] = opt_u64_none(ABSENT);
	b->known = opt_is_known(share[OOM_SHARE_PROCESSES]) || opt_is_known(m->memory.usage_bytes);
	b->partial = b->known && (m->stats_cut || !opt_is_known(share[OOM_SHARE_PROCESSES]) ||
				  !opt_is_known(share[OOM_SHARE_FILE]) || m->cgroups_dropped);
	if (b->known && !b->partial && opt_is_known(m->memory.usage_bytes))
		balance(b, oom_sum(m->memory.usage_bytes, share[OOM_SHARE_FREE]));
	cgroup_swap(m, stat(r, OOM_MEMCG_SWAP), b);
}

/* ---- processes ---- */

static void sum_tasks(const struct oom_report *r, struct oom_breakdown *b)
{
	uint64_t anon = 0, rss = 0, swap = 0;

	for (uint32_t i = 0; i < r->task_count; i++) {
		anon += oom_pages_to_bytes(r, r->task[i].rss_anon);
		rss += oom_pages_to_bytes(r, r->task[i].rss);
		swap += oom_pages_to_bytes(r, r->task[i].swapents);
	}
	if (r->task_count && r->columns & OOM_COLUMN_RSS_ANON)
		b->tasks_anon_bytes = opt_u64_of(anon);
	if (r->task_count && r->columns & OOM_COLUMN_RSS)
		b->tasks_rss_bytes = opt_u64_of(rss);
	if (r->task_count && r->columns & OOM_COLUMN_SWAPENTS)
		b->tasks_swap_bytes = opt_u64_of(swap);
}

/* Locked anonymous memory is on the unevictable list, with locked files and ramfs: what processes
 * hold beyond the lists of anonymous memory is of it. Without rss_anon only the victims' lines
 * tell.
 */
static void add_locked(const struct oom_report *r, struct oom_breakdown *b)
{
	struct opt_u64 *processes = &b->share_bytes[OOM_SHARE_PROCESSES],
		       *other = &b->share_bytes[OOM_SHARE_UNEVICTABLE_OTHER];
	struct opt_u64 held = b->tasks_anon_bytes, mlocked = oom_zones_sum(r, OOM_MLOCKED, NULL);
	uint64_t locked;

	if (!opt_is_known(held) && r->victim_count)
		held = r->victim[0].anon_rss_bytes;
	if (!opt_is_known(held) || !opt_is_known(*processes) || !opt_is_known(*other) ||
	    held.value <= processes->value)
		return;
	locked = MIN(held.value - processes->value, other->value);
	if (opt_is_known(mlocked))
		locked = MIN(locked, mlocked.value);
	processes->value += locked;
	other->value -= locked;
}

/* The table leaves out who is not in the cpuset or the policy: then less is no contradiction. */
static void compare_sums(const struct oom_report *r, struct oom_breakdown *b)
{
	struct opt_u64 anon = b->share_bytes[OOM_SHARE_PROCESSES], tasks = b->tasks_anon_bytes;
	uint64_t apart;

	if (!opt_is_known(anon) || !opt_is_known(tasks) || !oom_table_complete(r))
		return;
	if (tasks.value < anon.value &&
	    (r->constraint == OOM_CONSTRAINT_CPUSET || r->constraint == OOM_CONSTRAINT_MEMPOLICY))
		return;
	apart = MAX(anon.value, tasks.value) - MIN(anon.value, tasks.value);
	b->sums_disagree = apart > DISAGREE_BYTES && apart > anon.value / 10;
}

struct name_slot {
	uint32_t first; /* task index + 1; 0: free */
	uint32_t count;
	uint64_t bytes, swap;
};

static uint32_t hash_of(const char *comm)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *comm; comm++)
		h = (h ^ (uint8_t)*comm) * 16777619u;
	return h;
}

/* NULL where too many names fall on one place: whoever made the log chose them so. */
static struct name_slot *slot_of(const struct oom_report *r, struct name_slot *slot, uint32_t mask,
				 uint32_t task)
{
	uint32_t at = hash_of(r->task[task].comm) & mask;

	for (int probe = 0; probe < 64; probe++, at = (at + 1) & mask) {
		if (!slot[at].first)
			slot[at].first = task + 1;
		if (strncmp(r->task[slot[at].first - 1].comm, r->task[task].comm, OOM_COMM_SIZE) ==
		    0)
			return &slot[at];
	}
	return NULL;
}

static void keep_service(const struct oom_report *r, const struct name_slot *s,
			 struct oom_breakdown *b)
{
	uint32_t at = b->service_count;
	struct oom_service *e = b->service;

	while (at && s->bytes + s->swap > e[at - 1].rss_bytes + e[at - 1].swap_bytes)
		at--;
	if (at == OOM_SERVICES)
		return;
	if (b->service_count < OOM_SERVICES)
		b->service_count++;
	for (uint32_t i = b->service_count - 1; i > at; i--)
		e[i] = e[i - 1];
	e[at] = (struct oom_service){ .processes = s->count,
				      .rss_bytes = s->bytes,
				      .swap_bytes = s->swap,
				      .anon_only = r->columns & OOM_COLUMN_RSS_ANON };
	oom_copy(e[at].comm, sizeof(e[at].comm), r->task[s->first - 1].comm);
}

static void group_names(const struct oom_report *r, struct oom_breakdown *b)
{
	uint32_t size = 16;
	struct name_slot *slot;

	while (size < r->task_count * 2)
		size *= 2;
	slot = calloc(size, sizeof(*slot));
	if (!slot)
		return;
	for (uint32_t i = 0; i < r->task_count; i++) {
		struct name_slot *s = slot_of(r, slot, size - 1, i);
		uint64_t swap = r->columns & OOM_COLUMN_SWAPENTS
					? oom_pages_to_bytes(r, r->task[i].swapents)
					: 0;

		if (!s)
			continue;
		s->count++;
		s->swap += swap;
		s->bytes += oom_task_bytes(r, &r->task[i]) - swap;
	}
	for (uint32_t i = 0; i < size; i++) {
		if (!slot[i].first)
			continue;
		keep_service(r, &slot[i], b);
		if (slot[i].count > b->tasks_of_largest_comm) {
			b->tasks_of_largest_comm = slot[i].count;
			oom_copy(b->largest_comm, sizeof(b->largest_comm),
				 r->task[slot[i].first - 1].comm);
		}
	}
	free(slot);
}

void oom_breakdown_of(const struct oom_report *r, struct oom_breakdown *ret)
{
	*ret = (struct oom_breakdown){ 0 };
	if (oom_of_memcg(r))
		cgroup(r, ret);
	else
		machine(r, ret);
	sum_tasks(r, ret);
	if (!ret->of_memcg)
		add_locked(r, ret);
	if (!r->task_count)
		return;
	compare_sums(r, ret);
	if (r->columns & OOM_COLUMN_NAME)
		group_names(r, ret);
}
