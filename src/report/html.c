/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/html.h"

#include <string.h>

#include "base/strbuf.h"

#define HOSTILE_MAX 4096

void html_text(FILE *out, struct text safe)
{
	static const char special[] = "&<>\"'";
	static const char *const entity[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	for (size_t i = 0; i < safe.n; i++) {
		const char *at = safe.p[i] ? strchr(special, safe.p[i]) : NULL;

		if (at)
			(void)fputs(entity[at - special], out);
		else
			(void)fputc(safe.p[i], out);
	}
}

void html_hostile(FILE *out, const char *hostile)
{
	char room[4 * HOSTILE_MAX + 1];
	struct strbuf s = STRBUF(room);

	strbuf_escape(&s, text_of(hostile, strnlen(hostile, HOSTILE_MAX)));
	html_text(out, text_of(s.buf, s.len));
}
