/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's ring buffer, a record a line. What a console would print of the records that are
 * accepted must compare equal to them, and the parts of the reports must add up.
 */
#include "fuzz.h"

#include <string.h>

#include "vm/run/compare.h"
#include "vm/run/oomreport.h"
#include "vm/run/record.h"

#define LINES 4096

static struct wire_line lines[LINES];
static struct arrival arrivals[LINES];
static struct oom_story story;

/* False when it does not fit. */
static int print_all(const struct records *r, char *text, size_t size, struct wire *ret)
{
	size_t used = 0;

	*ret = (struct wire){ .line = lines, .text = text };
	for (uint32_t i = 0; i < r->count; i++) {
		struct text rest = record_text(r, &r->record[i]), line;
		bool started = false;

		while (record_next_line(&rest, &line, &started)) {
			if (ret->count == LINES || used + 64 + line.n + 2 > size)
				return 0;
			lines[ret->count].text = (uint32_t)used;
			used += record_prefix(&r->record[i], text + used);
			if (line.n)
				memcpy(text + used, line.p, line.n);
			used += line.n;
			text[used++] = '\r';
			lines[ret->count].len = (uint32_t)(used - lines[ret->count].text);
			used++;
			ret->count++;
		}
	}
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[1 << 20];
	_cleanup_records_ struct records r = { 0 };
	struct text rest = text_of((const char *)data, size), line;
	struct comparison c;
	struct wire wire;

	while (text_next_line(&rest, &line))
		(void)!records_add(&r, line);
	oom_story(&r, &story);
	for (uint32_t i = 0; i < story.report_count; i++) {
		const struct oom_report *o = &story.report[i];
		uint64_t bytes = 0;

		REQUIRE(o->first <= o->last && o->last < r.count);
		for (uint32_t n = o->first; n <= o->last; n++)
			bytes += record_console_bytes(&r, &r.record[n]);
		REQUIRE(bytes == oom_report_bytes(o));
	}
	for (uint32_t i = 0; i < story.victim_count; i++)
		REQUIRE(story.victim[i].comm + story.victim[i].comm_len <= r.text_len);
	if (r.count > LINES || !print_all(&r, text, sizeof(text), &wire))
		return 0;
	compare_wire(&r, &wire, 8, arrivals, &c);
	REQUIRE(c.garbled_lines + c.missing_lines + c.extra_lines + c.cut_lines == 0);
	return 0;
}
