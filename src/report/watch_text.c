/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/watch_text.h"

#include <errno.h>

#include "report/watch_table.h"

int watch_text(FILE *out, const struct style *style, const struct watch_view *v, enum rank_key key,
	       bool reverse)
{
	char room[WATCH_LINE_SIZE];
	struct strbuf s = STRBUF(room);

	watch_summary(&s, style, v);
	fprintf(out, "%s\n", s.buf);
	watch_table_head(&s, style, key, reverse);
	fprintf(out, "%s\n", s.buf);
	for (uint32_t i = 0; i < v->count; i++) {
		enum verdict_class c = v->row[i].verdict->class;

		watch_table_row(&s, style, &v->row[i]);
		fprintf(out, "%s%s%s\n", style_on(style, c), s.buf, style_off(style, c));
	}
	watch_account(&s, style, v);
	fprintf(out, "%s\n", s.buf);
	for (uint32_t i = 0; i < v->missing_count; i++)
		fprintf(out, "process %d is not there, or is a kernel thread\n",
			(int)v->missing[i]);
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}
