/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "console.h"
#include "keep.h"
#include "lastwords.h"
#include "qemu.h"
#include "result.h"

/* A busy host took 11 s once; past this the guest is not slow but gone. */
#define BOOT_SECONDS 120.0
/* A guest that ends before its init came up has measured nothing: it is started again, up to this.
 */
#define BOOTS_MAX 3
/* Of the console of such a boot, which is silent (loglevel=1) but for an oops or a panic. */
#define TOLD_LINES 60u
#define QEMU_END_SECONDS 5
/*
 * The guest says that a run is over once its end mark is in the ring. The console may be far
 * behind: when RCU's stall detector took the console over, the killer went on while the table was
 * printed. So wait as long as something comes.
 */
#define MARK_IDLE_SECONDS 5.0
#define LINE_MAX_BYTES (6 * PLAN_OUTPUT + 8192)

struct session {
	const struct scenario *s;
	const struct kernel *k;
	const struct session_hooks *hooks;
	struct fault *f;
	struct qemu qemu;
	struct console *console;
	double started, boot_started; /* the whole; this boot */
	int boots;
	bool booted, done;
	int32_t run; /* the next to give a result */
	bool measuring;
	double begin_host, begin_guest; /* the measured time's begin by either clock */
	struct records records;
	bool ring_overrun, facts_lost;
	json_t *commands;
	uint32_t wire_at; /* the first line that no run has used */
	char *line;	  /* of the fast line, LINE_MAX_BYTES */
	size_t line_len;
};

static double now_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void say(const struct session *ss, const char *what)
{
	const struct plan *plan = &ss->s->plan;
	char text[200];

	(void)snprintf(text, sizeof(text), "run '%s' (%d of %d): %s", plan->run[ss->run].name,
		       ss->run + 1, plan->run_count, what);
	ss->hooks->progress(ss->hooks->arg, text);
}

static int tell_boot(struct session *ss, const json_t *guest)
{
	json_t *out =
		json_pack("{s:s, s:s, s:O, s:o, s:O, s:O, s:O, s:o, s:i}", "schema",
			  "bulkhead.vm/1", "event", "boot", "kernel",
			  json_object_get(guest, "kernel"), "title",
			  ss->k->title[0] ? json_string(ss->k->title) : json_null(), "cpus",
			  json_object_get(guest, "cpus"), "memory_bytes",
			  json_object_get(guest, "memory_bytes"), "swap_bytes",
			  json_object_get(guest, "swap_bytes"), "baud",
			  ss->s->console_baud ? json_integer(ss->s->console_baud) : json_null(),
			  "nodes", ss->s->nodes);

	if (!out || json_object_update_new(
			    out, json_pack("{s:O, s:O, s:f, s:i, s:O, s:b, s:i}", "cgroup_memory",
					   json_object_get(guest, "cgroup_memory"), "psi",
					   json_object_get(guest, "psi"), "boot_seconds",
					   now_seconds() - ss->boot_started, "boots", ss->boots,
					   "guest_seconds", json_object_get(guest, "guest_seconds"),
					   "reader_realtime", console_is_realtime(ss->console),
					   "qemu_pid", (int)ss->qemu.pid)) < 0) {
		json_decref(out);
		return fault_set(ss->f, -EPROTO, "the guest told its boot in a way not understood");
	}
	ss->booted = true;
	ss->hooks->event(ss->hooks->arg, out);
	return 0;
}

/* The line that ends with the mark of this run, from `from` on; wire->count when there is none. */
static uint32_t find_mark(const struct wire *wire, uint32_t from, const char *mark, int32_t run)
{
	char text[64];
	size_t n = (size_t)snprintf(text, sizeof(text), " %s%d\r", mark, run);

	for (; from < wire->count; from++) {
		const struct wire_line *line = &wire->line[from];

		if (line->len >= n && memcmp(wire->text + line->text + line->len - n, text, n) == 0)
			break;
	}
	return from;
}

static bool is_interrupted(const struct session *ss, int wait_ms)
{
	struct pollfd p = { .fd = ss->hooks->signals, .events = POLLIN };

	return poll(&p, 1, wait_ms) > 0;
}

/* The lines of this run on the wire, without its marks. */
static struct wire cut_wire(struct session *ss, bool to_the_end, bool *ret_marks_found)
{
	double until = now_seconds() + MARK_IDLE_SECONDS;
	uint32_t begin, end, bytes = 0;
	struct wire all, out;

	do {
		if (console_text_bytes(ss->console) != bytes)
			until = now_seconds() + MARK_IDLE_SECONDS;
		bytes = console_text_bytes(ss->console);
		all = console_wire(ss->console);
		begin = find_mark(&all, ss->wire_at, PLAN_MARK_BEGIN, ss->run);
		end = find_mark(&all, begin, PLAN_MARK_END, ss->run);
		if (end < all.count || (to_the_end && console_at_end(ss->console)))
			break;
	} while (now_seconds() < MIN(until, ss->started + ss->s->timeout_seconds) &&
		 !is_interrupted(ss, 5));
	*ret_marks_found = begin < all.count && (to_the_end || end < all.count);
	out = all;
	if (begin < all.count)
		begin++;
	else
		begin = ss->wire_at;
	out.line += begin;
	out.count = end - MIN(begin, end);
	ss->wire_at = MIN(end + 1, all.count);
	return out;
}

/* A record is its own mark: drop what the ring holds before and from the marks on. */
static void drop_marks(struct records *r)
{
	uint32_t from = 0, to = r->count;

	for (uint32_t i = 0; i < r->count; i++) {
		struct text t = record_text(r, &r->record[i]);

		if (text_skip_prefix(&t, PLAN_MARK_BEGIN))
			from = i + 1;
		else if (text_skip_prefix(&t, PLAN_MARK_END))
			to = MIN(to, i);
	}
	r->count = to - MIN(from, to);
	if (r->count)
		memmove(r->record, r->record + from, r->count * sizeof(*r->record));
}

/* With no guest left to read its ring, the console is the only copy. */
static void take_records_from_wire(struct session *ss, const struct wire *wire)
{
	records_clear(&ss->records);
	for (uint32_t i = 0; i < wire->count; i++) {
		struct text line = text_of(wire->text + wire->line[i].text, wire->line[i].len);

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		/* What is no record there will count as garbled. */
		(void)!records_add_console(&ss->records, line);
	}
}

static int tell_run(struct session *ss, const json_t *guest)
{
	const struct plan_run *plan = &ss->s->plan.run[ss->run];
	char kmsg_file[512] = "";
	struct run_facts facts = {
		.scenario = ss->s,
		.plan = plan,
		.records = &ss->records,
		.ring_overrun = ss->ring_overrun,
		.facts_lost = ss->facts_lost,
		.guest_ended = !guest,
		.char_seconds = console_char_seconds(ss->console),
		.host_seconds = guest ? now_seconds() - ss->begin_host : 0,
		.guest_seconds =
			guest ? json_number_value(json_object_get(guest, "now")) - ss->begin_guest
			      : 0,
		.guest = guest,
		.commands = ss->commands,
		.kmsg_file = kmsg_file,
	};
	json_t *out;
	int err = 0;

	facts.wire = cut_wire(ss, !guest, &facts.marks_found);
	facts.console_overflowed = console_overflowed(ss->console);
	if (guest)
		drop_marks(&ss->records);
	else
		take_records_from_wire(ss, &facts.wire);
	if (ss->hooks->keep[0])
		err = keep_run(ss->hooks->keep, ss->run, plan->name, &ss->records, &facts.wire,
			       kmsg_file, sizeof(kmsg_file), ss->f);
	if (err < 0) {
		kmsg_file[0] = '\0';
		*ss->hooks->keep_failed = true;
	}
	out = result_run(&facts);
	if (!out)
		return fault_errno(ss->f, -ENOMEM, "no result");
	ss->hooks->event(ss->hooks->arg, out);
	ss->run++;
	ss->measuring = false;
	ss->ring_overrun = false;
	ss->facts_lost = false;
	records_clear(&ss->records);
	(void)json_array_clear(ss->commands);
	return err;
}

static int tell_failure(struct session *ss, const json_t *guest)
{
	const char *what = json_string_value(json_object_get(guest, "what"));
	const char *which = json_string_value(json_object_get(guest, "which"));
	const char *why = json_string_value(json_object_get(guest, "why"));
	char text[240];
	struct strbuf s = STRBUF(text);

	strbuf_escape(&s, text_of(which ? which : "", which ? strnlen(which, 200) : 0));
	return fault_set(ss->f, -EPROTO, "in the guest: %.80s '%s': %.60s",
			 what ? what : "failed at", text, why ? why : "?");
}

static int follow_event(struct session *ss, json_t *guest)
{
	const char *event = json_string_value(json_object_get(guest, "event"));
	const char *phase = json_string_value(json_object_get(guest, "phase"));

	if (!event)
		return 0;
	if (strcmp(event, "boot") == 0)
		return ss->booted ? 0 : tell_boot(ss, guest);
	if (strcmp(event, "failed") == 0)
		return tell_failure(ss, guest);
	ss->done = strcmp(event, "done") == 0;
	if (ss->run >= ss->s->plan.run_count)
		return 0;
	if (strcmp(event, "phase") == 0) {
		ss->measuring = phase && strcmp(phase, "measured") == 0;
		ss->begin_host = now_seconds();
		ss->begin_guest = json_number_value(json_object_get(guest, "now"));
		say(ss, ss->measuring ? "measuring" : "baseline");
	} else if (strcmp(event, "overrun") == 0) {
		ss->ring_overrun = true;
	} else if (strcmp(event, "command") == 0) {
		(void)json_object_del(guest, "event");
		(void)json_object_del(guest, "run");
		(void)json_array_append(ss->commands, guest);
	} else if (strcmp(event, "run") == 0) {
		return tell_run(ss, guest);
	}
	return 0;
}

static int follow_line(struct session *ss, struct text line)
{
	json_t *guest;
	int err;

	if (text_skip_prefix(&line, "K")) {
		if (records_add(&ss->records, line) < 0)
			ss->ring_overrun = true;
		return 0;
	}
	if (!line.n || line.p[0] != '{')
		return 0; /* firmware, or a program that writes there */
	guest = json_loadb(line.p, line.n, 0, NULL);
	if (!guest) {
		ss->facts_lost = true;
		return 0;
	}
	err = follow_event(ss, guest);
	json_decref(guest);
	return err;
}

/* Takes what is there; *ret_end when the line is closed. */
static int follow_fast(struct session *ss, bool *ret_end)
{
	ssize_t n = read(ss->qemu.fast, ss->line + ss->line_len, LINE_MAX_BYTES - ss->line_len);
	struct text rest, line;
	int err = 0;

	if (n <= 0) {
		*ret_end = n == 0 || errno != EINTR;
		return 0;
	}
	ss->line_len += (size_t)n;
	rest = text_of(ss->line, ss->line_len);
	while (err == 0 && rest.n && memchr(rest.p, '\n', rest.n)) {
		(void)text_next_line(&rest, &line);
		err = follow_line(ss, line);
	}
	if (rest.n == LINE_MAX_BYTES)
		return fault_set(ss->f, -EPROTO, "the guest sent a line without end");
	if (rest.n)
		memmove(ss->line, rest.p, rest.n);
	ss->line_len = rest.n;
	return err;
}

/* Of a QEMU that ended: the last of it, which matters most, is still on the slow line. */
static struct wire whole_wire(const struct session *ss)
{
	double until = now_seconds() + MARK_IDLE_SECONDS;

	while (!console_at_end(ss->console) && now_seconds() < until && !is_interrupted(ss, 5))
		;
	return console_wire(ss->console);
}

static int tell_end(struct session *ss)
{
	const struct plan *plan = &ss->s->plan;
	struct wire wire;
	char text[420];
	struct strbuf s = STRBUF(text);
	int status = 0;

	if (ss->measuring && ss->run < plan->run_count) {
		bool expected = plan->run[ss->run].panics;
		int err = tell_run(ss, NULL);

		if (err < 0 || (expected && ss->run == plan->run_count))
			return err;
	}
	if (ss->done && ss->run == plan->run_count)
		return 0;
	wire = whole_wire(ss);
	last_words(&wire, &s);
	if (!ss->booted && qemu_wait(&ss->qemu, QEMU_END_SECONDS, &status) == 0 && status != 0)
		return fault_set(ss->f, -ECHILD, "QEMU ended by itself (%s %d); %s",
				 WIFSIGNALED(status) ? "signal" : "exit status",
				 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
				 text);
	return fault_set(ss->f, -EPIPE, "the guest ended %s; %s",
			 ss->booted ? "too early" : "before its init came up", text);
}

static int tell_timeout(struct session *ss)
{
	struct wire wire = console_wire(ss->console);
	char text[420];
	struct strbuf s = STRBUF(text);

	last_words(&wire, &s);
	if (!ss->booted)
		return fault_set(ss->f, -ETIMEDOUT, "the guest did not boot within %g s; %s",
				 MIN(BOOT_SECONDS, ss->s->timeout_seconds), text);
	return fault_set(ss->f, -ETIMEDOUT,
			 "the guest did not end within %g s ([machine] timeout); %s",
			 ss->s->timeout_seconds, text);
}

static int follow(struct session *ss)
{
	bool end = false;
	int err = 0;

	while (!ss->done && err == 0) {
		double end_of_all = ss->started + ss->s->timeout_seconds;
		double limit = ss->booted ? end_of_all : ss->boot_started + BOOT_SECONDS;
		double left = MIN(limit, end_of_all) - now_seconds();
		struct pollfd p[] = { { .fd = ss->qemu.fast, .events = POLLIN },
				      { .fd = ss->hooks->signals, .events = POLLIN } };

		if (left <= 0)
			return tell_timeout(ss);
		if (poll(p, 2, (int)(MIN(left, 60.0) * 1000) + 1) < 0 && errno != EINTR)
			return fault_errno(ss->f, -errno, "cannot wait for the guest");
		if (p[1].revents)
			return fault_set(ss->f, -EINTR, "interrupted");
		if (p[0].revents)
			err = follow_fast(ss, &end);
		if (err == 0 && end)
			return tell_end(ss);
	}
	return err ? err : (ss->done ? tell_end(ss) : 0);
}

/* -EPIPE is a guest that ended by itself; what else keeps it from coming up would do so again. */
static bool may_boot_again(const struct session *ss, int err)
{
	return err == -EPIPE && !ss->booted && ss->boots < BOOTS_MAX;
}

/* The boot's console is gone with it, and with the console why it failed. */
static void tell_failed_boot(const struct session *ss, bool again)
{
	struct wire wire = console_wire(ss->console);
	char text[840];

	for (uint32_t i = wire.count - MIN(wire.count, TOLD_LINES); i < wire.count; i++) {
		struct strbuf s = STRBUF(text);

		strbuf_puts(&s, "console: ");
		last_words_line(&wire, i, &s);
		ss->hooks->warn(ss->hooks->arg, text);
	}
	if (!again)
		return;
	(void)snprintf(text, sizeof(text), "%s; starting it again (boot %d of at most %d)",
		       ss->f->what, ss->boots + 1, BOOTS_MAX);
	ss->hooks->warn(ss->hooks->arg, text);
}

/* One QEMU, from its start to its end. */
static int boot(struct session *ss, int initramfs)
{
	const struct session_hooks *hooks = ss->hooks;
	int err;

	ss->boots++;
	ss->boot_started = now_seconds();
	ss->line_len = 0;
	err = qemu_start(ss->s, ss->k, initramfs, &ss->qemu, ss->f);
	if (err == 0)
		err = console_start(TAKE_FD(ss->qemu.slow), ss->s->console_baud, &ss->console,
				    ss->f);
	if (err == 0)
		err = follow(ss);
	qemu_stop(&ss->qemu);
	if (ss->console && hooks->keep[0] &&
	    keep_console(hooks->keep, may_boot_again(ss, err) ? ss->boots : 0, ss->console) < 0) {
		*hooks->keep_failed = true;
		if (err == 0)
			err = fault_errno(ss->f, -EIO, "cannot write to '%s'", hooks->keep);
	}
	return err;
}

int session_run(const struct scenario *s, const struct kernel *k, const struct parts *parts,
		const struct session_hooks *hooks, struct fault *f)
{
	_cleanup_close_ int initramfs = -1;
	struct session ss = {
		.s = s,
		.k = k,
		.hooks = hooks,
		.f = f,
		.qemu = QEMU_NONE,
		.started = now_seconds(),
	};
	int err = initramfs_make(s, k, parts, &initramfs, f);
	bool again;

	ss.line = malloc(LINE_MAX_BYTES);
	ss.commands = json_array();
	if (err == 0 && (!ss.line || !ss.commands))
		err = fault_errno(f, -ENOMEM, "cannot follow the guest");
	for (again = err == 0; again;) {
		err = boot(&ss, initramfs);
		again = may_boot_again(&ss, err);
		if (err == -EPIPE && !ss.booted)
			tell_failed_boot(&ss, again);
		console_stop(ss.console);
		ss.console = NULL;
	}
	records_release(&ss.records);
	json_decref(ss.commands);
	free(ss.line);
	return err;
}
