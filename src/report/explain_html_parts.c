/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/explain_html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "report/explain_facts.h"
#include "report/explain_words.h"
#include "report/html.h"

/* Units of the drawings; the style sheet stretches them. */
#define BAR_WIDTH 1000.0
#define BAR_HEIGHT 36
#define ROW_WIDTH 200.0
#define ROW_HEIGHT 14

#define SWATCH(class)                                                                              \
	"<svg class=\"swatch\" viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect class=\"s" #class    \
		"\" width=\"1\" height=\"1\"/></svg>"

static void bytes_cell(FILE *out, struct opt_u64 bytes)
{
	char room[32];
	struct strbuf s = STRBUF(room);

	if (!opt_is_known(bytes)) {
		fputs("<td data-v=\"\">?</td>", out);
		return;
	}
	strbuf_bytes(&s, (double)bytes.value);
	fprintf(out, "<td data-v=\"%" PRIu64 "\">%s</td>", bytes.value, s.buf);
}

static double share_of(const struct oom_breakdown *b, int i)
{
	return opt_is_known(b->share_bytes[i]) ? (double)b->share_bytes[i].value : 0;
}

static void memory_bar(FILE *out, const struct explain_view *v, double sum)
{
	const struct oom_breakdown *b = &v->story->breakdown;
	double x = 0;

	fprintf(out,
		"<svg class=\"bar\" viewBox=\"0 0 %.0f %d\" preserveAspectRatio=\"none\" "
		"role=\"img\" aria-labelledby=\"mt%" PRIu32 " md%" PRIu32
		"\"><title id=\"mt%" PRIu32 "\">Where the memory was</title><desc id=\"md%" PRIu32
		"\">One part for each row of the table below, in its order</desc>",
		BAR_WIDTH, BAR_HEIGHT, v->number, v->number, v->number, v->number);
	for (int i = 0; i < OOM_SHARE_COUNT; i++) {
		const double width = share_of(b, i) / sum * BAR_WIDTH;

		if (width > 0)
			fprintf(out,
				"<rect class=\"s%d\" x=\"%.2f\" y=\"0\" width=\"%.2f\" "
				"height=\"%d\"/>",
				i, x, width, BAR_HEIGHT);
		x += width;
	}
	fputs("</svg>\n", out);
}

void explain_html_memory(FILE *out, const struct explain_view *v)
{
	const struct oom_breakdown *b = &v->story->breakdown;
	double sum = 0;

	for (int i = 0; i < OOM_SHARE_COUNT; i++)
		sum += share_of(b, i);
	if (!b->known || !(sum > 0))
		return;
	fprintf(out, "<h3>Memory of the %s</h3>\n", b->of_memcg ? "cgroup" : "machine");
	memory_bar(out, v, sum);
	fputs("<div class=\"scroll\"><table><thead><tr><th scope=\"col\" class=\"l\">part</th>"
	      "<th scope=\"col\">size</th><th scope=\"col\">share</th></tr></thead><tbody>\n",
	      out);
	for (int i = 0; i < OOM_SHARE_COUNT; i++) {
		if (!(share_of(b, i) > 0))
			continue;
		fprintf(out,
			"<tr><th scope=\"row\" class=\"l\"><svg class=\"swatch\" viewBox=\"0 0 1 "
			"1\" aria-hidden=\"true\"><rect class=\"s%d\" width=\"1\" height=\"1\"/>"
			"</svg>%s</th>",
			i, explain_share_words((enum oom_share)i));
		bytes_cell(out, b->share_bytes[i]);
		fprintf(out, "<td>%.0f %%</td></tr>\n", share_of(b, i) / sum * 100);
	}
	fputs("</tbody></table></div>\n", out);
	if (b->partial || b->sums_disagree || b->shares_exceed_total)
		fputs("<p class=\"soft\">The report is not complete or contradicts itself: take "
		      "these figures with care.</p>\n",
		      out);
}

static double known(struct opt_u64 o)
{
	return opt_is_known(o) ? (double)o.value : 0;
}

/* Free memory as a bar, the watermarks as lines over it. */
static void zone_bar(FILE *out, const struct oom_zone *z)
{
	const struct opt_u64 *c = z->counters.value;
	const double marked = MAX(known(c[OOM_HIGH]), known(c[OOM_MIN]));
	const double most = MAX(MAX(known(c[OOM_FREE]), marked), 1.0) * 1.05;
	static const enum oom_counter marks[] = { OOM_MIN, OOM_LOW, OOM_HIGH };

	fprintf(out,
		"<td><svg class=\"row\" viewBox=\"0 0 %.0f %d\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\"><rect class=\"s3\" width=\"%.2f\" height=\"%d\"/>",
		ROW_WIDTH, ROW_HEIGHT, known(c[OOM_FREE]) / most * ROW_WIDTH, ROW_HEIGHT);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (opt_is_known(c[marks[i]]))
			fprintf(out,
				"<line class=\"%s\" x1=\"%.2f\" x2=\"%.2f\" y1=\"0\" "
				"y2=\"%d\"/>",
				oom_counter_name(marks[i]), known(c[marks[i]]) / most * ROW_WIDTH,
				known(c[marks[i]]) / most * ROW_WIDTH, ROW_HEIGHT);
	fputs("</svg></td>", out);
}

void explain_html_zones(FILE *out, const struct explain_view *v)
{
	static const enum oom_counter shown[] = { OOM_FREE, OOM_MIN, OOM_LOW, OOM_HIGH,
						  OOM_MANAGED };
	const struct oom_memory *m = &v->report->memory;

	if (!m->zone_count)
		return;
	fputs("<h3>Zones: free memory against the watermarks</h3>\n<div class=\"scroll\"><table>"
	      "<caption>Bar: free; lines: min (thick), low, high.</caption><thead><tr>"
	      "<th scope=\"col\" class=\"l\">zone</th><th scope=\"col\">picture</th>",
	      out);
	for (size_t k = 0; k < ARRAY_SIZE(shown); k++)
		fprintf(out, "<th scope=\"col\">%s</th>", oom_counter_name(shown[k]));
	fputs("</tr></thead><tbody>\n", out);
	for (uint32_t i = 0; i < m->zone_count; i++) {
		const struct oom_zone *z = &m->zone[i];

		fprintf(out, "<tr%s><th scope=\"row\" class=\"l\">%" PRId32 " ",
			i == v->story->failure.zone ? " class=\"suspect\"" : "", z->node);
		html_hostile(out, z->name);
		fputs("</th>", out);
		zone_bar(out, z);
		for (size_t k = 0; k < ARRAY_SIZE(shown); k++)
			bytes_cell(out, z->counters.value[shown[k]]);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

/* rss, swap and page tables of a row, on the scale of the largest. */
static void task_bar(FILE *out, const struct explain_task *t, double most)
{
	const struct {
		int class;
		double bytes;
	} parts[] = { { OOM_SHARE_PROCESSES, known(t->rss_bytes) },
		      { OOM_SHARE_FILE, known(t->swap_bytes) },
		      { OOM_SHARE_PAGETABLES, known(t->pgtables_bytes) } };
	double x = 0;

	fprintf(out,
		"<td data-v=\"%" PRIu64 "\"><svg class=\"row\" viewBox=\"0 0 %.0f %d\" "
		"preserveAspectRatio=\"none\" aria-hidden=\"true\">",
		t->weight_bytes, ROW_WIDTH, ROW_HEIGHT);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const double width = parts[i].bytes / most * ROW_WIDTH;

		if (width > 0)
			fprintf(out,
				"<rect class=\"s%d\" x=\"%.2f\" width=\"%.2f\" height=\"%d\"/>",
				parts[i].class, x, width, ROW_HEIGHT);
		x += width;
	}
	fputs("</svg></td>", out);
}

static void adj_cell(FILE *out, const struct explain_task *t)
{
	fprintf(out, "<td data-v=\"%d\">%d</td>", t->task->oom_score_adj, t->task->oom_score_adj);
}

/* Columns behind the picture; what the log does not have is left out. */
static const struct {
	const char *key, *words;
	uint32_t needs; /* enum oom_column, any of them */
	size_t bytes;	/* offset of its opt_u64 in struct explain_task */
} size_columns[] = {
	{ "rss", "rss", OOM_COLUMN_RSS | OOM_COLUMN_RSS_ANON,
	  offsetof(struct explain_task, rss_bytes) },
	{ "anon", "anon", OOM_COLUMN_RSS_ANON, offsetof(struct explain_task, anon_bytes) },
	{ "shmem", "shmem", OOM_COLUMN_RSS_SHMEM, offsetof(struct explain_task, shmem_bytes) },
	{ "swap", "swap", OOM_COLUMN_SWAPENTS, offsetof(struct explain_task, swap_bytes) },
	{ "pgtables", "page tables", OOM_COLUMN_PGTABLES_BYTES | OOM_COLUMN_NR_PTES,
	  offsetof(struct explain_task, pgtables_bytes) },
};

static void task_row(FILE *out, const struct explain_view *v, uint32_t index, double most)
{
	const uint32_t columns = v->report->columns;
	struct explain_task t;

	explain_task_of(v, index, &t);
	fprintf(out,
		"<tr class=\"%s%s\"><td data-v=\"%" PRId64 "\">%" PRId64 "</td><td class=\"l\">",
		t.victim ? "victim " : "", t.suspect ? "suspect" : "", t.task->pid, t.task->pid);
	html_hostile(out, t.task->comm);
	fprintf(out, "</td><td class=\"l\">%s%s%s</td>", t.victim ? "killed" : "",
		t.victim && t.suspect ? ", " : "", t.suspect ? "likely leaker" : "");
	task_bar(out, &t, most);
	for (size_t i = 0; i < ARRAY_SIZE(size_columns); i++)
		if (columns & size_columns[i].needs)
			bytes_cell(out,
				   *(const struct opt_u64 *)(const void *)((const char *)&t +
									   size_columns[i].bytes));
	if (columns & OOM_COLUMN_OOM_SCORE_ADJ)
		adj_cell(out, &t);
	if (t.points_known)
		fprintf(out, "<td data-v=\"%.0f\">%.0f</td></tr>\n", t.points, t.points);
	else
		fputs("<td data-v=\"\"></td></tr>\n", out);
}

static void head_cell(FILE *out, const char *key, const char *words, bool number)
{
	fprintf(out, "<th scope=\"col\" class=\"%s\" data-key=\"%s\" data-kind=\"%s\">%s</th>",
		number ? "" : "l", key, number ? "number" : "words", words);
}

static void task_head(FILE *out, uint32_t columns)
{
	head_cell(out, "pid", "pid", true);
	head_cell(out, "name", "name", false);
	head_cell(out, "mark", "mark", false);
	head_cell(out, "size", "size", true);
	for (size_t i = 0; i < ARRAY_SIZE(size_columns); i++)
		if (columns & size_columns[i].needs)
			head_cell(out, size_columns[i].key, size_columns[i].words, true);
	if (columns & OOM_COLUMN_OOM_SCORE_ADJ)
		head_cell(out, "adj", "adj", true);
	head_cell(out, "badness", "badness", true);
}

void explain_html_tasks(FILE *out, const struct explain_view *v, uint32_t top)
{
	const struct oom_report *r = v->report;
	uint32_t list[EXPLAIN_TOP_MAX];
	const uint32_t count = explain_top(v, top, list);
	double most = 1;

	if (!count)
		return;
	for (uint32_t i = 0; i < count; i++) {
		struct explain_task t;

		explain_task_of(v, list[i], &t);
		most = MAX(most, (double)t.weight_bytes);
	}
	fprintf(out,
		"<h3>Tasks: %" PRIu32 " of %" PRIu32 "</h3>\n<div class=\"scroll\">"
		"<table class=\"sortable tasks\"><caption>By badness. Bar: " SWATCH(
			0) "resident, " SWATCH(1) "swapped, " SWATCH(5) "page "
									"tables.</"
									"caption><thead><tr>",
		count, r->task_count + r->tasks_dropped);
	task_head(out, r->columns);
	fputs("</tr></thead><tbody>\n", out);
	for (uint32_t i = 0; i < count; i++)
		task_row(out, v, list[i], most);
	fputs("</tbody></table></div>\n", out);
}

/*
 * The clock that all storms have. Times since boot are of one boot only when there is one input and
 * they never go back.
 */
static bool storm_times(const struct oom_storms *s, bool one_input, double *begin, double *end)
{
	bool boot = one_input, wall = true;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct oom_storm *o = &s->storm[i];

		boot &= opt_is_known(o->begin.boot_usec) && opt_is_known(o->end.boot_usec) &&
			(i == 0 ||
			 o->begin.boot_usec.value >= s->storm[i - 1].begin.boot_usec.value);
		wall &= opt_is_known(o->begin.wall_usec) && opt_is_known(o->end.wall_usec);
	}
	for (uint32_t i = 0; i < s->count; i++) {
		const struct oom_storm *o = &s->storm[i];

		begin[i] = (double)(wall ? o->begin.wall_usec : o->begin.boot_usec).value / 1e6;
		end[i] = (double)(wall ? o->end.wall_usec : o->end.boot_usec).value / 1e6;
	}
	return boot || wall;
}

#define LINE_HEIGHT 22
#define TIME_LEFT 70.0
#define TIME_WIDTH 900.0

static void time_line(FILE *out, const struct oom_storms *s, bool one_input)
{
	double begin[OOM_STORMS] = { 0 }, end[OOM_STORMS] = { 0 }, first, last;
	char room[32];
	struct strbuf span = STRBUF(room);

	if (!storm_times(s, one_input, begin, end))
		return;
	first = begin[0];
	last = end[0];
	for (uint32_t i = 0; i < s->count; i++) {
		first = MIN(first, begin[i]);
		last = MAX(last, end[i]);
	}
	strbuf_seconds(&span, last - first);
	fprintf(out,
		"<div class=\"scroll\"><svg class=\"time\" viewBox=\"0 0 1000 %" PRIu32
		"\" role=\"img\" "
		"aria-labelledby=\"tt td\"><title id=\"tt\">When the storms were, over %s</title>"
		"<desc id=\"td\">A bar for each row of the table below, from its first report to "
		"its last</desc>",
		s->count * LINE_HEIGHT, span.buf);
	for (uint32_t i = 0; i < s->count; i++) {
		const double scale = last > first ? TIME_WIDTH / (last - first) : 0;
		const double x = TIME_LEFT + (begin[i] - first) * scale;
		const double width = MAX((end[i] - begin[i]) * scale, 4.0);

		fprintf(out,
			"<text x=\"0\" y=\"%" PRIu32 "\">OOM %" PRIu32 "</text>"
			"<rect class=\"s4\" x=\"%.1f\" y=\"%" PRIu32
			"\" width=\"%.1f\" height=\"14\"/>",
			i * LINE_HEIGHT + 15, s->storm[i].first, x, i * LINE_HEIGHT + 4, width);
	}
	fputs("</svg></div>\n", out);
}

/* The first `shown` reports are on the page: only they can be linked to. */
static void storm_row(FILE *out, const struct oom_storm *o, uint32_t shown)
{
	char room[256], took[32];
	struct strbuf s = STRBUF(room), t = STRBUF(took);

	explain_when(&s, &o->begin, o->origin);
	if (o->printed_known)
		strbuf_seconds(&t, o->print_seconds);
	else
		strbuf_putc(&t, '?');
	fputs("<tr><th scope=\"row\" class=\"l\">", out);
	if (o->first <= shown)
		fprintf(out, "<a href=\"#oom-%" PRIu32 "\">", o->first);
	fprintf(out, "OOM %" PRIu32, o->first);
	if (o->last != o->first)
		fprintf(out, " to %" PRIu32, o->last);
	fprintf(out, "%s</th><td class=\"l\">", o->first <= shown ? "</a>" : "");
	html_text(out, text_of(s.buf, s.len));
	fputs("</td><td class=\"l\">", out);
	html_hostile(out, *o->subject ? o->subject : "the machine");
	fprintf(out, "</td><td>%" PRIu32 "</td><td>%" PRIu32 "</td><td class=\"l\">", o->reports,
		o->kills);
	html_hostile(out, o->victim);
	fprintf(out, "</td><td>%s</td></tr>\n", t.buf);
}

void explain_html_storms(FILE *out, const struct explain_end *e, uint32_t shown)
{
	const struct oom_storms *s = e->storms;

	if (s->reports < 2)
		return;
	fputs("<section aria-label=\"Storms\"><h2>Storms</h2>\n", out);
	time_line(out, e->storms, e->inputs == 1);
	fputs("<div class=\"scroll\"><table><thead><tr><th scope=\"col\" class=\"l\">reports</th>"
	      "<th scope=\"col\" class=\"l\">from</th><th scope=\"col\" class=\"l\">of</th>"
	      "<th scope=\"col\">reports</th><th scope=\"col\">killed</th>"
	      "<th scope=\"col\" class=\"l\">most often</th><th scope=\"col\">printing</th></tr>"
	      "</thead><tbody>\n",
	      out);
	for (uint32_t i = 0; i < s->count; i++)
		storm_row(out, &s->storm[i], shown);
	fputs("</tbody></table></div></section>\n", out);
}
