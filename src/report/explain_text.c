/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/explain_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/columns.h"
#include "report/explain_page.h"
#include "report/explain_words.h"
#include "report/sentence.h"
#include "report/storm_view.h"

/* Nobody waits for less. */
#define NOTABLE_SECONDS 0.1
#define STORMS_SHOWN 10
/* A fragment against a report; one whose trace is missing is not another story. */
#define NOTABLE_PARTS 3
#define ENTRY_INDENT "    "

struct field {
	const char *label;
	char room[1280];
	struct strbuf words;
	uint32_t needs, gets;
};

/* In the order they are printed. */
enum story_field {
	FIELD_WHEN,
	FIELD_ASKED,
	FIELD_REFUSED,
	FIELD_KILLED,
	FIELD_VERDICT,
	FIELD_FIRST,
	FIELD_COMMAND,
	FIELD_PRINTING,
	FIELD_MISSING,
	FIELD_COUNT,
};

/* "12 %" and "3 GiB" do not break; what is shown holds no control character. */
#define GLUE '\001'

static bool is_unit(struct text word)
{
	static const char *const units[] = { "%",   "B",   "KiB", "MiB", "GiB", "TiB",
					     "PiB", "min", "s",	  "h",	 "d",	"y" };

	while (word.n && strchr(",;:).", word.p[word.n - 1]))
		word.n--;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (text_is(word, units[i]))
			return true;
	return false;
}

static void glue(struct strbuf *s, struct text rest)
{
	struct text word;
	bool number = false;

	while (text_next_word(&rest, &word)) {
		if (s->len)
			strbuf_putc(s, number && is_unit(word) ? GLUE : ' ');
		strbuf_add(s, word.p, word.n);
		number = word.p[word.n - 1] >= '0' && word.p[word.n - 1] <= '9';
	}
}

static void unglue(struct strbuf *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->buf[i] == GLUE)
			s->buf[i] = ' ';
}

static void wrap(struct strbuf *s, const struct style *style, const char *next, const char *words)
{
	char room[4096];
	struct strbuf glued = STRBUF(room);

	glue(&glued, text_string(words));
	words_wrap(s, style->width - EXPLAIN_LABEL_WIDTH - 2, next, text_of(room, glued.len));
	unglue(s);
}

void explain_flow(FILE *out, const struct style *style, const char *label, const char *words,
		  uint32_t lines)
{
	char room[8192], next[EXPLAIN_LABEL_WIDTH + 3], line[4 * OOM_CGROUP_SIZE + 128];
	struct strbuf wrapped = STRBUF(room), s;
	struct text rest, one;
	uint32_t n = 0;

	(void)snprintf(next, sizeof(next), "%*s", EXPLAIN_LABEL_WIDTH + 2, "");
	wrap(&wrapped, style, next, words);
	rest = text_of(wrapped.buf, wrapped.len);
	while (text_next_line(&rest, &one) && (!lines || n < lines)) {
		s = STRBUF(line);
		if (n++ == 0)
			strbuf_printf(&s, "  %-*s", EXPLAIN_LABEL_WIDTH, label);
		strbuf_add(&s, one.p, MIN(one.n, sizeof(line) - 64));
		if (n == lines && rest.n)
			strbuf_puts(&s, " ~");
		/* A long path is all there where nothing is to be cut. */
		columns_cut(&s, lines ? style->width : 0);
		fprintf(out, "%s\n", s.buf);
	}
}

void explain_command(FILE *out, const char *command)
{
	if (*command)
		fprintf(out, "%*s$ %s\n", EXPLAIN_LABEL_WIDTH + 2, "", command);
}

/* How many lines explain_flow() would take. */
static uint32_t flow_lines(const struct style *style, const char *words)
{
	char room[8192];
	struct strbuf s = STRBUF(room);
	uint32_t n = 0;

	wrap(&s, style, "", words);
	for (const char *p = s.buf; *p; p++)
		n += *p == '\n';
	return n;
}

/* The looks of watch: what is a leak there is a kill of the wrong one here. */
static enum verdict_class look_of(enum oom_cause c)
{
	static const enum verdict_class looks[OOM_CAUSE_COUNT] = {
		[OOM_CAUSE_LEAKER_KILLED] = VERDICT_SUSPECT,
		[OOM_CAUSE_INNOCENT_KILLED] = VERDICT_LEAKING,
		[OOM_CAUSE_LIMIT_TOO_SMALL] = VERDICT_SUSPECT,
		[OOM_CAUSE_KERNEL_LEAK] = VERDICT_LEAKING,
		[OOM_CAUSE_FORK_BOMB] = VERDICT_LEAKING,
		[OOM_CAUSE_FRAGMENTATION] = VERDICT_SUSPECT,
		[OOM_CAUSE_SHMEM] = VERDICT_LEAKING,
	};

	return looks[c];
}

static void headline(struct explain_text *t, const struct explain_view *v)
{
	const enum verdict_class look = look_of(v->story->cause);
	char room[512];
	struct strbuf s = STRBUF(room);

	strbuf_printf(&s, "OOM %" PRIu32 ": ", v->number);
	explain_headline(&s, v);
	columns_cut(&s, t->style.width);
	fprintf(t->out, "%s%s%s\n", style_on(&t->style, look), s.buf, style_off(&t->style, look));
}

static void when(struct strbuf *s, const struct explain_view *v, bool brief)
{
	const struct oom_report *r = v->report;
	struct oom_stamp at = r->first;

	/* Where there is no room for both clocks, the one that people have. */
	if (brief && *at.wall_text)
		at.boot_usec = opt_u64_none(ABSENT);
	explain_when(s, &at, brief ? "" : r->origin);
	if (*r->release) {
		strbuf_puts(s, ", kernel ");
		explain_name(s, r->release, 40);
	}
	strbuf_printf(s, "; line %" PRIu64, r->first_line);
}

/* What to do first. The command has a line of its own, never broken: it is there to be copied. */
static void first(struct strbuf *s, struct strbuf *command, const struct explain_view *v)
{
	if (!v->story->advice_count)
		return;
	explain_advice(s, &v->story->advice[0]);
	explain_advice_command(command, &v->story->advice[0]);
}

static void fill(struct field *f, const struct explain_view *v, bool all)
{
	static const char *const labels[FIELD_COUNT] = {
		"when",	    "asked", "refused",	 "killed",  "verdict",
		"do first", "",	     "printing", "missing",
	};

	for (int i = 0; i < FIELD_COUNT; i++) {
		f[i].label = labels[i];
		f[i].words = STRBUF(f[i].room);
	}
	when(&f[FIELD_WHEN].words, v, false);
	explain_asked(&f[FIELD_ASKED].words, v);
	explain_refused(&f[FIELD_REFUSED].words, v);
	explain_killed(&f[FIELD_KILLED].words, v);
	explain_verdict(&f[FIELD_VERDICT].words, v);
	first(&f[FIELD_FIRST].words, &f[FIELD_COMMAND].words, v);
	explain_printing(&f[FIELD_PRINTING].words, v, all);
	explain_missing(&f[FIELD_MISSING].words, v);
}

static uint32_t count_lines(struct field *f, const struct style *style)
{
	uint32_t all = 0;

	for (int i = 0; i < FIELD_COUNT; i++) {
		f[i].needs = !f[i].words.len	  ? 0
			     : i == FIELD_COMMAND ? 1
						  : flow_lines(style, f[i].words.buf);
		f[i].gets = f[i].needs ? 1 : 0;
		all += f[i].needs;
	}
	return all;
}

/* A line each; what is left of the ten goes where it is needed most. */
static void share_out(struct field *f)
{
	static const enum story_field order[] = { FIELD_WHEN,	 FIELD_KILLED,	FIELD_VERDICT,
						  FIELD_REFUSED, FIELD_FIRST,	FIELD_ASKED,
						  FIELD_MISSING, FIELD_PRINTING };
	uint32_t left = EXPLAIN_STORY_LINES - 1;

	for (int i = 0; i < FIELD_COUNT; i++)
		left -= f[i].gets;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		struct field *one = &f[order[i]];
		const uint32_t more = MIN(one->needs - one->gets, left);

		one->gets += more;
		left -= more;
	}
}

static void story(struct explain_text *t, const struct explain_view *v)
{
	struct field f[FIELD_COUNT];

	headline(t, v);
	fill(f, v, t->all);
	if (count_lines(f, &t->style) > EXPLAIN_STORY_LINES - 1 && !t->all) {
		f[FIELD_WHEN].words = STRBUF(f[FIELD_WHEN].room);
		when(&f[FIELD_WHEN].words, v, true);
		(void)count_lines(f, &t->style);
	}
	share_out(f);
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (i == FIELD_COMMAND)
			explain_command(t->out, f[i].words.buf);
		else if (f[i].words.len)
			explain_flow(t->out, &t->style, f[i].label, f[i].words.buf,
				     t->all ? 0 : f[i].gets);
	}
}

/* One that panics, is more complete than those told of its storm, or has another verdict. */
static bool tells_more(const struct explain_text *t, const struct explain_view *v)
{
	const uint32_t cause = 1u << v->story->cause;
	const struct explain_told *told;

	if (v->storm >= OOM_STORMS || *v->report->panic)
		return true;
	told = &t->told[v->storm];
	return (uint32_t)__builtin_popcount(v->report->parts) > told->parts + NOTABLE_PARTS ||
	       (v->story->cause != OOM_CAUSE_CANNOT_TELL && !(told->causes & cause));
}

static void remember(struct explain_text *t, const struct explain_view *v)
{
	struct explain_told *told;

	if (v->storm >= OOM_STORMS)
		return;
	told = &t->told[v->storm];
	if (v->in_storm == 1)
		*told = (struct explain_told){ 0 };
	told->causes |= 1u << v->story->cause;
	told->parts = MAX(told->parts, (uint32_t)__builtin_popcount(v->report->parts));
}

/* A further report of a storm: what differs from the one before. */
static void one_line(struct explain_text *t, const struct explain_view *v)
{
	char room[512], wrapped_room[1024];
	struct strbuf s = STRBUF(room), wrapped = STRBUF(wrapped_room);
	double seconds;

	strbuf_printf(&s, "OOM %" PRIu32, v->number);
	if (explain_between(&t->last, &v->report->first, &seconds)) {
		strbuf_puts(&s, seconds < 0 ? " " : " +");
		strbuf_seconds(&s, seconds);
	}
	strbuf_puts(&s, ": ");
	explain_headline(&s, v);
	strbuf_printf(&s, "; %s", explain_cause_words(v->story->cause));
	words_wrap(&wrapped, t->style.width - strlen(ENTRY_INDENT), ENTRY_INDENT,
		   text_of(s.buf, s.len));
	fputs(wrapped.buf, t->out);
}

static int written(FILE *out)
{
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}

static int report(void *self, const struct explain_view *v)
{
	struct explain_text *t = self;
	const bool full = t->all || v->in_storm == 1 || tells_more(t, v);

	if (t->name_inputs && strcmp(t->input, v->input) != 0) {
		char room[1100];
		struct strbuf s = STRBUF(room);

		(void)snprintf(t->input, sizeof(t->input), "%s", v->input);
		explain_name(&s, v->input, sizeof(t->input));
		fprintf(t->out, "%s== %s\n", v->number > 1 ? "\n" : "", s.buf);
	} else if (v->number > 1 && full) {
		fputc('\n', t->out);
	}
	if (!full) {
		one_line(t, v);
		t->quiet_story = true;
	} else {
		remember(t, v);
		story(t, v);
		if (t->all)
			explain_details(t->out, &t->style, v, t->top);
		else if (t->table)
			explain_table(t->out, &t->style, v, t->top);
	}
	t->last = v->report->first;
	return written(t->out);
}

static void storm_line(struct explain_text *t, const struct oom_storm *o)
{
	char room[1024];
	struct strbuf s = STRBUF(room);
	double seconds;

	strbuf_printf(&s, "%" PRIu32 " reports (OOM %" PRIu32 " to %" PRIu32 ")", o->reports,
		      o->first, o->last);
	if (explain_between(&o->begin, &o->end, &seconds) && seconds >= 0) {
		strbuf_puts(&s, " in ");
		strbuf_seconds(&s, seconds);
	}
	if (*o->subject) {
		strbuf_puts(&s, " of ");
		explain_name(&s, o->subject, 44);
	}
	if (*o->origin) {
		strbuf_puts(&s, " on ");
		explain_name(&s, o->origin, 40);
	}
	strbuf_printf(&s, ", %" PRIu32 " killed", o->kills);
	if (*o->victim && o->victim_kills > 1) {
		strbuf_printf(&s, ", %" PRIu32 " times ", o->victim_kills);
		explain_name(&s, o->victim, OOM_COMM_SIZE);
	}
	if (o->printed_known && o->print_seconds >= NOTABLE_SECONDS) {
		strbuf_puts(&s, ", printing took ");
		storm_seconds(&s, o->print_seconds);
	}
	if (opt_is_known(o->suppressed) && o->suppressed.value)
		strbuf_printf(&s, ", %" PRIu64 " messages dropped by the rate limit",
			      o->suppressed.value);
	explain_flow(t->out, &t->style, "storm", s.buf, 0);
}

static void storms(struct explain_text *t, const struct oom_storms *o)
{
	uint32_t shown = 0, more = 0;

	for (uint32_t i = 0; i < o->count; i++) {
		if (o->storm[i].reports < 2)
			continue;
		if (shown < STORMS_SHOWN || t->all)
			storm_line(t, &o->storm[i]);
		else
			more++;
		shown++;
	}
	if (more)
		fprintf(t->out, "  and %" PRIu32 " storms more: --all, --json\n", more);
	if (o->dropped)
		fprintf(t->out,
			"  %" PRIu32 " reports belong to storms that there was no room for\n",
			o->dropped);
}

static void how_much(struct strbuf *s, const struct explain_end *e)
{
	strbuf_bytes(s, (double)e->bytes);
	strbuf_printf(s, " read from %" PRIu32 " input%s", e->inputs, e->inputs == 1 ? "" : "s");
	if (e->unreadable)
		strbuf_printf(s, ", %" PRIu32 " could not be read", e->unreadable);
	if (e->lines_cut)
		strbuf_printf(s, ", %" PRIu64 " lines too long and cut", e->lines_cut);
	if (e->lost_records)
		strbuf_printf(s, ", %" PRIu64 " kernel messages overwritten before they were read",
			      e->lost_records);
}

static void neighbours(struct explain_text *t, const struct explain_end *e)
{
	char room[512];
	struct strbuf s = STRBUF(room);

	for (int i = 0; i < OOM_NEIGHBOUR_COUNT; i++)
		if (e->neighbours[i])
			strbuf_printf(&s, "%s%s: %" PRIu64, s.len ? ", " : "",
				      oom_neighbour_name((enum oom_neighbour_kind)i),
				      e->neighbours[i]);
	if (s.len)
		explain_flow(t->out, &t->style, "also said", s.buf, 0);
}

static int end(void *self, const struct explain_end *e)
{
	struct explain_text *t = self;
	char room[512];
	struct strbuf s = STRBUF(room);

	if (!e->reports)
		strbuf_puts(&s, "no OOM report found: ");
	else
		strbuf_printf(&s, "%s%" PRIu32 " OOM report%s: ", e->reports ? "\n" : "",
			      e->reports, e->reports == 1 ? "" : "s");
	how_much(&s, e);
	fprintf(t->out, "%s\n", s.buf);
	storms(t, e->storms);
	neighbours(t, e);
	if (e->reports && !t->all)
		fputs(t->quiet_story ? "  --all tells every report in full, with reasons, memory, "
				       "tasks and advice\n"
				     : "  --all adds reasons, memory, zones, tasks and advice\n",
		      t->out);
	return written(t->out);
}

struct explain_renderer explain_text_renderer(struct explain_text *t)
{
	/* Prose in longer lines is hard to read, and a ticket wraps it anyhow. */
	t->style.width = MAX(t->style.width ? MIN(t->style.width, 100u) : 80u, 40u);
	return (struct explain_renderer){ .self = t, .report = report, .end = end };
}
