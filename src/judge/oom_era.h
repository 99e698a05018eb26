/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kernels print a report of this shape. A vendor's kernel carries lines and rules of later
 * ones (RHEL 8: 4.18 with the oom-kill line of 5.0; RHEL 6: 2.6.32 with the badness of 2.6.36), so
 * the shape decides how to read and compute, and the version only where the shape leaves it open.
 */
#pragma once

#include "judge/oom_gfp.h"
#include "judge/oom_story.h"

struct oom_era {
	/* As the text says it; else the newest that the shape allows; 0.0 when that is open. */
	struct kernel_version version;
	bool version_told;
	struct kernel_span shape;
	/* The version lies outside of the span: lines of a later kernel in an older one. */
	bool vendor;
};

void oom_era_of(const struct oom_report *r, struct oom_era *ret) _nonnull_all_;

/* The arithmetic that the kernel used; *ret_assumed: version and shape leave more than one. */
enum oom_badness_rule oom_era_badness(const struct oom_report *r, const struct oom_era *era,
				      bool *ret_assumed) _nonnull_all_;

/* Of two candidates with the same points the one met later is taken: since 5.3 (before, the check
 * for a thread group leader kept the first). */
bool oom_era_last_of_equals(const struct oom_era *era) _nonnull_all_;
