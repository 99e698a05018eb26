/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/explain_html.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/explain_facts.h"
#include "report/explain_html_parts.h"
#include "report/explain_words.h"
#include "report/html.h"
#include "report/web_assets.h"

struct item {
	char room[1280];
	struct strbuf words;
};

static struct strbuf *begin_item(struct item *i)
{
	i->words = STRBUF(i->room);
	return &i->words;
}

static void end_item(FILE *out, struct item *i, const char *label, const char *class)
{
	if (!i->words.len)
		return;
	fprintf(out, "<dt>%s</dt><dd class=\"%s\">", label, class);
	html_text(out, text_of(i->words.buf, i->words.len));
	fputs("</dd>\n", out);
}

static void story(FILE *out, const struct explain_view *v)
{
	const struct oom_report *r = v->report;
	struct item i;

	fputs("<dl>\n", out);
	explain_when(begin_item(&i), &r->first, r->origin);
	end_item(out, &i, "when", "");
	strbuf_escape(begin_item(&i), text_string(r->release));
	end_item(out, &i, "kernel", "");
	explain_asked(begin_item(&i), v);
	end_item(out, &i, "asked", "");
	explain_refused(begin_item(&i), v);
	end_item(out, &i, "refused", "");
	explain_killed(begin_item(&i), v);
	end_item(out, &i, "killed", "");
	explain_verdict(begin_item(&i), v);
	end_item(out, &i, "verdict", "verdict");
	explain_printing(begin_item(&i), v, true);
	end_item(out, &i, "printing", "");
	explain_missing(begin_item(&i), v);
	end_item(out, &i, "missing", "");
	explain_name(begin_item(&i), v->input, 200);
	strbuf_printf(&i.words, ", line %" PRIu64 " to %" PRIu64, r->first_line, r->last_line);
	end_item(out, &i, "text", "soft");
	fputs("</dl>\n", out);
}

static void reasons(FILE *out, const struct oom_story *t)
{
	struct item i;

	if (!t->reason_count)
		return;
	fputs("<h3>Because</h3>\n<ul>\n", out);
	for (uint32_t k = 0; k < t->reason_count; k++) {
		explain_reason(begin_item(&i), &t->reason[k]);
		fputs("<li>", out);
		html_text(out, text_of(i.words.buf, i.words.len));
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void advice(FILE *out, const struct oom_story *t)
{
	struct item i;

	if (!t->advice_count)
		return;
	fputs("<h3>What to do</h3>\n<ol class=\"advice\">\n", out);
	for (uint32_t k = 0; k < t->advice_count; k++) {
		explain_advice(begin_item(&i), &t->advice[k]);
		fputs("<li>", out);
		html_text(out, text_of(i.words.buf, i.words.len));
		explain_advice_command(begin_item(&i), &t->advice[k]);
		if (i.words.len) {
			fputs("<code>", out);
			html_text(out, text_of(i.words.buf, i.words.len));
			fputs("</code>", out);
		}
		fputs("</li>\n", out);
	}
	fputs("</ol>\n", out);
}

/* A further report of a storm is closed: the first has told the story. */
static int report(void *self, const struct explain_view *v)
{
	struct explain_html *h = self;
	const bool closed = v->in_storm > 1;
	struct strbuf s;

	if (h->shown == EXPLAIN_HTML_REPORTS) {
		h->left_out++;
		return 0;
	}
	h->index[h->shown].number = v->number;
	s = STRBUF(h->index[h->shown].headline);
	explain_headline(&s, v);
	h->shown++;
	fprintf(h->body, "<article id=\"oom-%" PRIu32 "\">\n%s<h2>OOM %" PRIu32 ": ", v->number,
		closed ? "<details><summary>" : "", v->number);
	html_text(h->body, text_of(s.buf, s.len));
	fprintf(h->body, "</h2>\n%s", closed ? "</summary>\n" : "");
	story(h->body, v);
	advice(h->body, v->story);
	reasons(h->body, v->story);
	explain_html_memory(h->body, v);
	explain_html_zones(h->body, v);
	explain_html_tasks(h->body, v, MAX(h->top, (uint32_t)EXPLAIN_HTML_TASKS));
	fprintf(h->body, "%s</article>\n", closed ? "</details>\n" : "");
	return ferror(h->body) ? -EIO : 0;
}

static void head(FILE *out, const struct explain_end *e)
{
	char room[64];
	struct strbuf s = STRBUF(room);

	fprintf(out,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<title>%" PRIu32 " OOM report%s</title>\n<style>",
		web_explain_css_hash, web_explain_js_hash, e->reports, e->reports == 1 ? "" : "s");
	fputs(web_explain_css, out);
	fprintf(out, "</style>\n</head>\n<body>\n<header><h1>%" PRIu32 " OOM report%s</h1>\n",
		e->reports, e->reports == 1 ? "" : "s");
	strbuf_bytes(&s, (double)e->bytes);
	fprintf(out,
		"<p class=\"soft\">Explained by bulkhead " BULKHEAD_VERSION ": %s read from "
		"%" PRIu32 " input%s.</p></header>\n",
		room, e->inputs, e->inputs == 1 ? "" : "s");
}

static void contents(FILE *out, const struct explain_html *h)
{
	if (h->left_out)
		fprintf(out,
			"<p><strong>The first %" PRIu32 " reports are on this page; %" PRIu32
			" more are left out.</strong> The text and --json have them "
			"all.</p>\n",
			h->shown, h->left_out);
	if (h->shown < 2)
		return;
	fputs("<nav aria-label=\"Reports\"><ul>\n", out);
	for (uint32_t i = 0; i < h->shown; i++) {
		fprintf(out, "<li><a href=\"#oom-%" PRIu32 "\">OOM %" PRIu32 ": ",
			h->index[i].number, h->index[i].number);
		html_text(out, text_string(h->index[i].headline));
		fputs("</a></li>\n", out);
	}
	fputs("</ul></nav>\n", out);
}

static int copy(FILE *from, FILE *to)
{
	char block[16384];
	size_t n;

	if (fflush(from) == EOF || fseek(from, 0, SEEK_SET) < 0)
		return -EIO;
	while ((n = fread(block, 1, sizeof(block), from)) > 0)
		if (fwrite(block, 1, n, to) != n)
			return -EIO;
	return ferror(from) ? -EIO : 0;
}

static int end(void *self, const struct explain_end *e)
{
	struct explain_html *h = self;
	int r;

	head(h->out, e);
	explain_html_storms(h->out, e, h->shown);
	contents(h->out, h);
	fputs("<main>\n", h->out);
	if (!e->reports)
		fputs("<p>No OOM report was found.</p>\n", h->out);
	r = copy(h->body, h->out);
	fputs("</main>\n<script>", h->out);
	fputs(web_explain_js, h->out);
	fputs("</script>\n</body>\n</html>\n", h->out);
	return r ? r : fflush(h->out) == EOF || ferror(h->out) ? -EIO : 0;
}

struct explain_renderer explain_html_renderer(struct explain_html *h)
{
	return (struct explain_renderer){ .self = h, .report = report, .end = end };
}
