/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch on the live system or a captured tree: passes, and the loop of stream or terminal. */
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/stop.h"
#include "cmd/watch_collect.h"
#include "report/watch_tui.h"

/* The signals that end the watch come only while it waits. */
static const sigset_t *unmask;

/* Nothing left to watch, or told to stop. */
static bool done(const struct watch_collector *c)
{
	return stop_wanted() || (c->o->pids && c->view.missing_count == c->o->pids);
}

/* The next time of the grid that begins at `start`; passes that took too long are left out. */
static double next_tick(double start, double interval)
{
	return start + (floor((clock_boot_seconds() - start) / interval) + 1) * interval;
}

static int stream(struct watch_collector *c)
{
	double start = clock_boot_seconds();
	int r;

	for (;;) {
		double next = next_tick(start, c->o->interval);
		struct timespec wait;

		r = watch_collect_pass(c);
		if (r < 0)
			return r;
		watch_arrange(c->o, c->row, c->rows, &c->view);
		r = watch_print(c->o, &c->view);
		if (r != 0 || c->o->once || done(c) ||
		    (c->o->duration > 0 && next > start + c->o->duration + 1e-6))
			return r;
		next = fmax(next - clock_boot_seconds(), 0);
		wait.tv_sec = (time_t)next;
		wait.tv_nsec = (long)((next - (double)wait.tv_sec) * 1e9);
		(void)ppoll(NULL, 0, &wait, unmask);
		if (stop_wanted())
			return 0;
	}
}

/* Sorts and filters for the screen; rows are made anew because the filter drops some. */
static void arrange(struct watch_collector *c, struct watch_screen *s)
{
	watch_collect_rows(c);
	watch_arrange(c->o, c->row, c->rows, &c->view);
	c->view.matching = c->view.count;
	c->view.count = watch_screen_update(s, c->row, c->view.count, watch_tui_page());
}

static int interact(struct watch_collector *c)
{
	struct watch_screen s = { .sort = c->o->sort, .reverse = c->o->reverse };
	double start = clock_boot_seconds(), next = start;
	const struct style style = watch_style(c->o);
	bool gone = false;

	while (!s.quit && !gone && !stop_wanted()) {
		double now = clock_boot_seconds();
		uint32_t key;

		if (c->o->duration > 0 && now >= start + c->o->duration)
			return 0;
		if (now >= next) {
			int r = s.paused ? 0 : watch_collect_pass(c);

			if (r < 0)
				return r;
			next = next_tick(start, c->o->interval);
		}
		arrange(c, &s);
		watch_tui_draw(&s, &c->view, &style);
		if (watch_tui_key(fmax(next - clock_boot_seconds(), 0), unmask, &key, &gone))
			(void)watch_screen_key(&s, key, c->row);
	}
	return 0;
}

/* On a terminal that can, the table; else the stream. */
static int show(struct watch_collector *c)
{
	const struct watch_options *o = c->o;
	const char *term = getenv("TERM"), *why = NULL;
	int r;

	if (o->batch || o->once || o->common.json || !isatty(STDIN_FILENO) ||
	    !isatty(STDOUT_FILENO) || !term || strcmp(term, "dumb") == 0)
		return stream(c);
	if (watch_tui_open(colour_wanted(stdout, &o->common), &why) < 0) {
		complain("%s", why);
		return stream(c);
	}
	r = interact(c);
	watch_tui_close();
	return r;
}

static int conclude(const struct watch_collector *c)
{
	for (uint32_t i = 0; i < c->view.missing_count; i++)
		complain("process %d is not there, or is a kernel thread", (int)c->missing[i]);
	if (c->view.missing_count)
		return EXITCODE_UNDETERMINED;
	if (c->view.leaking)
		return EXITCODE_FINDINGS;
	return c->partial ? EXITCODE_UNDETERMINED : EXITCODE_OK;
}

int watch_live(const struct watch_options *o)
{
	struct watch_collector c;
	int r = watch_collect_open(&c, o);

	unmask = stop_catch();
	if (r == 0)
		r = show(&c);
	r = r < 0 ? fail(EXITCODE_UNDETERMINED, &c.fault) : r > 0 ? r : conclude(&c);
	watch_collect_done(&c);
	return r;
}
