/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ranking that the kernel saw, from the rows of its own task table: oom_badness() of the era in
 * the kernel's integers (mm/oom_kill.c of 3.0, 3.10, 4.19, and the patches of 3.14 and 5.9).
 * O(tasks), no memory.
 */
#pragma once

#include "judge/oom_era.h"

void oom_rank(const struct oom_report *r, const struct oom_era *era,
	      struct oom_badness *ret) _nonnull_all_;
/* Why the first victim died, given that ranking. */
enum oom_why_victim oom_rank_why(const struct oom_report *r,
				 const struct oom_badness *b) _nonnull_all_;
