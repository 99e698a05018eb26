/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lost blocks in groups that mean something without a call stack: of one class, size, and C++
 * type or shape; with where a pointer to them was last seen. Pure.
 *
 * type   of the first of a block's 8 first words that points into a mapped file, and for which
 *        type_name() knows a name.
 * shape  else; what its first 8 words look like (enum word_look). A block that is text and nothing
 *        else is "t" however long the text.
 * holder a word equal to the block's start, looked for in free chunks first, then in dead stacks,
 *        then in other lost blocks: a block counts once. Of definite and possible ones.
 *
 * O(lost blocks + free bytes + dead stack bytes + lost bytes); memory: some 400 bytes a group, and
 * 1 bit a granule of the heap.
 */
#pragma once

#include "judge/reach.h"
#include "model/leak.h"
#include "model/memory_image.h"

struct loss_group_options {
	uint32_t limit; /* groups kept; the rest is counted in groups_left_out */
	bool contents;	/* fill the samples */
	bool reachable; /* --show-reachable: groups of still reachable blocks too */
	/* Name of the C++ class whose vtable stands at this address: false when there is none.
	 * NULL: no types. */
	bool (*type_name)(void *context, uint64_t vtable, char *buf, uint32_t size);
	void *context;
};

/*
 * Fills group, groups, groups_left_out of *report: definite ones by bytes with what they lead to,
 * then possible, indirect, reachable ones by bytes. 0 or -ENOMEM.
 */
int loss_groups(const struct memory_image *image, const struct heap *heap,
		const struct roots *roots, const struct reach *reach,
		const struct loss_group_options *o,
		struct leak_report *report) _must_check_ _nonnull_all_;

/*
 * Moves the groups that a suppression names to LOSS_SUPPRESSED, in the totals too, with what only
 * they lead to. `matches` is asked with the type, and with "" for none. What is past the limit was
 * left out and cannot be suppressed any more: make the groups with limit UINT32_MAX, suppress, then
 * loss_groups_limit().
 */
void loss_groups_suppress(struct leak_report *report,
			  bool (*matches)(void *context, const struct loss_group *g), void *context)
	_nonnull_(1, 2);

/* Drops suppressed groups and all past the first `limit` of the others; counts the latter. */
void loss_groups_limit(struct leak_report *report, uint32_t limit) _nonnull_all_;

/* The groups of *now beside those of an earlier scan; fills now->diff, what grew most first. A
 * group is the same when class, size, and type or else shape are. 0 or -ENOMEM. */
int loss_groups_diff(struct leak_report *now, const struct loss_group *before,
		     uint32_t before_count) _must_check_ _nonnull_(1);
