/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scan tells: of a core, or of a process (scan_looks), and beside an earlier scan. */
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
#include "source/process_reader.h"
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

/* Of a process, while it lives: the first thread may have ended before the others. */
static bool identify(int proc, int32_t pid, struct leak_report *report)
{
	_Alignas(8) char buf[4096];
	struct proc_stat st;
	int32_t other;

	if (proc_stat_read(proc, buf, sizeof(buf), &st) < 0 || st.state == 'X' ||
	    (st.state == 'Z' && process_other_thread(proc, pid, buf, sizeof(buf), &other) < 0))
		return false;
	memcpy(report->comm, st.comm, sizeof(report->comm));
	report->lifetime_seconds =
		clock_boot_seconds() - (double)st.starttime_ticks / (double)sysconf(_SC_CLK_TCK);
	return true;
}

static int scan_process(const struct scan_options *o, struct suppressions *s,
			struct leak_report *report, struct fault *f)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	char name[16];
	struct leak_report who = { .lifetime_seconds = NAN };
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
	(void)identify(proc, o->pid, &who);
	analyse.open_file = leak_open_file;
	analyse.context = &proc;
	r = scan_looks(&root, o, &analyse, report, f);
	report->ended = !identify(proc, o->pid, &who);
	report->pid = o->pid;
	report->lifetime_seconds = who.lifetime_seconds;
	memcpy(report->comm, who.comm, sizeof(report->comm));
	return r;
}

/* Of a core, and of a process that ended meanwhile, nobody knows whether it would have gone on. */
static void judge(const struct scan_options *o, struct leak_report *report)
{
	struct harm_case c = { .lifetime_seconds = report->lifetime_seconds };

	memcpy(c.total, report->total, sizeof(c.total));
	if (report->summary_known && !o->core && !report->ended)
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
