/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lastwords.h"

#include <string.h>

#include "base/text.h"

#define LINES 3u
#define LINE_BYTES 90u

static struct text line_text(const struct wire *wire, uint32_t i, uint32_t max)
{
	const struct wire_line *line = &wire->line[i];

	return text_trim(text_of(wire->text + line->text, MIN(line->len, max)));
}

static bool is_panic(const struct wire *wire, uint32_t i)
{
	struct text t = line_text(wire, i, UINT32_MAX);

	return memmem(t.p, t.n, "Kernel panic", strlen("Kernel panic"));
}

static void quote(struct text t, struct strbuf *out)
{
	strbuf_puts(out, "'");
	strbuf_escape(out, t);
	strbuf_puts(out, "'");
}

void last_words(const struct wire *wire, struct strbuf *out)
{
	uint32_t i = 0;

	if (!wire->count) {
		strbuf_puts(out, "it printed nothing");
		return;
	}
	while (i < wire->count && !is_panic(wire, i))
		i++;
	if (i < wire->count) {
		strbuf_puts(out, "its console: ");
		quote(line_text(wire, i, 2 * LINE_BYTES), out);
		return;
	}
	strbuf_puts(out, "its last console lines: ");
	for (i = wire->count - MIN(wire->count, LINES); i < wire->count; i++) {
		quote(line_text(wire, i, LINE_BYTES), out);
		strbuf_puts(out, i + 1 < wire->count ? ", " : "");
	}
}

void last_words_line(const struct wire *wire, uint32_t line, struct strbuf *out)
{
	strbuf_escape(out, line_text(wire, line, 200));
}
