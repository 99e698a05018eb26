/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch on the live system or a captured tree: passes, and the loop of stream or terminal. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/root.h"
#include "cmd/watch.h"
#include "judge/growth.h"
#include "report/watch_tui.h"
#include "source/sampler.h"

struct live {
	const struct watch_options *o;
	struct root root;
	struct sampler *sampler;
	struct ranking ranking;
	struct ranked *row; /* as many as the table has slots */
	uint32_t rows;
	int32_t missing[WATCH_PIDS_MAX];
	struct watch_view view;
	bool partial;	 /* something that was asked for could not be read */
	sigset_t unmask; /* the signals that end the watch come only while it waits */
	struct fault fault;
};

static volatile sig_atomic_t stopping;

static void on_stop(int signal_number)
{
	stopping = signal_number;
}

/* Blocked but while waiting, so that none slips in between the test and the wait. */
static void catch_signals(sigset_t *ret_unmask)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction stop = { .sa_handler = on_stop }, old;
	sigset_t block;

	(void)sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		/* nohup ignores SIGHUP on purpose */
		if (sigaction(signals[i], NULL, &old) < 0 || old.sa_handler == SIG_IGN)
			continue;
		(void)sigaction(signals[i], &stop, NULL);
		(void)sigaddset(&block, signals[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &block, ret_unmask);
}

static void fill_rows(struct live *l)
{
	const struct process_table *t = sampler_table(l->sampler);

	l->rows = 0;
	for (uint32_t i = 0; i < t->high; i++) {
		/* The verdict costs most, so what nobody asked for gets none. */
		if (t->state[i] != SLOT_FREE && watch_wants(l->o, t->process[i].id.pid))
			l->rows += ranked_of_slot(&l->ranking, t, i, &l->row[l->rows]);
	}
}

static void note_gaps(struct live *l)
{
	const struct pass_counts *c = &l->view.table->counts;

	l->partial = !l->o->pids && (c->unreadable || c->over_capacity);
	l->view.missing = l->missing;
	l->view.missing_count = 0;
	for (uint32_t p = 0; p < l->o->pids; p++) {
		uint32_t i = 0;

		while (i < l->rows && l->row[i].id.pid != l->o->pid[p])
			i++;
		if (i == l->rows)
			l->missing[l->view.missing_count++] = l->o->pid[p];
		else
			l->partial |= l->row[i].unread;
	}
}

/* One pass to view, except for the order of the rows. */
static int collect(struct live *l)
{
	const struct process_table *t = sampler_table(l->sampler);
	int r = sampler_pass(l->sampler, clock_boot_seconds(), &l->fault);

	if (r < 0)
		return r;
	if (!l->ranking.slot) {
		struct growth_policy policy = growth_policy_default(t->host.cpus);

		l->row = calloc(t->capacity, sizeof(*l->row));
		if (!l->row || ranking_init(&l->ranking, t->capacity, &policy) < 0)
			return fault_errno(&l->fault, -ENOMEM, "cannot start watching");
	}
	ranking_pass(&l->ranking, t);
	l->view.table = t;
	l->view.wall_seconds = l->root.live ? clock_wall_seconds() : NAN;
	fill_rows(l);
	note_gaps(l);
	return 0;
}

/* Nothing left to watch, or told to stop. */
static bool done(const struct live *l)
{
	return stopping || (l->o->pids && l->view.missing_count == l->o->pids);
}

/* The next time of the grid that begins at `start`; passes that took too long are left out. */
static double next_tick(double start, double interval)
{
	return start + (floor((clock_boot_seconds() - start) / interval) + 1) * interval;
}

static int stream(struct live *l)
{
	double start = clock_boot_seconds();
	int r;

	for (;;) {
		double next = next_tick(start, l->o->interval);
		struct timespec wait;

		r = collect(l);
		if (r < 0)
			return r;
		watch_arrange(l->o, l->row, l->rows, &l->view);
		r = watch_print(l->o, &l->view);
		if (r != 0 || l->o->once || done(l) ||
		    (l->o->duration > 0 && next > start + l->o->duration + 1e-6))
			return r;
		next = fmax(next - clock_boot_seconds(), 0);
		wait.tv_sec = (time_t)next;
		wait.tv_nsec = (long)((next - (double)wait.tv_sec) * 1e9);
		(void)ppoll(NULL, 0, &wait, &l->unmask);
		if (stopping)
			return 0;
	}
}

/* Sorts and filters for the screen; rows are made anew because the filter drops some. */
static void arrange(struct live *l, struct watch_screen *s)
{
	fill_rows(l);
	watch_arrange(l->o, l->row, l->rows, &l->view);
	l->view.matching = l->view.count;
	l->view.count = watch_screen_update(s, l->row, l->view.count, watch_tui_page());
}

static int interact(struct live *l)
{
	struct watch_screen s = { .sort = l->o->sort, .reverse = l->o->reverse };
	double start = clock_boot_seconds(), next = start;
	struct style style =
		style_of(STDOUT_FILENO, !l->o->no_color && colour_wanted(stdout), l->o->raw_bytes);
	bool gone = false;

	while (!s.quit && !gone && !stopping) {
		double now = clock_boot_seconds();
		uint32_t key;

		if (l->o->duration > 0 && now >= start + l->o->duration)
			return 0;
		if (now >= next) {
			int r = s.paused ? 0 : collect(l);

			if (r < 0)
				return r;
			next = next_tick(start, l->o->interval);
		}
		arrange(l, &s);
		watch_tui_draw(&s, &l->view, &style);
		if (watch_tui_key(fmax(next - clock_boot_seconds(), 0), &l->unmask, &key, &gone))
			(void)watch_screen_key(&s, key, l->row);
	}
	return 0;
}

/* On a terminal that can, the table; else the stream. */
static int show(struct live *l)
{
	const struct watch_options *o = l->o;
	const char *term = getenv("TERM"), *why = NULL;
	int r;

	if (o->batch || o->once || o->common.json || !isatty(STDIN_FILENO) ||
	    !isatty(STDOUT_FILENO) || !term || strcmp(term, "dumb") == 0)
		return stream(l);
	if (watch_tui_open(!o->no_color && colour_wanted(stdout), &why) < 0) {
		complain("%s", why);
		return stream(l);
	}
	r = interact(l);
	watch_tui_close();
	return r;
}

static int conclude(const struct live *l)
{
	for (uint32_t i = 0; i < l->view.missing_count; i++)
		complain("process %d is not there", (int)l->missing[i]);
	if (l->view.missing_count)
		return EXITCODE_UNDETERMINED;
	if (l->view.leaking)
		return EXITCODE_FINDINGS;
	return l->partial ? EXITCODE_UNDETERMINED : EXITCODE_OK;
}

int watch_live(const struct watch_options *o)
{
	struct sampler_config config = sampler_config_watch();
	struct live l = { .o = o, .root = ROOT_CLOSED };
	int r = root_open(o->common.root, &l.root, &l.fault);

	catch_signals(&l.unmask);
	if (r == 0)
		r = sampler_open(&l.root, &config, &l.sampler, &l.fault);
	if (r == 0)
		r = show(&l);
	r = r < 0 ? fail(EXITCODE_UNDETERMINED, &l.fault) : r > 0 ? r : conclude(&l);
	ranking_done(&l.ranking);
	free(l.row);
	sampler_free(l.sampler);
	root_close(&l.root);
	return r;
}
