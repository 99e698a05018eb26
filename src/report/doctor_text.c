/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/doctor_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/doctor_picture.h"
#include "report/doctor_words.h"
#include "report/sentence.h"

#define LABEL_WIDTH 10

struct page {
	FILE *out;
	const struct style *style;
	const struct doctor_view *v;
	char room[2048];
	struct strbuf words;
};

static struct strbuf *begin(struct page *p)
{
	p->words = STRBUF(p->room);
	return &p->words;
}

/* The words after `indent` columns that are written already; the lines below begin there too. */
static void flow(struct page *p, size_t indent)
{
	char room[4096], next[32];
	struct strbuf s = STRBUF(room);

	(void)snprintf(next, sizeof(next), "%*s", (int)indent, "");
	words_wrap(&s, p->style->width - indent, next, text_of(p->words.buf, p->words.len));
	fputs(s.buf, p->out);
}

static void end(struct page *p, const char *label)
{
	fprintf(p->out, "  %-*s", LABEL_WIDTH, label);
	flow(p, LABEL_WIDTH + 2);
}

static void say(struct page *p, const char *label, const char *text)
{
	strbuf_puts(begin(p), text);
	end(p, label);
}

/* The looks of watch: what is a leak there is critical here. */
static enum verdict_class look_of(enum severity s)
{
	static const enum verdict_class looks[SEVERITY_COUNT] = { VERDICT_GROWING, VERDICT_SUSPECT,
								  VERDICT_LEAKING };

	return looks[s];
}

static enum severity worst(const struct diagnosis *d)
{
	return d->finding_count ? d->finding[0].severity : SEVERITY_NOTICE;
}

/* The console that takes the longest, CONSOLES_MAX when none takes any time. */
static uint32_t slowest(const struct storm_prediction *p)
{
	uint32_t at = CONSOLES_MAX;

	for (uint32_t i = 0; i < p->console_count; i++) {
		const struct console_cost *c = &p->console[i];

		if (c->synchronous && c->seconds.known && c->seconds.mid > 0 &&
		    (at == CONSOLES_MAX || c->seconds.mid > p->console[at].seconds.mid))
			at = i;
	}
	return at;
}

static void answer(struct page *p)
{
	const struct storm_prediction *s = &p->v->storm.prediction;
	const struct diagnosis *d = p->v->diagnosis;
	struct strbuf *w = begin(p);

	if (!storm_print_known(s) || (d->undetermined && !(d->seconds_now.mid > 0))) {
		strbuf_puts(
			w,
			"not known how long an OOM report holds this machine up: the end of this "
			"page says why");
	} else if (d->seconds_now.mid > 0) {
		strbuf_puts(w, "each OOM kill prints for ");
		storm_interval(w, &d->seconds_now);
		if (d->undetermined)
			strbuf_puts(w, " at least");
		strbuf_puts(w, " before it frees any memory; what needs memory then waits about ");
		storm_seconds(w, s->stall_seconds.mid);
	} else {
		strbuf_puts(w, "no console holds this machine up in an OOM");
	}
	fprintf(p->out, "%s%-*s", style_on(p->style, look_of(worst(d))), LABEL_WIDTH + 2,
		worst(d) > SEVERITY_NOTICE ? severity_name(worst(d))
		: d->undetermined	   ? "not known"
					   : "ok");
	fputs(style_off(p->style, look_of(worst(d))), p->out);
	flow(p, LABEL_WIDTH + 2);
}

static void blame(struct page *p)
{
	const struct storm_prediction *s = &p->v->storm.prediction;
	const uint32_t i = slowest(s);
	const struct console *c;
	struct strbuf *w;

	if (i == CONSOLES_MAX)
		return;
	c = &p->v->storm.machine->consoles.console[i];
	w = begin(p);
	strbuf_escape(w, text_string(c->name));
	strbuf_printf(w, ", %" PRIu64 " baud: ", c->bits_per_second.value);
	strbuf_bytes(w, s->console[i].bytes.mid);
	strbuf_puts(w, " in ");
	storm_seconds(w, s->console[i].seconds.mid);
	if (s->console[i].task_table_seconds.mid > 0) {
		strbuf_puts(w, ", ");
		storm_seconds(w, s->console[i].task_table_seconds.mid);
		strbuf_printf(w, " of it the table of %.0f tasks", p->v->storm.shape.tasks);
	}
	if (p->v->storm.loglevel == UINT64_MAX)
		strbuf_puts(w, "; ignore_loglevel is on");
	else
		strbuf_printf(w, "; console_loglevel %" PRIu64, p->v->storm.loglevel);
	end(p, "slowest");
}

/* What was read is not what is judged. */
static void beside_guard(struct page *p)
{
	const struct machine *m = p->v->storm.machine;
	struct strbuf *w;

	if (!opt_is_known(m->guard.level))
		return;
	w = begin(p);
	strbuf_printf(w,
		      m->guard.gone ? "one that is gone has left console_loglevel at %" PRIu64
				      ", it was %" PRIu64
				      ": starting guard restores that, 'bulkhead "
				      "doctor --fix=console_loglevel' takes it over"
				    : "holds console_loglevel at %" PRIu64
				      " while memory is short, and will restore %" PRIu64,
		      m->guard.level.value, m->printk.console_loglevel.value);
	strbuf_printf(w, "; all here is judged at %" PRIu64, m->printk.console_loglevel.value);
	end(p, "guard");
}

static void count(struct page *p)
{
	const struct diagnosis *d = p->v->diagnosis;
	struct strbuf *w = begin(p);

	strbuf_printf(w, "%" PRIu32 " critical, %" PRIu32 " warning%s, %" PRIu32 " notice%s",
		      d->by_severity[SEVERITY_CRITICAL], d->by_severity[SEVERITY_WARNING],
		      d->by_severity[SEVERITY_WARNING] == 1 ? "" : "s",
		      d->by_severity[SEVERITY_NOTICE],
		      d->by_severity[SEVERITY_NOTICE] == 1 ? "" : "s");
	if (d->unknown_count)
		strbuf_printf(w, "; %" PRIu32 " not known", d->unknown_count);
	end(p, "findings");
}

static void cure(struct page *p)
{
	const struct diagnosis *d = p->v->diagnosis;
	struct strbuf *w = begin(p);
	bool any = false;

	strbuf_puts(w, "'bulkhead doctor --fix':");
	for (int i = REMEDY_NONE + 1; i < REMEDY_COUNT; i++) {
		if (!d->remedy[i].proposed)
			continue;
		strbuf_printf(w, "%s %s", any ? "," : "", remedy_name((enum remedy_id)i));
		if (opt_is_known(d->remedy[i].before))
			strbuf_printf(w, " %" PRIu64, d->remedy[i].before.value);
		strbuf_printf(w, " -> %" PRIu64, d->remedy[i].after.value);
		any = true;
	}
	if (!any)
		return;
	strbuf_puts(w, "; a report then prints for ");
	if (d->seconds_fixed.known)
		storm_seconds(w, d->seconds_fixed.mid);
	else
		strbuf_puts(w, "a time that is not known");
	end(p, "cure");
	if (!d->remedy[REMEDY_CONSOLE_LOGLEVEL].proposed)
		return;
	say(p, "loses", loglevel_loses(d->remedy[REMEDY_CONSOLE_LOGLEVEL].after.value));
	say(p, "back", "'bulkhead doctor --undo'");
}

static void finding(struct page *p, const struct finding *f)
{
	struct strbuf *w;

	fprintf(p->out, "\n%s%s%s  %s\n", style_on(p->style, look_of(f->severity)),
		severity_name(f->severity), style_off(p->style, look_of(f->severity)),
		finding_name(f->id));
	finding_describe(begin(p), f);
	end(p, "what");
	for (uint32_t i = 0; i < f->evidence_count; i++) {
		const struct evidence *e = &f->evidence[i];

		w = begin(p);
		strbuf_escape(w, text_string(e->file));
		strbuf_puts(w, ": ");
		strbuf_escape(w, text_string(e->value));
		end(p, i ? "" : "evidence");
	}
	if (f->cost_seconds.known) {
		storm_interval(begin(p), &f->cost_seconds);
		end(p, "costs");
	}
	finding_remedy(begin(p), f, p->v->diagnosis);
	end(p, "remedy");
	finding_loses(begin(p), f, p->v->diagnosis);
	end(p, "loses");
}

static void unknowns(struct page *p)
{
	const struct diagnosis *d = p->v->diagnosis;

	if (!d->unknown_count)
		return;
	fputs("\nNot known\n", p->out);
	for (uint32_t i = 0; i < d->unknown_count; i++) {
		struct strbuf *w = begin(p);

		unknown_describe(w, &d->unknown[i]);
		fputs("  - ", p->out);
		flow(p, 4);
	}
}

int doctor_text(FILE *out, const struct style *style, const struct doctor_view *v)
{
	struct style narrow = *style;
	struct page p = { .out = out, .style = &narrow, .v = v };
	static char picture[32 * 1024];
	struct strbuf s = STRBUF(picture);

	narrow.width = style->width ? MIN(style->width, PROSE_WIDTH_MAX) : PROSE_WIDTH_MAX;
	narrow.width = MAX(narrow.width, 40u);
	answer(&p);
	blame(&p);
	beside_guard(&p);
	count(&p);
	cure(&p);
	fputs("\nThe way of an OOM report on this machine\n\n", out);
	doctor_picture(&s, &narrow, v);
	fputs(s.buf, out);
	for (uint32_t i = 0; i < v->diagnosis->finding_count; i++)
		finding(&p, &v->diagnosis->finding[i]);
	unknowns(&p);
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}
