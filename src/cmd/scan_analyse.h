/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a memory image to a leak report: allocator, walk, roots, classes, groups. For scan and
 * check. */
#pragma once

#include "base/fault.h"
#include "judge/reach.h"
#include "model/leak.h"
#include "model/memory_image.h"
#include "source/suppressions.h"

struct scan_analyse_options {
	uint32_t heuristics, threads, roots;
	bool unaligned, contents, reachable;
	bool at_exit; /* what the libraries would free counts as freed (source/freeres.h) */
	struct suppressions *suppressions; /* NULL: none */
	const struct lost_set *earlier;	   /* of the scan before; NULL: none */
	struct lost_set *ret_lost;	   /* filled for the next one when not NULL */
	int (*open_file)(void *context, const struct mapping *m); /* see allocator_recognise */
	void *context;
};

/*
 * Joins the copies that adjoin (image_join: a heap that grew after a fork is two mappings), and
 * fills what the memory tells: allocator, totals, groups (all of them), quality; adds to
 * cost.analysis_seconds. 0 also when the blocks cannot be enumerated (summary_known false, regions
 * known). -ENOMEM, and -EPROTO with *f when a glibc heap is there that cannot be walked.
 */
int scan_analyse(struct memory_image *image, const struct scan_analyse_options *o,
		 struct leak_report *report, struct fault *f) _must_check_ _nonnull_all_;
