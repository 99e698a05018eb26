/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One scan of a core, or two of a process: the second confirms what the first found lost. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cmd/leak_run.h"
#include "cmd/scan.h"
#include "judge/harm.h"
#include "judge/loss_groups.h"
#include "source/core_file.h"
#include "source/proc_stat.h"
#include "source/scan_json.h"

static int scan_core(const struct scan_options *o, struct suppressions *s,
		     struct leak_report *report, struct fault *f)
{
	struct scan_analyse_options analyse = leak_analysis(&o->leak, s);
	_cleanup_image_ struct memory_image image = MEMORY_IMAGE_NONE;
	const double start = clock_boot_seconds();
	int r = core_file_read(o->core, o->sysroot ? o->sysroot : "", &image, f);

	report->cost.method = SNAPSHOT_CORE;
	report->cost.method_reason = "a core dump was given";
	report->cost.pause_seconds = NAN;
	report->cost.copy_seconds = clock_boot_seconds() - start;
	report->cost.copied_bytes = image.copied_bytes;
	report->lifetime_seconds = NAN;
	if (r < 0)
		return r;
	report->pid = image.pid;
	memcpy(report->comm, core_file_info(&image)->comm, sizeof(report->comm));
	/* Below the sysroot whatever links there are, and no other build of the file. */
	analyse.open_file = core_file_open;
	analyse.context = image.context;
	r = scan_analyse(&image, &analyse, report, f);
	core_file_done(&image);
	return r;
}

/* Of the scan before only its cost and its count of scans stay. */
static void again(struct leak_report *report)
{
	const struct scan_cost cost = report->cost;
	const uint32_t scans = report->quality.scans;

	leak_report_release(report);
	report->cost = cost;
	report->quality.scans = scans;
}

static int scan_once(const struct root *root, const struct scan_options *o,
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

/*
 * A heap that was stopped in the middle of a split or a merge may not be walkable to its end. A
 * moment later it is.
 */
#define LOOKS_AGAIN 3
static int scan_whole(const struct root *root, const struct scan_options *o,
		      const struct scan_analyse_options *analyse, struct leak_report *report,
		      struct fault *f)
{
	int r = scan_once(root, o, analyse, report, f);

	for (int i = 0; i < LOOKS_AGAIN && r == 0 && report->quality.doubts & DOUBT_WALK; i++) {
		again(report);
		if (analyse->ret_lost)
			lost_set_release(analyse->ret_lost);
		r = scan_once(root, o, analyse, report, f);
	}
	return r;
}

static void identify(int proc, struct leak_report *report)
{
	char buf[4096];
	struct proc_stat st;

	if (proc_stat_read(proc, buf, sizeof(buf), &st) < 0) {
		report->lifetime_seconds = NAN;
		return;
	}
	memcpy(report->comm, st.comm, sizeof(report->comm));
	report->lifetime_seconds =
		clock_boot_seconds() - (double)st.starttime_ticks / (double)sysconf(_SC_CLK_TCK);
}

static int scan_process(const struct scan_options *o, struct suppressions *s,
			struct leak_report *report, struct fault *f)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	char name[16];
	struct lost_set lost = { 0 };
	int r = root_open(NULL, &root, f);

	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "%d", o->pid);
	_cleanup_close_ int proc = openat(root.proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct scan_analyse_options analyse = leak_analysis(&o->leak, s);

	if (proc < 0)
		return errno == ENOENT
			       ? fault_set(f, -ESRCH, "there is no process %d", o->pid)
			       : fault_errno(f, -errno, "cannot look at process %d", o->pid);
	analyse.open_file = leak_open_file;
	analyse.context = &proc;
	analyse.ret_lost = o->single ? NULL : &lost;
	r = scan_whole(&root, o, &analyse, report, f);
	if (r == 0 && lost.count) {
		again(report);
		analyse.ret_lost = NULL;
		analyse.earlier = &lost;
		r = scan_whole(&root, o, &analyse, report, f);
	}
	if (r == 0 && o->single)
		report->quality.doubts |= DOUBT_SINGLE_SCAN;
	lost_set_release(&lost);
	report->pid = o->pid;
	identify(proc, report);
	return r;
}

static void judge(const struct scan_options *o, struct leak_report *report)
{
	struct harm_case c = { .lifetime_seconds = report->lifetime_seconds };

	memcpy(c.total, report->total, sizeof(c.total));
	if (report->summary_known && !o->core)
		harm_judge(&c, &report->harm);
}

static void leave_out_reachable(struct leak_report *report)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < report->diffs; i++)
		if (report->diff[i].group.class != LOSS_REACHABLE)
			report->diff[kept++] = report->diff[i];
	report->diffs = kept;
}

/* Only one of the scans tells groups of reachable blocks: they are neither new nor gone. */
static int compare(const struct scan_options *o, const struct scan_json *before,
		   struct leak_report *report, struct fault *f)
{
	int r = loss_groups_diff(report, before->group, before->count);

	if (r < 0)
		return fault_errno(f, r, "comparing with the earlier scan");
	if (before->reachable != o->leak.reachable)
		leave_out_reachable(report);
	if (before->partial)
		complain("the earlier scan does not tell all its groups (--groups, "
			 "--suppressions): what is called new here may be older");
	return 0;
}

int scan_collect(const struct scan_options *o, struct leak_report *report, struct fault *f)
{
	struct suppressions s = { 0 };
	struct scan_json before = { 0 };
	int r = 0;

	/* Before anybody is stopped. */
	if (o->leak.suppressions_file)
		r = suppressions_read(o->leak.suppressions_file, &s, f);
	if (r < 0)
		return EXITCODE_USAGE;
	if (o->diff && scan_json_read(o->diff, &before, f) < 0) {
		suppressions_release(&s);
		return EXITCODE_UNDETERMINED;
	}
	r = o->core ? scan_core(o, o->leak.suppressions_file ? &s : NULL, report, f)
		    : scan_process(o, o->leak.suppressions_file ? &s : NULL, report, f);
	suppressions_release(&s);
	if (r == 0 && o->diff)
		r = compare(o, &before, report, f);
	free(before.group);
	leak_limit(report, &o->leak);
	judge(o, report);
	leak_own_cost(report);
	return r < 0 ? EXITCODE_UNDETERMINED : EXITCODE_OK;
}
