/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/pid_index.h"

/* Pids come in runs; Fibonacci hashing spreads a run over the whole table. */
static uint32_t home(const struct pid_index *x, int32_t pid)
{
	return (uint32_t)(((uint64_t)(uint32_t)pid * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & x->mask;
}

uint32_t pid_index_size(uint32_t slots)
{
	uint32_t size = 16;

	while (size < 2 * slots)
		size *= 2;
	return size;
}

/* Where the pid is, or the empty place where it would go. */
static uint32_t probe(const struct pid_index *x, int32_t pid)
{
	uint32_t i = home(x, pid);

	while (x->entry[i].pid && x->entry[i].pid != pid)
		i = (i + 1) & x->mask;
	return i;
}

uint32_t pid_index_find(const struct pid_index *x, int32_t pid)
{
	uint32_t i = probe(x, pid);

	return x->entry[i].pid ? x->entry[i].slot : PID_INDEX_NONE;
}

void pid_index_add(struct pid_index *x, int32_t pid, uint32_t slot)
{
	x->entry[probe(x, pid)] = (struct pid_entry){ pid, slot };
}

void pid_index_remove(struct pid_index *x, int32_t pid)
{
	uint32_t hole = probe(x, pid);

	if (!x->entry[hole].pid)
		return;
	/* Move back what probing had pushed past the hole (Knuth 6.4, algorithm R): no tombstones,
	 * so a table that lives for years does not fill with them. */
	for (uint32_t i = (hole + 1) & x->mask; x->entry[i].pid; i = (i + 1) & x->mask) {
		uint32_t from_home = (i - home(x, x->entry[i].pid)) & x->mask;

		if (from_home >= ((i - hole) & x->mask)) {
			x->entry[hole] = x->entry[i];
			hole = i;
		}
	}
	x->entry[hole].pid = 0;
}
