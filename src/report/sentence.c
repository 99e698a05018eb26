/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/sentence.h"

#include <math.h>

#include "report/storm_view.h"

static void add_number(struct strbuf *s, char kind, double v)
{
	if (!isfinite(v)) {
		/* Exhaustion may be infinite; anything else that is not finite was not measured. */
		strbuf_puts(s, kind == 's' && v > 0 ? "for ever" : "?");
		return;
	}
	switch (kind) {
	case 'b':
		strbuf_bytes(s, v);
		break;
	case 'r':
		strbuf_bytes(s, v);
		strbuf_puts(s, "/s");
		break;
	case 's':
		strbuf_seconds(s, v);
		break;
	case 't':
		storm_seconds(s, v);
		break;
	case 'p':
		/* What is there is not 0 %. */
		if (v > 0 && v < 0.01)
			strbuf_puts(s, "under 1 %");
		else
			strbuf_printf(s, "%.0f %%", v * 100);
		break;
	default:
		strbuf_printf(s, "%.0f", v);
	}
}

void sentence_add(struct strbuf *s, const char *sentence, const double *numbers,
		  struct text subject)
{
	for (const char *p = sentence; *p; p++) {
		if (*p != '{') {
			strbuf_putc(s, *p);
			continue;
		}
		if (p[1] == 'x') {
			strbuf_escape(s, subject);
			p += 2;
			continue;
		}
		add_number(s, p[2], numbers[p[1] - '0']);
		p += 3;
	}
}

void words_wrap(struct strbuf *s, size_t room, const char *next, struct text words)
{
	struct text word;
	size_t used = 0;

	while (text_next_word(&words, &word)) {
		if (used && room && used + 1 + word.n > room) {
			strbuf_putc(s, '\n');
			strbuf_puts(s, next);
			used = 0;
		}
		if (used)
			strbuf_putc(s, ' ');
		strbuf_add(s, word.p, word.n);
		used += word.n + (used ? 1 : 0);
	}
	strbuf_putc(s, '\n');
}
