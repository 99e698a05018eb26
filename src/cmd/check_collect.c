/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the program of check: samples while it runs, and an analysis of each process at its end. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/root.h"
#include "cmd/check.h"
#include "cmd/leak_run.h"
#include "cmd/scan_take.h"
#include "judge/growth.h"
#include "judge/harm.h"
#include "judge/held_history.h"
#include "source/proc_children.h"
#include "source/proc_stat.h"
#include "source/proc_status.h"

/* 50 ms apart at first, then a fortieth of its age, at most a second: 15 us each. */
#define SAMPLE_LEAST 0.05
#define SAMPLE_MOST 1.0
#define SAMPLE_SHARE 40

struct checking {
	const struct check_options *o;
	struct check_result *result;
	struct root root;
	struct suppressions suppressions;
	/* Of the program alone. */
	struct held_history history;
	struct track track;
	struct growth_policy policy;
	struct headroom headroom; /* not known: urgency comes from the size */
	double begun, sampled;
};

void check_result_release(struct check_result *r)
{
	for (uint32_t i = 0; i < r->processes; i++)
		leak_report_release(&r->process[i].report);
	free(r->process);
	*r = (struct check_result){ 0 };
}

static void sample(struct checking *c, int proc)
{
	char buf[8192];
	struct proc_status st;
	struct sample x = { .time_seconds = clock_boot_seconds(), .cpu_seconds = NAN };

	if (proc < 0 || proc_status_read(proc, "status", buf, sizeof(buf), &st) < 0 ||
	    !opt_is_known(st.rss_anon_bytes))
		return;
	x.held_bytes = st.rss_anon_bytes.value;
	if (opt_is_known(st.swap_bytes))
		x.held_bytes += st.swap_bytes.value;
	held_history_add(&c->history, x.time_seconds, x.held_bytes);
	(void)track_feed(&c->track, &x, &c->headroom, &c->policy);
	c->sampled = x.time_seconds;
}

static double tick(void *context, int32_t pid)
{
	struct checking *c = context;
	struct fault unsaid; /* it ends as we look */
	_cleanup_close_ int proc = scan_open_proc(&c->root, pid, &unsaid);

	sample(c, proc);
	return fmin(fmax((clock_boot_seconds() - c->begun) / SAMPLE_SHARE, SAMPLE_LEAST),
		    SAMPLE_MOST);
}

static struct check_process *add_process(struct checking *c, bool program)
{
	struct check_result *r = c->result;

	if (program)
		return &r->process[0];
	if (r->processes == r->room) {
		struct check_process *p = reallocarray(r->process, 2 * (size_t)r->room, sizeof(*p));

		if (!p) {
			r->left_out++;
			return NULL;
		}
		r->process = p;
		r->room *= 2;
	}
	r->process[r->processes] = (struct check_process){ 0 };
	return &r->process[r->processes++];
}

/* Whom it leaves behind, as far as the kernel tells. */
static void note_children(const struct run_hold *h, int proc, struct check_process *p)
{
	for (uint32_t i = 0; i < h->threads; i++)
		(void)!proc_children_read(proc, h->thread[i].tid, p->child, CHECK_LIVE_CHILDREN,
					  &p->children);
}

static int analyse(struct checking *c, struct run_hold *h, int proc, struct check_process *p)
{
	const struct scan_snapshot_options how = { .shared_limit_bytes = SCAN_SHARED_LIMIT_BYTES };
	struct scan_analyse_options analysis =
		leak_analysis(&c->o->leak, c->o->leak.suppressions_file ? &c->suppressions : NULL);
	struct memory_image image = MEMORY_IMAGE_NONE;
	const int32_t tid = h->thread[0].tid;
	int r = scan_snapshot_held(&c->root, tid, TAKE_PTR(h->thread), h->threads, &how, &image,
				   &p->report.cost, &p->fault);

	if (r < 0)
		return r;
	analysis.open_file = leak_open_file;
	analysis.context = &proc;
	analysis.at_exit = h->ended && WIFEXITED(h->status);
	image.pid = h->pid;
	r = scan_analyse(&image, &analysis, &p->report, &p->fault);
	leak_limit(&p->report, &c->o->leak);
	scan_snapshot_done(&image);
	return r;
}

/* SIGHUP: the terminal has gone. Other signals that end a program are its own doing, as SIGSEGV. */
static int fatal_signal(const struct run_hold *h, bool from_outside)
{
	const int signal = h->ended && WIFSIGNALED(h->status) ? WTERMSIG(h->status) : 0;

	if (from_outside)
		return h->asked ? h->asked : signal == SIGHUP ? signal : 0;
	return signal;
}

static void judge(struct checking *c, const struct run_hold *h, struct check_process *p)
{
	struct harm_case harm = {
		.losses_unknown = !p->report.summary_known,
		.lifetime_seconds = p->report.lifetime_seconds,
		.ended = p->ended,
		.signal = fatal_signal(h, true),
		.crash = fatal_signal(h, false),
	};
	struct held_sample settled, last;
	struct verdict growth;

	memcpy(harm.total, p->report.total, sizeof(harm.total));
	if (h->program) {
		if (held_history_ends(&c->history, &settled, &last)) {
			harm.held_first_bytes = opt_u64_of(settled.bytes);
			harm.held_last_bytes = opt_u64_of(last.bytes);
			harm.held_seconds = last.seconds - settled.seconds;
		}
		track_verdict(&c->track, &c->headroom, &c->policy, c->sampled, &growth);
		harm.growth = &growth;
	}
	harm_judge(&harm, &p->report.harm);
}

static void identify(int proc, const struct run_hold *h, struct check_process *p)
{
	char buf[4096];
	struct proc_stat st;

	p->report.pid = h->pid;
	p->report.lifetime_seconds = h->lifetime_seconds;
	if (proc >= 0 && proc_stat_read(proc, buf, sizeof(buf), &st) == 0)
		memcpy(p->report.comm, st.comm, sizeof(p->report.comm));
}

static void held(void *context, struct run_hold *h)
{
	struct checking *c = context;
	struct check_process *p = add_process(c, h->program);
	const double begin = clock_boot_seconds();

	if (!p || !h->threads)
		return;
	_cleanup_close_ int proc = scan_open_proc(&c->root, h->thread[0].tid, &p->fault);

	p->ended = h->ended;
	p->status = h->status;
	p->missing = h->missing;
	p->report.cost.method = h->ended ? SNAPSHOT_EXIT : SNAPSHOT_COPY;
	p->report.cost.method_reason = h->ended ? "its memory is still there when it ends"
						: "the time of --duration was over";
	identify(proc, h, p);
	note_children(h, proc, p);
	if (h->program)
		sample(c, proc);
	if (analyse(c, h, proc, p) < 0)
		p->report.summary_known = false;
	p->report.cost.pause_seconds = clock_boot_seconds() - begin;
	p->report.cost.pauses = 1;
	p->report.cost.pause[0] = p->report.cost.pause_seconds;
	judge(c, h, p);
	leak_own_cost(&p->report);
}

/* The program was not held: there is its growth at least. */
static void not_held(struct checking *c)
{
	struct check_process *p = &c->result->process[0];
	const struct run_hold h = { .program = true, .asked = c->result->run.asked };

	p->ended = true;
	p->status = c->result->run.status;
	p->report.lifetime_seconds = c->result->run.lifetime_seconds;
	judge(c, &h, p);
	if (c->result->run.did_not_stop)
		(void)fault_set(&p->fault, -ETIMEDOUT,
				"it did not stop within %g s to be looked at: a thread of it is in "
				"uninterruptible sleep (a vfork, a disk that hangs)",
				RUN_LOOK_SECONDS);
	else if (WIFSIGNALED(p->status) && WTERMSIG(p->status) == SIGKILL)
		(void)fault_set(&p->fault, -ENODATA,
				"it was ended by SIGKILL, and was not held up: it may have been "
				"the OOM killer's");
	else
		(void)fault_set(&p->fault, -ENODATA, "it ended without a stop to look at it");
}

static int start(struct checking *c, struct fault *f)
{
	int r = root_open(NULL, &c->root, f);

	if (r == 0 && c->o->leak.suppressions_file)
		r = suppressions_read(c->o->leak.suppressions_file, &c->suppressions, f);
	c->result->process = calloc(4, sizeof(*c->result->process));
	if (r == 0 && !c->result->process)
		r = fault_errno(f, -ENOMEM, "cannot start checking");
	c->result->processes = 1;
	c->result->room = 4;
	return r;
}

int check_collect(const struct check_options *o, struct check_result *ret, struct fault *f)
{
	struct checking c = {
		.o = o,
		.result = ret,
		.root = ROOT_CLOSED,
		.policy = growth_policy_default((uint32_t)sysconf(_SC_NPROCESSORS_ONLN)),
		.begun = clock_boot_seconds(),
	};
	const struct run_options run = {
		.argv = o->argv,
		.children = o->children,
		.look_seconds = o->duration,
		.leave_running = o->keep_running,
		.tick = tick,
		.held = held,
		.context = &c,
	};
	bool usage;
	int r;

	track_init(&c.track);
	r = start(&c, f);
	usage = r < 0;
	if (r == 0)
		r = run_traced(&run, &ret->run, f);
	if (r == 0 && ret->process[0].report.cost.method == SNAPSHOT_NONE)
		not_held(&c);
	suppressions_release(&c.suppressions);
	root_close(&c.root);
	return r == 0 ? EXITCODE_OK : usage ? EXITCODE_USAGE : EXITCODE_UNDETERMINED;
}
