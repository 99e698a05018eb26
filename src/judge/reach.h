/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The four leak classes of a heap: a conservative scan from the roots, as valgrind's
 * memcheck/mc_leakcheck.c (3.19) does it. Pure: reads the copies it is given, no file, no clock.
 *
 * 1  From every aligned word of every root, through start pointers (and interior ones that a
 *    heuristic accepts): still reachable. Interior pointers met on the way are remembered.
 * 2  From the blocks that those remembered point into, through any pointer: possibly lost. So too
 *    from each block not reached yet that was not lost in an earlier scan: it is in flight, or was
 *    lost just now; counted as unconfirmed.
 * 3  What is left, by address: the first block that no earlier one leads to is definitely lost, and
 *    what it leads to indirectly. A later leader that leads to an earlier one takes it over, so a
 *    cycle has one leader.
 *
 * Heuristics know only the usable size of a block, up to 24 bytes above what was asked for, so each
 * equation of valgrind's becomes "within the slack".
 *
 * Where heuristics differ for one block, the first in the order of enum leak_heuristic counts.
 * An unconfirmed block's possible loss takes along what it leads to, lost before or not.
 *
 * O(words of the roots + words of the blocks that are reached). Memory: 8 bits a granule of 16
 * bytes with heuristics on, half of it touched only near blocks that one of them accepted; stacks
 * of 0.05 % of the heap; 24 bytes for each definitely lost block that leads to others. `threads`
 * workers share the marking (1 and 2 of the above); the result does not depend on how many they
 * are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "model/heap.h"
#include "model/leak.h"
#include "model/roots.h"

/* The lost blocks of a scan, for the next one to confirm: definite and indirect ones. 16 bytes
 * each. */
struct lost_set {
	uint64_t *address; /* ascending */
	uint64_t *size;
	uint64_t count;
};
void lost_set_release(struct lost_set *s) _nonnull_all_;

struct reach_options {
	uint32_t heuristics;		/* enum leak_heuristic */
	uint32_t threads;		/* 0 and 1: this one alone */
	bool unaligned;			/* also words at any address, for packed structs */
	const struct lost_set *earlier; /* NULL: nothing to confirm by */
	/*
	 * Does a vtable stand at this address? For multipleinheritance; NULL: no heuristic. Never
	 * called by two threads at once. The address is a multiple of 8 above the first page.
	 */
	bool (*is_vtable)(void *context, uint64_t address);
	void *context;
};

struct reach;

/*
 * The heap (after heap_index) and its copies must outlive the result. -ENOMEM. reach_free accepts
 * NULL.
 */
int reach_judge(const struct heap *heap, const struct roots *roots, const struct reach_options *o,
		struct reach **ret) _must_check_ _nonnull_all_;
void reach_free(struct reach *r);

/* Of a block in use. */
enum loss_class reach_class(const struct reach *r, const struct heap_block *b) _nonnull_all_;
/*
 * The next block in use at or after (area, granule) whose class has its bit (1 << enum loss_class)
 * in `classes`; false at the end. Passes quickly over what is reachable. As heap_next: begin with
 * {0, 0}, go on with granule + 1.
 */
bool reach_next(const struct reach *r, uint32_t classes, uint32_t area, uint64_t granule,
		struct heap_block *ret, enum loss_class *ret_class) _nonnull_all_;
/* What a definite block alone leads to, itself not counted. */
struct loss reach_indirect(const struct reach *r, const struct heap_block *b) _nonnull_all_;
/* LOSS_SUPPRESSED is always empty here. In all it is the heap's used blocks and bytes. */
void reach_totals(const struct reach *r, struct loss total[LOSS_CLASSES]) _nonnull_all_;
/* Sets .unconfirmed and .heuristic, nothing else. */
void reach_quality(const struct reach *r, struct scan_quality *q) _nonnull_all_;
int reach_lost_set(const struct reach *r, struct lost_set *ret) _must_check_ _nonnull_all_;

/*
 * Root by root, one after the other: which words lead to most of what is still reachable. Each
 * block counts for the first root that reaches it. At most `limit`, largest first; *ret is for
 * free().
 */
int reach_holdings(const struct heap *heap, const struct roots *roots,
		   const struct reach_options *o, uint32_t limit, struct root_holding **ret,
		   uint32_t *ret_count) _must_check_ _nonnull_all_;
