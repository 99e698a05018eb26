/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes -> reader -> judge -> renderers, and the end that tells how much was read. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "cmd/explain.h"
#include "cmd/stop.h"

/* Read in large blocks: no mmap, which would end in SIGBUS when a log is truncated meanwhile. */
#define BLOCK_BYTES (512u << 10)
/* A journalctl that says nothing for so long hangs. */
#define JOURNAL_PATIENCE_MS 30000
/* The oom_reaper's line comes within 2 s of the kill, 4.6 and later (mm/oom_kill.c,
 * OOM_REAPER_DELAY). */
#define IDLE_MS 2500
#define TOP_ROWS 10

enum { MAIN_RENDERER = 0, PAGE_RENDERER = 1 };

static char block[BLOCK_BYTES];

/* 0 while anybody still wants to be told: text and page do not end each other. */
static int all_failed(const struct explain_session *s)
{
	for (uint32_t i = 0; i < s->renderers; i++)
		if (!s->failed[i])
			return 0;
	return s->failed[MAIN_RENDERER];
}

static int show(struct explain_session *s, const struct explain_view *v)
{
	for (uint32_t i = 0; i < s->renderers; i++)
		if (!s->failed[i])
			s->failed[i] = s->renderer[i].report(s->renderer[i].self, v);
	return all_failed(s);
}

/* The reader ran out of memory: nobody is told any more. */
static void fail_all(struct explain_session *s, int err)
{
	for (uint32_t i = 0; i < s->renderers; i++)
		if (!s->failed[i])
			s->failed[i] = err;
}

static int on_report(void *arg, const struct oom_report *r)
{
	static struct oom_story story;
	struct explain_session *s = arg;
	struct explain_view v = { .report = r, .story = &story, .input = s->input };
	int failed;

	oom_history_next_boot(&s->history, r);
	oom_story_tell(r, &s->history, &story);
	v.number = ++s->end.reports;
	v.storm = oom_storms_add(&s->storms, r, &story);
	v.in_storm = v.storm == UINT32_MAX ? 1 : s->storms.storm[v.storm].reports;
	failed = show(s, &v);
	oom_history_add(&s->history, r);
	return failed;
}

static int on_neighbour(void *arg, const struct oom_neighbour *n)
{
	struct explain_session *s = arg;

	s->end.neighbours[n->kind] += n->count;
	return 0;
}

int explain_begin(struct explain_session *s, const struct explain_options *o)
{
	const struct oom_sink sink = { .arg = s, .report = on_report, .neighbour = on_neighbour };

	s->o = o;
	s->started = clock_boot_seconds();
	s->end.storms = &s->storms;
	s->reader = oom_reader_new(&sink);
	if (!s->reader)
		return -ENOMEM;
	s->text = (struct explain_text){
		.out = stdout,
		.style = text_style(stdout, &o->common),
		.top = o->top ? o->top : TOP_ROWS,
		.all = o->all,
		.table = o->top > 0,
		.name_inputs = o->files > 1,
	};
	s->json = (struct explain_json){ .out = stdout, .lines = o->live };
	s->renderer[s->renderers++] =
		o->common.json ? explain_json_renderer(&s->json) : explain_text_renderer(&s->text);
	if (s->html.out) {
		/* A reader of the text that goes away must not cost the page. */
		(void)signal(SIGPIPE, SIG_IGN);
		s->html.top = o->top;
		s->renderer[s->renderers++] = explain_html_renderer(&s->html);
	}
	for (uint32_t i = 0; i < s->renderers; i++)
		if (s->renderer[i].begin)
			s->failed[i] = s->renderer[i].begin(s->renderer[i].self);
	return 0;
}

void explain_unreadable(struct explain_session *s, const struct fault *f)
{
	s->end.unreadable++;
	complain("%s", f->what);
}

static void feed(struct explain_session *s, size_t len)
{
	int r;

	s->end.bytes += len;
	r = oom_reader_feed(s->reader, block, len);
	if (r < 0)
		fail_all(s, r);
}

static void end_input(struct explain_session *s)
{
	const struct oom_reader_stats *now = oom_reader_stats(s->reader);
	const int r = oom_reader_end(s->reader);

	if (r < 0)
		fail_all(s, r);
	if (now->reports > s->stats.reports && oom_reader_newest_first(&s->stats, now))
		complain("the newest message comes first, and reports are read from their end: "
			 "tac LOG | bulkhead explain -");
	s->stats = *now;
	oom_history_next_input(&s->history);
	oom_storms_next_input(&s->storms);
}

static int patience(const struct explain_input *in)
{
	return in->kmsg ? 0 : in->child ? JOURNAL_PATIENCE_MS : -1;
}

static int cannot_read(const struct explain_input *in, int err, struct fault *f)
{
	char room[1100];

	if (in->child && err == -EAGAIN)
		return fault_set(f, -ETIMEDOUT, "journalctl has said nothing for %d s: given up",
				 JOURNAL_PATIENCE_MS / 1000);
	return fault_errno(f, err, "cannot read '%s'", ESCAPED(room, text_string(in->name)));
}

void explain_whole(struct explain_session *s, struct explain_input *in)
{
	uint64_t before = s->end.bytes;
	struct fault f = { 0 };
	size_t len = 0;
	int r;

	s->input = in->name;
	for (;;) {
		r = explain_read(in, block, sizeof(block), patience(in), NULL, &len);
		if (r < 0 || !len || all_failed(s))
			break;
		if (s->end.bytes == before && explain_packed(in->name, text_of(block, len), &f) < 0)
			break;
		feed(s, len);
	}
	end_input(s);
	s->end.lost_records += in->lost;
	if (r < 0 && !(in->kmsg && r == -EAGAIN))
		(void)cannot_read(in, r, &f);
	r = explain_close(in);
	if (r < 0 && !f.err && s->end.bytes == before)
		(void)fault_set(&f, r, "journalctl found no journal that may be read");
	else if (r < 0 && !f.err)
		complain("journalctl ended with an error: what it said before is told");
	if (f.err)
		explain_unreadable(s, &f);
	else
		s->end.inputs++;
}

static void let_signals_in(const sigset_t *unmask)
{
	sigset_t blocked;

	(void)sigprocmask(SIG_SETMASK, unmask, &blocked);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

void explain_follow(struct explain_session *s, struct explain_input *in)
{
	const sigset_t *unmask = stop_catch();
	uint64_t lost = 0, idle_ms = 0;
	struct fault f;
	size_t len = 0;
	int r = 0;

	s->input = in->name;
	in->watch_stdout = s->renderers == 1;
	while (!all_failed(s)) {
		/* Without an end of the messages nothing waits, and a signal would. */
		let_signals_in(unmask);
		if (stop_wanted())
			break;
		r = explain_read(in, block, sizeof(block), IDLE_MS, unmask, &len);
		if (r == 0 && !len)
			break;
		idle_ms = r == -EAGAIN ? idle_ms + IDLE_MS : 0;
		if (r == 0)
			feed(s, len);
		else if (r == -EPIPE)
			s->failed[MAIN_RENDERER] = r;
		else if (r == -EAGAIN && oom_reader_idle(s->reader, idle_ms) < 0)
			fail_all(s, -ENOMEM);
		else if (r != -EAGAIN && r != -EINTR)
			break;
		if (in->lost > lost)
			complain("%" PRIu64 " kernel messages were overwritten before they were "
				 "read",
				 in->lost - lost);
		lost = in->lost;
	}
	end_input(s);
	s->end.lost_records += in->lost;
	s->end.inputs++;
	if (r < 0 && r != -EINTR && r != -EAGAIN && r != -EPIPE) {
		(void)cannot_read(in, r, &f);
		explain_unreadable(s, &f);
	}
	(void)explain_close(in);
}

int explain_finish(struct explain_session *s, bool *ret_page_failed)
{
	s->end.lines_cut = oom_reader_stats(s->reader)->lines_cut;
	s->end.seconds = clock_boot_seconds() - s->started;
	for (uint32_t i = 0; i < s->renderers; i++)
		if (!s->failed[i])
			s->failed[i] = s->renderer[i].end(s->renderer[i].self, &s->end);
	oom_reader_free(s->reader);
	s->reader = NULL;
	*ret_page_failed = s->renderers > PAGE_RENDERER && s->failed[PAGE_RENDERER];
	if (s->failed[MAIN_RENDERER]) {
		complain("cannot tell the reports: %s", strerrordesc_np(-s->failed[MAIN_RENDERER]));
		return EXITCODE_UNDETERMINED;
	}
	if (s->end.unreadable)
		return EXITCODE_UNDETERMINED;
	return s->end.reports ? EXITCODE_FINDINGS : EXITCODE_OK;
}
