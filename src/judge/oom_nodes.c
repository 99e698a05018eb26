/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_nodes.h"

#include "base/text.h"
#include "judge/oom_tasks.h"

const char *oom_allowed_nodes(const struct oom_report *r)
{
	const char *mask = r->trigger.nodemask;

	if (r->constraint == OOM_CONSTRAINT_CPUSET)
		return r->mems_allowed;
	if (r->constraint == OOM_CONSTRAINT_MEMPOLICY && mask[0] && mask[0] != '(')
		return mask;
	return "";
}

bool oom_node_in(const char *list, int32_t node)
{
	struct text rest = text_string(list), item, low;
	bool parsed = false;
	uint64_t first, last;

	while (text_next_field(&rest, ',', &item)) {
		if (!text_next_field(&item, '-', &low) || text_u64(low, &first) < 0)
			continue;
		if (!item.n || text_u64(item, &last) < 0)
			last = first;
		parsed = true;
		if (node >= 0 && (uint64_t)node >= first && (uint64_t)node <= last)
			return true;
	}
	return !parsed;
}

struct opt_u64 oom_sum(struct opt_u64 a, struct opt_u64 b)
{
	uint64_t value;

	if (!opt_is_known(a))
		return b;
	if (!opt_is_known(b))
		return a;
	if (__builtin_add_overflow(a.value, b.value, &value))
		value = UINT64_MAX;
	return opt_u64_of(value);
}

struct opt_u64 oom_zones_sum(const struct oom_report *r, enum oom_counter c, const char *list)
{
	struct opt_u64 sum = opt_u64_none(ABSENT);

	for (uint32_t i = 0; i < r->memory.zone_count; i++) {
		const struct oom_zone *z = &r->memory.zone[i];

		if (!list || oom_node_in(list, z->node))
			sum = oom_sum(sum, z->counters.value[c]);
	}
	return sum;
}

struct opt_u64 oom_ram_bytes(const struct oom_report *r)
{
	const struct oom_memory *m = &r->memory;
	struct opt_u64 managed = oom_zones_sum(r, OOM_MANAGED, NULL);
	uint64_t bytes;

	if (opt_is_known(m->pages_ram) && opt_is_known(m->pages_reserved) &&
	    m->pages_reserved.value < m->pages_ram.value &&
	    !__builtin_mul_overflow(m->pages_ram.value - m->pages_reserved.value, oom_page_bytes(r),
				    &bytes))
		return opt_u64_of(bytes);
	return opt_is_known(managed) ? managed : oom_zones_sum(r, OOM_PRESENT, NULL);
}

struct opt_u64 oom_memory_bytes(const struct oom_report *r, enum oom_counter c)
{
	struct opt_u64 block = r->memory.pages.value[c], sum = opt_u64_none(ABSENT);

	if (opt_is_known(block)) {
		uint64_t bytes;

		if (__builtin_mul_overflow(block.value, oom_page_bytes(r), &bytes))
			return opt_u64_none(UNREADABLE);
		return opt_u64_of(bytes);
	}
	for (uint32_t i = 0; i < r->memory.node_count; i++)
		sum = oom_sum(sum, r->memory.node[i].counters.value[c]);
	return opt_is_known(sum) ? sum : oom_zones_sum(r, c, NULL);
}
