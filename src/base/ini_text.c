/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ini_text.h"

#include <string.h>

#include <ini.h>

#include "base/strbuf.h"

struct parse {
	struct text rest;
	unsigned line;
	const struct ini_reader *reader;
};

/* inih calls no handler for a section without keys. */
static void see_section(struct parse *p, struct text line)
{
	const char *problem, *end;

	line = text_trim(line);
	if (!p->reader->section || !line.n || line.p[0] != '[')
		return;
	end = memchr(line.p, ']', line.n);
	if (!end)
		return; /* inih tells it */
	problem = p->reader->section(p->reader->arg, p->line,
				     text_trim(text_of(line.p + 1, (size_t)(end - line.p) - 1)));
	if (problem)
		p->reader->problem(p->reader->arg, p->line, NULL, NULL, problem);
}

/* fgets for inih over a bounded text; counts lines, because inih does not tell its handler. */
static char *next_line(char *buf, int size, void *arg)
{
	struct parse *p = arg;
	struct text line;

	if (!text_next_line(&p->rest, &line))
		return NULL;
	p->line++;
	if (line.n >= (size_t)size - 1 || memchr(line.p, '\0', line.n)) {
		p->reader->problem(p->reader->arg, p->line, NULL, NULL,
				   "line is too long or holds a NUL byte; it is not used");
		line.n = 0;
	}
	see_section(p, line);
	memcpy(buf, line.p, line.n);
	buf[line.n] = '\n';
	buf[line.n + 1] = '\0';
	return buf;
}

static int handle_key(void *arg, const char *section, const char *name, const char *value)
{
	struct parse *p = arg;
	const char *problem = p->reader->key(p->reader->arg, p->line, section, name,
					     text_trim(text_of(value, strlen(value))));

	if (problem)
		p->reader->problem(p->reader->arg, p->line, section, name, problem);
	return 1;
}

void ini_read(struct text in, const struct ini_reader *reader)
{
	struct parse p = { .rest = in, .reader = reader };
	int line = ini_parse_stream(next_line, &p, handle_key, &p);

	/* inih tells only the first line it could not read; the rest follows once that is mended.
	 */
	if (line > 0)
		reader->problem(reader->arg, (unsigned)line, NULL, NULL,
				"is neither [section], key = value nor a comment");
	else if (line < 0)
		reader->problem(reader->arg, 0, NULL, NULL, "could not be parsed: out of memory");
}

void ini_describe(struct strbuf *out, const char *section, const char *name, const char *problem)
{
	if (section) {
		strbuf_putc(out, '[');
		strbuf_escape(out, text_of(section, strnlen(section, 40)));
		strbuf_puts(out, "] ");
	}
	if (name) {
		strbuf_escape(out, text_of(name, strnlen(name, 40)));
		strbuf_putc(out, ' ');
	}
	strbuf_puts(out, problem);
}
