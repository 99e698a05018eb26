/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/scan_analyse.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "judge/loss_groups.h"
#include "judge/regions.h"
#include "source/allocator.h"
#include "source/cxx_type.h"
#include "source/freeres.h"
#include "source/glibc_walk.h"
#include "source/heap_roots.h"
#include "source/root_name.h"

struct analysis {
	const struct memory_image *image;
	const struct scan_analyse_options *o;
	struct leak_report *report;
	struct glibc_heap glibc;
	struct roots roots;
	struct cxx_types *types;
	struct reach *reach;
};

static void analysis_done(struct analysis *a)
{
	reach_free(a->reach);
	cxx_types_free(a->types);
	roots_release(&a->roots);
	glibc_heap_release(&a->glibc);
}

/* Everything that is not the heap may be what points into a region. */
static int regions(struct analysis *a)
{
	int r = heap_roots(a->image, NULL, &a->roots);

	if (r == 0)
		r = region_reachability(a->image, &a->roots, &a->report->region_pointed,
					&a->report->region_unpointed);
	a->report->regions_known = r == 0;
	return r;
}

static bool matches(void *suppressions, const struct loss_group *g)
{
	return suppressions_match(suppressions, g->type);
}

static int holdings(struct analysis *a, const struct reach_options *how)
{
	struct leak_report *report = a->report;
	struct root_names *names;
	int r = reach_holdings(&a->glibc.heap, &a->roots, how, a->o->roots, &report->holding,
			       &report->holdings);

	if (r < 0)
		return r;
	names = root_names_new(a->image, a->o->open_file, a->o->context);
	if (!names)
		return -ENOMEM;
	for (uint32_t i = 0; i < report->holdings; i++) {
		struct root_holding *h = &report->holding[i];

		if (!h->address || !root_name(names, h->address, h->where, sizeof(h->where)))
			h->where[0] = '\0';
	}
	root_names_free(names);
	return 0;
}

static int describe(struct analysis *a, const struct reach_options *how)
{
	const struct loss_group_options groups = {
		.limit = UINT32_MAX,
		.contents = a->o->contents,
		.reachable = a->o->reachable,
		.type_name = cxx_type_name,
		.context = a->types,
	};
	int r = loss_groups(a->image, &a->glibc.heap, &a->roots, a->reach, &groups, a->report);

	if (r == 0 && a->o->suppressions)
		loss_groups_suppress(a->report, matches, a->o->suppressions);
	if (r == 0 && a->o->roots)
		r = holdings(a, how);
	return r;
}

static int classify(struct analysis *a)
{
	const struct reach_options how = {
		.heuristics = a->o->heuristics,
		.threads = a->o->threads,
		.unaligned = a->o->unaligned,
		.earlier = a->o->earlier,
		.is_vtable = cxx_is_vtable,
		.context = a->types,
	};
	struct leak_report *report = a->report;
	int r = heap_roots(a->image, &a->glibc, &a->roots);

	if (r == 0)
		r = reach_judge(&a->glibc.heap, &a->roots, &how, &a->reach);
	if (r < 0)
		return r;
	reach_totals(a->reach, report->total);
	reach_quality(a->reach, &report->quality);
	report->free = (struct loss){ a->glibc.heap.free_bytes, a->glibc.heap.free_blocks };
	report->summary_known = true;
	if (a->o->ret_lost)
		r = reach_lost_set(a->reach, a->o->ret_lost);
	if (r == 0)
		r = describe(a, &how);
	return r;
}

static int analyse(struct analysis *a, struct fault *f)
{
	struct leak_report *report = a->report;
	int r;

	allocator_recognise(a->image, a->o->open_file, a->o->context, &report->allocator);
	if (a->image->unreadable_pages) {
		report->quality.doubts |= DOUBT_UNREADABLE;
		report->quality.unreadable_pages = a->image->unreadable_pages;
	}
	if (a->image->shared_left_out_bytes)
		report->quality.doubts |= DOUBT_SHARED;
	report->quality.scans++;
	if (report->allocator.kind != ALLOCATOR_GLIBC &&
	    report->allocator.kind != ALLOCATOR_UNKNOWN)
		return regions(a);
	a->types = cxx_types_new(a->image);
	if (!a->types)
		return -ENOMEM;
	r = glibc_walk(a->image, &a->glibc, &report->quality);
	/* Where another allocator is too, an idle glibc says that it is the other that is used. */
	if (r == -ENOENT ||
	    (r == 0 && a->glibc.is_idle && report->allocator.others & ~(1u << ALLOCATOR_GLIBC)))
		return regions(a);
	if (r == -EPROTO)
		return fault_set(f, r,
				 "the heap of process %d cannot be walked: it is damaged, or of "
				 "a glibc that is not known here",
				 a->image->pid);
	if (r < 0)
		return r;
	heap_set_runs(&a->glibc.heap, a->image);
	if (a->o->at_exit)
		freeres(a->image, &a->glibc);
	report->allocator.kind = ALLOCATOR_GLIBC;
	report->allocator.live_blocks = true;
	/* A static glibc may be recognised by its heap only: it is no other one. */
	if (report->allocator.others & ~(1u << ALLOCATOR_GLIBC))
		report->quality.doubts |= DOUBT_OTHER_ALLOCATOR;
	(void)snprintf(report->allocator.layout, sizeof(report->allocator.layout), "%s",
		       a->glibc.layout);
	return classify(a);
}

int scan_analyse(struct memory_image *image, const struct scan_analyse_options *o,
		 struct leak_report *report, struct fault *f)
{
	struct analysis a = { .image = image, .o = o, .report = report };
	const double start = clock_boot_seconds();
	int r;

	f->err = 0;
	r = image_join(image);
	if (r == 0)
		r = analyse(&a, f);
	analysis_done(&a);
	report->cost.analysis_seconds += clock_boot_seconds() - start;
	if (r < 0 && f->err == 0)
		return fault_errno(f, r, "analysing the heap of process %d", image->pid);
	return r;
}
