/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/leak_page.h"

#include <string.h>

#include "report/sentence.h"

#define WIDTH_MIN 40u

struct strbuf *page_begin(struct page *p)
{
	p->s = STRBUF(p->room);
	return &p->s;
}

void page_end(struct page *p)
{
	fputs(p->s.buf, p->out);
	fputc('\n', p->out);
}

void page_prose(struct page *p, size_t indent, const char *first)
{
	char room[5120], next[48];
	struct strbuf s = STRBUF(room);
	const uint32_t width = p->o->style->width;
	const size_t room_left =
		width ? MAX(MIN(width, PROSE_WIDTH_MAX), WIDTH_MIN) : PROSE_WIDTH_MAX;

	(void)snprintf(next, sizeof(next), "%*s", (int)indent, "");
	words_wrap(&s, room_left - indent, next, text_of(p->s.buf, p->s.len));
	fprintf(p->out, "%*s%s%s", (int)(indent - strlen(first)), "", first, s.buf);
}

void page_line(struct page *p)
{
	const uint32_t width = p->o->style->width;

	if (width && p->s.len > width)
		page_prose(p, 0, "");
	else
		page_end(p);
}

void page_escaped(struct strbuf *s, const char *p, size_t size)
{
	strbuf_escape(s, text_of(p, strnlen(p, size)));
}
