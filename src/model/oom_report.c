/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and ownership of an OOM report. */
#include "model/oom_report.h"

#include <stdlib.h>
#include <string.h>

void oom_report_clear(struct oom_report *r)
{
	free(r->memory.node);
	free(r->memory.zone);
	free(r->memory.hugepages);
	free(r->memory.slab);
	free(r->memory.allocation);
	free(r->memcg.cgroup);
	free(r->task);
	free(r->victim);
	free(r->line_time);
	memset(r, 0, sizeof(*r));
}

struct slot {
	int64_t pid;
	uint32_t row, thread_row;
};

static int by_pid(const void *a, const void *b)
{
	struct slot x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x.pid > y.pid) - (x.pid < y.pid);
}

/* Of several slots of one pid it is always the same one. */
static struct slot *slot_of(struct slot *slots, uint32_t count, int64_t pid)
{
	const struct slot key = { .pid = pid };

	return bsearch(&key, slots, count, sizeof(*slots), by_pid);
}

static void place_rows(struct oom_report *r, struct slot *slots)
{
	for (uint32_t i = 0; i < r->task_count; i++) {
		struct oom_task *t = &r->task[i];
		struct slot *own = slot_of(slots, r->victim_count, t->pid);
		struct slot *group = r->columns & OOM_COLUMN_TGID && t->tgid != t->pid
					     ? slot_of(slots, r->victim_count, t->tgid)
					     : NULL;

		t->victim = own;
		if (own && own->row == OOM_NO_TASK)
			own->row = i;
		if (group && group->thread_row == OOM_NO_TASK)
			group->thread_row = i;
	}
}

void oom_report_link(struct oom_report *r)
{
	struct slot *slots = r->victim_count ? calloc(r->victim_count, sizeof(*slots)) : NULL;

	for (uint32_t i = 0; i < r->victim_count; i++) {
		r->victim[i].row = OOM_NO_TASK;
		if (slots)
			slots[i] = (struct slot){ r->victim[i].pid, OOM_NO_TASK, OOM_NO_TASK };
	}
	if (!slots)
		return;
	qsort(slots, r->victim_count, sizeof(*slots), by_pid);
	place_rows(r, slots);
	for (uint32_t i = 0; i < r->victim_count; i++) {
		const struct slot *s = slot_of(slots, r->victim_count, r->victim[i].pid);

		r->victim[i].row = s->row != OOM_NO_TASK ? s->row : s->thread_row;
	}
	free(slots);
}

bool oom_report_truncated(const struct oom_report *r)
{
	return r->cut_at_start || r->cut_at_end || r->missing;
}

const char *oom_constraint_name(enum oom_constraint c)
{
	static const char *const name[] = {
		[OOM_CONSTRAINT_UNKNOWN] = "unknown", [OOM_CONSTRAINT_NONE] = "none",
		[OOM_CONSTRAINT_CPUSET] = "cpuset",   [OOM_CONSTRAINT_MEMPOLICY] = "mempolicy",
		[OOM_CONSTRAINT_MEMCG] = "memcg",
	};

	return name[c];
}

const char *oom_report_part_name(enum oom_report_part part)
{
	static const char *const name[] = {
		"trigger", "cpu",	  "stack", "mem_info",	 "memcg", "zones",
		"totals",  "task_header", "tasks", "constraint", "kill",
	};

	return name[__builtin_ctz(part)];
}

const char *oom_counter_name(enum oom_counter c)
{
	static const char *const name[OOM_COUNTER_COUNT] = {
		[OOM_ACTIVE_ANON] = "active_anon",
		[OOM_INACTIVE_ANON] = "inactive_anon",
		[OOM_ISOLATED_ANON] = "isolated_anon",
		[OOM_ACTIVE_FILE] = "active_file",
		[OOM_INACTIVE_FILE] = "inactive_file",
		[OOM_ISOLATED_FILE] = "isolated_file",
		[OOM_UNEVICTABLE] = "unevictable",
		[OOM_DIRTY] = "dirty",
		[OOM_WRITEBACK] = "writeback",
		[OOM_UNSTABLE] = "unstable",
		[OOM_SLAB_RECLAIMABLE] = "slab_reclaimable",
		[OOM_SLAB_UNRECLAIMABLE] = "slab_unreclaimable",
		[OOM_MAPPED] = "mapped",
		[OOM_SHMEM] = "shmem",
		[OOM_PAGETABLES] = "pagetables",
		[OOM_SEC_PAGETABLES] = "sec_pagetables",
		[OOM_BOUNCE] = "bounce",
		[OOM_KERNEL_MISC_RECLAIMABLE] = "kernel_misc_reclaimable",
		[OOM_FREE] = "free",
		[OOM_FREE_PCP] = "free_pcp",
		[OOM_FREE_CMA] = "free_cma",
		[OOM_SHMEM_THP] = "shmem_thp",
		[OOM_SHMEM_PMDMAPPED] = "shmem_pmdmapped",
		[OOM_ANON_THP] = "anon_thp",
		[OOM_WRITEBACK_TMP] = "writeback_tmp",
		[OOM_KERNEL_STACK] = "kernel_stack",
		[OOM_SHADOW_CALL_STACK] = "shadow_call_stack",
		[OOM_BALLOON] = "balloon",
		[OOM_GPU_ACTIVE] = "gpu_active",
		[OOM_GPU_RECLAIM] = "gpu_reclaim",
		[OOM_BOOST] = "boost",
		[OOM_MIN] = "min",
		[OOM_LOW] = "low",
		[OOM_HIGH] = "high",
		[OOM_RESERVED_HIGHATOMIC] = "reserved_highatomic",
		[OOM_FREE_HIGHATOMIC] = "free_highatomic",
		[OOM_WRITEPENDING] = "writepending",
		[OOM_PRESENT] = "present",
		[OOM_MANAGED] = "managed",
		[OOM_MLOCKED] = "mlocked",
		[OOM_LOCAL_PCP] = "local_pcp",
		[OOM_ZSPAGES] = "zspages",
	};

	return name[c];
}

const char *oom_memcg_stat_name(enum oom_memcg_stat s)
{
	static const char *const name[OOM_MEMCG_STAT_COUNT] = {
		[OOM_MEMCG_ANON] = "anon",
		[OOM_MEMCG_FILE] = "file",
		[OOM_MEMCG_SHMEM] = "shmem",
		[OOM_MEMCG_SWAP] = "swap",
		[OOM_MEMCG_MAPPED_FILE] = "mapped_file",
		[OOM_MEMCG_DIRTY] = "dirty",
		[OOM_MEMCG_WRITEBACK] = "writeback",
		[OOM_MEMCG_ANON_THP] = "anon_thp",
		[OOM_MEMCG_INACTIVE_ANON] = "inactive_anon",
		[OOM_MEMCG_ACTIVE_ANON] = "active_anon",
		[OOM_MEMCG_INACTIVE_FILE] = "inactive_file",
		[OOM_MEMCG_ACTIVE_FILE] = "active_file",
		[OOM_MEMCG_UNEVICTABLE] = "unevictable",
		[OOM_MEMCG_KERNEL] = "kernel",
		[OOM_MEMCG_KERNEL_STACK] = "kernel_stack",
		[OOM_MEMCG_PAGETABLES] = "pagetables",
		[OOM_MEMCG_PERCPU] = "percpu",
		[OOM_MEMCG_SOCK] = "sock",
		[OOM_MEMCG_VMALLOC] = "vmalloc",
		[OOM_MEMCG_SLAB_RECLAIMABLE] = "slab_reclaimable",
		[OOM_MEMCG_SLAB_UNRECLAIMABLE] = "slab_unreclaimable",
		[OOM_MEMCG_SLAB] = "slab",
		[OOM_MEMCG_ZSWAP] = "zswap",
		[OOM_MEMCG_ZSWAPPED] = "zswapped",
	};

	return name[s];
}

const char *oom_neighbour_name(enum oom_neighbour_kind k)
{
	static const char *const name[OOM_NEIGHBOUR_COUNT] = {
		[OOM_NEIGHBOUR_PAGE_ALLOCATION_FAILURE] = "page allocation failure",
		[OOM_NEIGHBOUR_PAGE_ALLOCATION_STALL] = "page allocation stall",
		[OOM_NEIGHBOUR_VMALLOC_FAILURE] = "vmalloc allocation failure",
		[OOM_NEIGHBOUR_SLAB_FAILURE] = "slab allocation failure",
		[OOM_NEIGHBOUR_FAULT_OOM_LEAKED] = "VM_FAULT_OOM leaked out",
		[OOM_NEIGHBOUR_SUPPRESSED] = "messages suppressed by the rate limit",
		[OOM_NEIGHBOUR_MESSAGES_LOST] = "messages lost",
		[OOM_NEIGHBOUR_USERSPACE_KILL] = "kill by a userspace OOM daemon",
	};

	return name[k];
}
