/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/storm_view.h"

bool storm_time_known(const struct storm_view *v)
{
	return storm_consoles_known(v->machine) && storm_print_known(&v->prediction);
}

bool storm_part_printed(const struct storm_view *v, enum oom_part part, uint32_t console)
{
	const struct oom_part_size *size = &v->prediction.size.part[part];
	const struct console_cost *cost = &v->prediction.console[console];

	return size->bytes.mid > 0 && cost->bytes.mid > 0 && size->level < v->loglevel;
}

void storm_seconds(struct strbuf *s, double seconds)
{
	if (seconds < 1)
		strbuf_printf(s, "%.2f s", seconds);
	else if (seconds < 100)
		strbuf_printf(s, "%.1f s", seconds);
	else
		strbuf_seconds(s, seconds);
}

void storm_interval(struct strbuf *s, const struct interval *seconds)
{
	if (!seconds->known) {
		strbuf_puts(s, "unknown");
		return;
	}
	storm_seconds(s, seconds->mid);
	strbuf_puts(s, " (");
	storm_seconds(s, seconds->low);
	strbuf_puts(s, " to ");
	storm_seconds(s, seconds->high);
	strbuf_putc(s, ')');
}
