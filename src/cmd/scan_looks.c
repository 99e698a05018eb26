/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One look at a process or more: the second confirms what the first found lost. */
#include "cmd/scan.h"

static int look(const struct root *root, const struct scan_options *o,
		const struct scan_analyse_options *analyse, struct leak_report *report,
		struct fault *f)
{
	_cleanup_image_ struct memory_image image = MEMORY_IMAGE_NONE;
	int r = scan_snapshot(root, o->pid, &o->snapshot, &image, &report->cost, f);

	if (r < 0)
		return r;
	r = scan_analyse(&image, analyse, report, f);
	scan_snapshot_done(&image);
	return r;
}

/* What it saw takes the place of the report; when there is nothing to be seen any more, that stays
 * as it is. */
static int look_again(const struct root *root, const struct scan_options *o,
		      const struct scan_analyse_options *analyse, struct leak_report *report,
		      struct fault *f)
{
	struct leak_report next = { .cost = report->cost, .quality.scans = report->quality.scans };
	int r = look(root, o, analyse, &next, f);

	if (r < 0) {
		report->cost = next.cost;
		leak_report_release(&next);
		return r;
	}
	leak_report_release(report);
	*report = next;
	return 0;
}

/*
 * A heap that was stopped in the middle of a split or a merge may not be walkable to its end. A
 * moment later it is.
 */
#define LOOKS_AGAIN 3
static int until_whole(const struct root *root, const struct scan_options *o,
		       const struct scan_analyse_options *analyse, struct leak_report *report,
		       struct fault *f)
{
	int r = 0;

	for (int i = 0; i < LOOKS_AGAIN && r == 0 && report->quality.doubts & DOUBT_WALK; i++) {
		if (analyse->ret_lost)
			lost_set_release(analyse->ret_lost);
		r = look_again(root, o, analyse, report, f);
	}
	return r;
}

static int confirm(const struct root *root, const struct scan_options *o,
		   struct scan_analyse_options *analyse, const struct lost_set *lost,
		   struct leak_report *report, struct fault *f)
{
	int r;

	analyse->ret_lost = NULL;
	analyse->earlier = lost;
	r = look_again(root, o, analyse, report, f);
	return r < 0 ? r : until_whole(root, o, analyse, report, f);
}

static bool has_lost(const struct leak_report *r)
{
	const struct loss *t = r->total;

	return t[LOSS_DEFINITE].blocks + t[LOSS_INDIRECT].blocks + t[LOSS_POSSIBLE].blocks > 0;
}

int scan_looks(const struct root *root, const struct scan_options *o,
	       struct scan_analyse_options *analyse, struct leak_report *report, struct fault *f)
{
	struct lost_set lost = { 0 };
	int r;

	analyse->ret_lost = o->single ? NULL : &lost;
	r = look(root, o, analyse, report, f);
	if (r < 0)
		return r;
	r = until_whole(root, o, analyse, report, f);
	if (r == 0 && lost.count)
		r = confirm(root, o, analyse, &lost, report, f);
	lost_set_release(&lost);
	if (o->single)
		report->quality.doubts |= DOUBT_SINGLE_SCAN;
	else if (r < 0 && has_lost(report))
		report->quality.doubts |= DOUBT_NO_SECOND_LOOK;
	if (r < 0)
		complain("no second look: %s", f->what);
	*f = (struct fault){ 0 };
	return 0;
}
