/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/doctor_picture.h"

#include <inttypes.h>
#include <string.h>

#include "report/columns.h"
#include "report/sentence.h"

#define NAME_WIDTH 12

/* "=" holds the printer up, "-" does not. */
struct pen {
	const char *down, *arrow, *tee, *corner, *tee_hold, *corner_hold;
};

static const struct pen pens[] = {
	{ "|", "v", "+->", "`->", "+=>", "`=>" },
	{ "│", "▼", "├─▶", "└─▶", "╞═▶", "╘═▶" },
};

struct picture {
	struct strbuf *out;
	const struct style *style;
	const struct pen *pen;
	char room[1024];
	struct strbuf line;
};

static struct strbuf *begin(struct picture *p)
{
	p->line = STRBUF(p->room);
	return &p->line;
}

/* `next` stands in the lines below where `mark` does in the first, as wide as it. */
static void end(struct picture *p, const char *mark, const char *next, const char *name)
{
	const size_t indent = columns_of(text_string(next)) + NAME_WIDTH;
	const size_t room = p->style->width > indent + 20 ? p->style->width - indent : 0;
	char below[64], shown[4 * CONSOLE_NAME_SIZE];
	struct strbuf s = STRBUF(shown);

	strbuf_escape(&s, text_string(name));
	(void)snprintf(below, sizeof(below), "%s%*s", next, NAME_WIDTH, "");
	strbuf_printf(p->out, "%s%-*s", mark, NAME_WIDTH, s.full ? "?" : s.buf);
	/* A name longer than its column begins a line of its own. */
	if (s.len >= NAME_WIDTH)
		strbuf_printf(p->out, "\n%s", below);
	words_wrap(p->out, room, below, text_of(p->line.buf, p->line.len));
}

static double lines_of(const struct oom_report_size *size)
{
	double lines = 0;

	for (int i = 0; i < PART_COUNT; i++)
		lines += size->part[i].lines;
	return lines;
}

static void draw_producer(struct picture *p, const struct doctor_view *v)
{
	const struct oom_report_size *size = &v->storm.prediction.size;
	struct strbuf *s = begin(p);

	strbuf_bytes(s, size->bytes.mid);
	strbuf_printf(s, " in %.0f lines", lines_of(size));
	if (size->part[PART_TASK_TABLE].bytes.mid > 0) {
		strbuf_puts(s, ", ");
		strbuf_bytes(s, size->part[PART_TASK_TABLE].bytes.mid);
		strbuf_printf(s, " of them the table of %.0f tasks", v->storm.shape.tasks);
	} else {
		strbuf_puts(s, ", without a task table");
	}
	strbuf_puts(s, "; holds oom_lock while it prints, and kills only after that");
	end(p, "    ", "    ", "OOM killer");
	strbuf_printf(p->out, "      %s\n      %s\n", p->pen->down, p->pen->arrow);
}

static void draw_ring(struct picture *p, const struct doctor_view *v, bool consumers)
{
	const struct opt_u64 ring = v->storm.machine->printk.ring_bytes;
	const double report = v->storm.prediction.ring_bytes;
	struct strbuf *s = begin(p);

	if (opt_is_known(ring)) {
		strbuf_bytes(s, (double)ring.value);
		if (report > (double)ring.value)
			strbuf_puts(s, ", too small for one report");
		else
			strbuf_printf(s, ", room for %.0f such reports",
				      (double)ring.value / report);
	} else {
		strbuf_puts(s, "size not known");
	}
	strbuf_puts(s, "; gets every level; dmesg reads it");
	end(p, "    ", "    ", "ring buffer");
	if (consumers)
		strbuf_printf(p->out, "      %s\n", p->pen->down);
}

static void describe_daemon(struct strbuf *s, const struct log_daemon *l,
			    const struct doctor_view *v)
{
	if (l->running == UNREADABLE) {
		strbuf_puts(s, "not known whether it runs");
		return;
	}
	strbuf_puts(s, "every level, the whole report");
	if (opt_is_known(l->persistent))
		strbuf_puts(s, l->persistent.value ? "; kept on disk"
						   : "; in memory, gone at the next boot");
	if (opt_is_known(l->forwards_to_console) && l->forwards_to_console.value) {
		strbuf_puts(s, "; writes to ");
		strbuf_escape(s, l->console[0] ? text_string(l->console) : TEXT("a console"));
	}
}

static void describe_speed(struct strbuf *s, const struct console *c)
{
	if (c->kind == CONSOLE_UART && opt_is_known(c->bits_per_second))
		strbuf_printf(s, ", %" PRIu64 " baud (%s)", c->bits_per_second.value,
			      baud_source_name(c->baud_source));
	else if (c->why[0]) {
		strbuf_puts(s, ", speed not known: ");
		strbuf_escape(s, text_string(c->why));
	} else if (c->kind != CONSOLE_UART) {
		strbuf_puts(s, ", not a serial line");
	}
}

static void describe_cost(struct strbuf *s, const struct console_cost *cost)
{
	strbuf_bytes(s, cost->bytes.mid);
	if (!cost->seconds.known) {
		strbuf_puts(s, ", for a time that is not known");
		return;
	}
	strbuf_puts(s, " in ");
	storm_interval(s, &cost->seconds);
	if (cost->task_table_seconds.mid > 0) {
		strbuf_puts(s, ", ");
		storm_seconds(s, cost->task_table_seconds.mid);
		strbuf_puts(s, " of it the task table");
	}
}

static void describe_console(struct strbuf *s, const struct doctor_view *v, uint32_t i)
{
	const struct console *c = &v->storm.machine->consoles.console[i];
	const struct console_cost *cost = &v->storm.prediction.console[i];

	if (c->registered == ABSENT) {
		strbuf_puts(s, "on the command line, but not registered: prints nothing");
		return;
	}
	strbuf_puts(s, console_kind_name(c->kind));
	describe_speed(s, c);
	if (c->registered == KNOWN && !c->enabled) {
		strbuf_puts(s, ": switched off, prints nothing");
		return;
	}
	strbuf_puts(s,
		    cost->synchronous ? ", in the caller's time: " : ", by a thread of its own: ");
	if (v->storm.loglevel == UINT64_MAX)
		strbuf_puts(s, "every level (ignore_loglevel), ");
	else
		strbuf_printf(s, "levels below %" PRIu64 ", ", v->storm.loglevel);
	describe_cost(s, cost);
}

static bool is_shown(const struct log_daemon *l)
{
	return l->running == KNOWN;
}

void doctor_picture(struct strbuf *out, const struct style *style, const struct doctor_view *v)
{
	static const char *const daemons[LOG_DAEMON_COUNT] = { "journald", "rsyslogd", "syslog-ng",
							       "klogd" };
	const struct console_list *list = &v->storm.machine->consoles;
	struct picture p = { .out = out, .style = style, .pen = &pens[style->utf8] };
	uint32_t left = list->count;
	char mark[32], next[32];

	for (int i = 0; i < LOG_DAEMON_COUNT; i++)
		left += is_shown(&v->storm.machine->log_daemon[i]);
	draw_producer(&p, v);
	draw_ring(&p, v, left > 0);
	for (int i = 0; i < LOG_DAEMON_COUNT; i++) {
		const struct log_daemon *l = &v->storm.machine->log_daemon[i];

		if (!is_shown(l))
			continue;
		left--;
		describe_daemon(begin(&p), l, v);
		(void)snprintf(mark, sizeof(mark), "      %s ", left ? p.pen->tee : p.pen->corner);
		(void)snprintf(next, sizeof(next), "      %s   ", left ? p.pen->down : " ");
		end(&p, mark, next, daemons[i]);
	}
	for (uint32_t i = 0; i < list->count; i++) {
		const bool holds = v->storm.prediction.console[i].synchronous &&
				   v->storm.prediction.console[i].bytes.mid > 0;

		left--;
		describe_console(begin(&p), v, i);
		(void)snprintf(mark, sizeof(mark), "      %s ",
			       left ? (holds ? p.pen->tee_hold : p.pen->tee)
				    : (holds ? p.pen->corner_hold : p.pen->corner));
		(void)snprintf(next, sizeof(next), "      %s   ", left ? p.pen->down : " ");
		end(&p, mark, next, list->console[i].name);
	}
	if (!list->count)
		strbuf_puts(out,
			    storm_consoles_known(v->storm.machine)
				    ? "    no console: nobody waits for a report to be printed\n"
				    : "    not known: which consoles print it, and who waits\n");
}
