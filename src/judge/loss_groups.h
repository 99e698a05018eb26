/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lost blocks in groups that mean something without a call stack: of one class, size, and C++
 * type or shape; with where a pointer to them was last seen. Pure.
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

/* Fills group, groups, groups_left_out of *report. 0 or -ENOMEM. */
int loss_groups(const struct memory_image *image, const struct heap *heap,
		const struct roots *roots, const struct reach *reach,
		const struct loss_group_options *o,
		struct leak_report *report) _must_check_ _nonnull_all_;

/*
 * Moves the groups that a suppression names to LOSS_SUPPRESSED, in the totals too, with what only
 * they lead to. `matches` is asked with the type, and with "" for none.
 */
void loss_groups_suppress(struct leak_report *report,
			  bool (*matches)(void *context, const struct loss_group *g), void *context)
	_nonnull_(1, 2);

/* The groups of *now beside those of an earlier scan; fills now->diff. 0 or -ENOMEM. */
int loss_groups_diff(struct leak_report *now, const struct loss_group *before,
		     uint32_t before_count) _must_check_ _nonnull_(1);
