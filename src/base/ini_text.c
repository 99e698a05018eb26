/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ini_text.h"

#include <string.h>

#include <ini.h>

#include "base/strbuf.h"

/* inih keeps 49 bytes of a section's name, and says nothing about the rest. */
#define SECTION_BYTES 49

struct parse {
	struct text rest;
	unsigned line;
	const struct ini_reader *reader;
	bool skip; /* until the next section: to the one before these keys do not belong */
};

/* inih calls no handler for a section without keys. */
static void see_section(struct parse *p, struct text line)
{
	const char *problem, *end;

	line = text_trim(line);
	if (!line.n || line.p[0] != '[')
		return;
	p->skip = false;
	if (!p->reader->section)
		return;
	end = memchr(line.p, ']', line.n);
	if (!end)
		return; /* inih tells it */
	problem = p->reader->section(p->reader->arg, p->line,
				     text_trim(text_of(line.p + 1, (size_t)(end - line.p) - 1)));
	if (problem)
		p->reader->problem(p->reader->arg, p->line, NULL, NULL, problem);
}

/* NULL, or why inih is not to get this line. */
static const char *find_problem(struct parse *p, struct text line, size_t room)
{
	struct text inner = text_trim(line);
	bool section = inner.n && inner.p[0] == '[';
	const char *end = section ? memchr(inner.p, ']', inner.n) : NULL;
	const char *problem = NULL;

	if (line.n >= room || memchr(line.p, '\0', line.n))
		problem = "line is too long or holds a NUL byte; it is not used";
	else if (section && line.p[0] != '[') /* inih takes it for more of the value above */
		problem = "the '[' of a section is indented; the section is not used";
	else if (end && end - inner.p - 1 > SECTION_BYTES)
		problem = "the name of the section is longer than 49 bytes; it is not used";
	if (problem && section)
		p->skip = true;
	return problem;
}

/* fgets for inih over a bounded text; counts lines, because inih does not tell its handler. */
static char *next_line(char *buf, int size, void *arg)
{
	struct parse *p = arg;
	const char *problem;
	struct text line;

	if (!text_next_line(&p->rest, &line))
		return NULL;
	p->line++;
	problem = find_problem(p, line, (size_t)size - 1);
	if (problem) {
		p->reader->problem(p->reader->arg, p->line, NULL, NULL, problem);
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
	const char *problem;

	if (p->skip)
		return 1;
	problem = p->reader->key(p->reader->arg, p->line, section, name,
				 text_trim(text_string(value)));
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
