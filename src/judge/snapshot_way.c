/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/snapshot_way.h"

#include "base/macro.h"

#define PAGE_TABLE_SHARE 512
#define LEAST_BYTES (16 * MIB)

struct snapshot_need snapshot_need_of(const struct snapshot_facts *facts,
				      enum snapshot_method method)
{
	const uint64_t copy = facts->copy_bytes;
	struct snapshot_need need = { .own_bytes = copy + MAX(copy / 100 * 15, LEAST_BYTES) };

	if (method == SNAPSHOT_FORK)
		need.target_bytes = facts->resident_bytes / PAGE_TABLE_SHARE +
				    MAX(facts->resident_bytes / 10, LEAST_BYTES);
	return need;
}

static bool exceeds(uint64_t bytes, struct opt_u64 left)
{
	return opt_is_known(left) && bytes > left.value;
}

enum snapshot_short snapshot_short_of(const struct snapshot_facts *facts,
				      enum snapshot_method method)
{
	const struct snapshot_need need = snapshot_need_of(facts, method);

	if (need.target_bytes && exceeds(need.target_bytes, facts->target_left))
		return SHORT_OF_TARGET;
	if (exceeds(need.own_bytes, facts->own_left))
		return SHORT_OF_OWN;
	if (exceeds(need.own_bytes + need.target_bytes, facts->common_left))
		return SHORT_OF_COMMON;
	return SHORT_OF_NOTHING;
}

static enum snapshot_method wished(const struct snapshot_facts *facts, enum snapshot_method wish,
				   const char **ret_reason)
{
	*ret_reason = "it was asked for";
	return snapshot_short_of(facts, wish) ? SNAPSHOT_NONE : wish;
}

enum snapshot_method snapshot_choose(const struct snapshot_facts *facts, enum snapshot_method wish,
				     const char **ret_reason)
{
	if (wish != SNAPSHOT_NONE)
		return wished(facts, wish, ret_reason);
	if (facts->copy_bytes > SNAPSHOT_SMALL_BYTES && !snapshot_short_of(facts, SNAPSHOT_FORK)) {
		*ret_reason = "more than 8 MiB: copied while the process runs on";
		return SNAPSHOT_FORK;
	}
	*ret_reason = facts->copy_bytes > SNAPSHOT_SMALL_BYTES
			      ? "memory is too short for a copy-on-write fork"
			      : "8 MiB or less: copied at once";
	return snapshot_short_of(facts, SNAPSHOT_COPY) ? SNAPSHOT_NONE : SNAPSHOT_COPY;
}
