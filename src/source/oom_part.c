/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_part.h"

#include "source/oom_text.h"

const struct oom_part_rule oom_part_rules[OOM_LINE_KIND_COUNT] = {
	[OOM_LINE_COMPACTION] = { OOM_ROLE_STACK, OOM_PHASE_HEADER },
	[OOM_LINE_CPUSET] = { OOM_ROLE_STACK, OOM_PHASE_HEADER },
	[OOM_LINE_CPU] = { OOM_ROLE_STACK, OOM_PHASE_STACK },
	[OOM_LINE_HARDWARE] = { OOM_ROLE_STACK, OOM_PHASE_STACK },
	[OOM_LINE_STACK] = { OOM_ROLE_STACK, OOM_PHASE_STACK },
	[OOM_LINE_FRAME] = { OOM_ROLE_STACK, OOM_PHASE_STACK },
	[OOM_LINE_MEM_INFO] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_PER_CPU] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_COUNTERS] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_NODE] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_ZONE] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_RESERVE] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_BUDDY] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_HUGEPAGES] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_TOTAL] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_ALLOCATIONS] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_MEMCG_PROTECTION] = { OOM_ROLE_MEMORY, OOM_PHASE_MEMORY },
	[OOM_LINE_MEMCG_TASK] = { OOM_ROLE_OWN, OOM_PHASE_MEMORY },
	[OOM_LINE_MEMCG_LIMIT_REACHED] = { OOM_ROLE_OWN, OOM_PHASE_MEMORY },
	[OOM_LINE_MEMCG_USAGE] = { OOM_ROLE_OWN, OOM_PHASE_MEMORY },
	[OOM_LINE_MEMCG_STATS] = { OOM_ROLE_OWN, OOM_PHASE_MEMORY },
	[OOM_LINE_SLAB] = { OOM_ROLE_OWN, OOM_PHASE_MEMORY },
	[OOM_LINE_SLAB_HEADER] = { OOM_ROLE_STACK, OOM_PHASE_MEMORY },
	[OOM_LINE_SLAB_NOT_DUMPED] = { OOM_ROLE_OWN, OOM_PHASE_MEMORY },
	[OOM_LINE_TASK_TITLE] = { OOM_ROLE_OWN, OOM_PHASE_TASKS },
	[OOM_LINE_TASK_HEADER] = { OOM_ROLE_OWN, OOM_PHASE_TASKS },
	[OOM_LINE_TASK] = { OOM_ROLE_ROW, OOM_PHASE_TASKS },
	[OOM_LINE_CONSTRAINT] = { OOM_ROLE_OWN, OOM_PHASE_VERDICT },
	[OOM_LINE_CHOICE] = { OOM_ROLE_OWN, OOM_PHASE_VERDICT },
	[OOM_LINE_KILLED] = { OOM_ROLE_VERDICT, OOM_PHASE_VERDICT },
	[OOM_LINE_SHARING] = { OOM_ROLE_VERDICT, OOM_PHASE_VERDICT },
	[OOM_LINE_EXITING] = { OOM_ROLE_VERDICT, OOM_PHASE_VERDICT },
	[OOM_LINE_GROUP] = { OOM_ROLE_VERDICT, OOM_PHASE_VERDICT },
	[OOM_LINE_NO_KILLABLE] = { OOM_ROLE_VERDICT, OOM_PHASE_VERDICT },
	[OOM_LINE_PANIC] = { OOM_ROLE_VERDICT, OOM_PHASE_VERDICT },
	[OOM_LINE_REAPED] = { OOM_ROLE_VERDICT, OOM_PHASE_VERDICT },
	[OOM_LINE_ALLOCATION_FAILURE] = { OOM_ROLE_NEIGHBOUR, 0 },
	[OOM_LINE_ALLOCATION_STALL] = { OOM_ROLE_NEIGHBOUR, 0 },
	[OOM_LINE_VMALLOC_FAILURE] = { OOM_ROLE_NEIGHBOUR, 0 },
	[OOM_LINE_SLAB_FAILURE] = { OOM_ROLE_NEIGHBOUR, 0 },
	[OOM_LINE_FAULT_LEAKED] = { OOM_ROLE_NEIGHBOUR, 0 },
	[OOM_LINE_SUPPRESSED] = { OOM_ROLE_NEIGHBOUR, 0 },
	[OOM_LINE_LOST] = { OOM_ROLE_NEIGHBOUR, 0 },
};

int oom_part_take_row(struct oom_open *o, struct text t)
{
	switch (o->block) {
	case OOM_BLOCK_STATS:
		return oom_take_stat(o, t);
	case OOM_BLOCK_SLAB:
		return oom_take_slab(o, t);
	case OOM_BLOCK_ALLOCATIONS:
		return oom_take_allocation(o, t);
	default:
		return 0;
	}
}

/* Words of the stack as numbers, up to 4.9 and on arm, mips, ppc: " 1fa0: 00000000 c2821fb0". */
bool oom_part_is_hex_dump(struct text t)
{
	struct text word;
	size_t words = 0;

	while (text_next_word(&t, &word)) {
		for (size_t i = 0; i < word.n; i++) {
			const char c = word.p[i] | 0x20;

			if (!is_digit(word.p[i]) && (c < 'a' || c > 'f') &&
			    (word.p[i] != ':' || words))
				return false;
		}
		if (word.n < 4)
			return false;
		words++;
	}
	return words >= 2;
}

int oom_part_take(struct oom_open *o, enum oom_line_kind kind, struct text t)
{
	if (kind != OOM_LINE_SLAB_HEADER)
		o->block = OOM_BLOCK_NONE;
	switch (kind) {
	case OOM_LINE_CPUSET:
		oom_take_cpuset(o, t);
		return 0;
	case OOM_LINE_CPU:
		oom_take_cpu(o, t);
		return 0;
	case OOM_LINE_HARDWARE:
		oom_take_hardware(o, t);
		return 0;
	case OOM_LINE_STACK:
		o->r.parts |=
			oom_text_has(t, "race:") || oom_text_has(t, "trace:") ? OOM_PART_STACK : 0;
		return 0;
	case OOM_LINE_FRAME:
		oom_take_frame(o, t);
		return 0;
	case OOM_LINE_COUNTERS:
		oom_take_counters(o, t);
		return 0;
	case OOM_LINE_NODE:
		return oom_take_node(o, t);
	case OOM_LINE_ZONE:
		return oom_take_zone(o, t);
	case OOM_LINE_RESERVE:
		oom_take_reserve(o, t);
		return 0;
	case OOM_LINE_BUDDY:
		return oom_take_buddy(o, t);
	case OOM_LINE_HUGEPAGES:
		return oom_take_hugepages(o, t);
	case OOM_LINE_TOTAL:
		oom_take_total(o, t);
		return 0;
	case OOM_LINE_ALLOCATIONS:
		o->block = OOM_BLOCK_ALLOCATIONS;
		return 0;
	case OOM_LINE_MEMCG_TASK:
		oom_take_memcg_task(o, t);
		return 0;
	case OOM_LINE_MEMCG_LIMIT_REACHED:
		oom_take_memcg_limit_reached(o, t);
		return 0;
	case OOM_LINE_MEMCG_USAGE:
		oom_take_memcg_usage(o, t);
		return 0;
	case OOM_LINE_MEMCG_STATS:
		oom_stats_finish(o);
		return oom_take_memcg_stats(o, t);
	case OOM_LINE_SLAB:
	case OOM_LINE_SLAB_HEADER:
		o->block = OOM_BLOCK_SLAB;
		return 0;
	case OOM_LINE_SLAB_NOT_DUMPED:
		o->r.memory.slab_not_dumped = true;
		return 0;
	case OOM_LINE_TASK_HEADER:
		oom_take_task_header(o, t);
		return 0;
	case OOM_LINE_CONSTRAINT:
		oom_take_constraint(o, t);
		return 0;
	case OOM_LINE_CHOICE:
		oom_take_choice(o, t);
		return 0;
	default:
		return 0;
	}
}
