/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block of all nodes, the line of a node and of a zone: "name:value" in any order; totals. */
#include "source/oom_counter.h"
#include "source/oom_open.h"
#include "source/oom_text.h"

/* No machine has more pages: 4 PiB of 4 KiB. What is above is a counter below zero. */
#define PAGES_MAX (UINT64_C(1) << 40)

static int counter_of(struct text key)
{
	static const struct {
		const char *name;
		enum oom_counter counter;
	} aliases[] = {
		{ "isolated(anon)", OOM_ISOLATED_ANON },
		{ "isolated(file)", OOM_ISOLATED_FILE },
		{ "Active_anon", OOM_ACTIVE_ANON },
		{ "Balloon", OOM_BALLOON },
	};

	for (int c = 0; c < OOM_COUNTER_COUNT; c++) {
		const char *name = oom_counter_name(c);

		if (name[0] == key.p[0] && text_is(key, name))
			return c;
	}
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (text_is(key, aliases[i].name))
			return (int)aliases[i].counter;
	return -1;
}

/* The next "name:", with a blank before the colon where a terminal broke the line. */
static bool next_key(struct text *t, struct text *ret)
{
	struct text before;

	if (!oom_take_until(t, ":", &before))
		return false;
	before = text_trim(before);
	for (size_t i = before.n; i > 0; i--)
		if (before.p[i - 1] == ' ') {
			*ret = oom_text_from(before, i);
			return true;
		}
	*ret = before;
	return true;
}

void oom_counters_take(struct oom_counters *counters, struct text t, bool pages)
{
	struct text key;
	uint64_t value;

	while (next_key(&t, &key)) {
		const int c = key.n ? counter_of(key) : -1;

		if (c < 0)
			continue;
		oom_skip_blanks(&t);
		if (!pages)
			counters->value[c] = oom_take_kib(&t);
		else if (oom_take_u64(&t, &value) && value < PAGES_MAX && (!t.n || t.p[0] == ' '))
			counters->value[c] = opt_u64_of(value);
	}
}

void oom_take_counters(struct oom_open *o, struct text t)
{
	oom_counters_take(&o->r.memory.pages, t, true);
	o->r.parts |= OOM_PART_MEM_INFO;
}

static struct opt_u64 swap_bytes(struct text t)
{
	struct text skipped;

	if (!oom_take_until(&t, "=", &skipped) && !oom_take_until(&t, ":", &skipped))
		return opt_u64_none(ABSENT);
	oom_skip_blanks(&t);
	return oom_take_kib(&t);
}

/* "524158 pages RAM", "Free swap  = 0kB" */
void oom_take_total(struct oom_open *o, struct text t)
{
	struct oom_memory *m = &o->r.memory;
	const struct {
		const char *words;
		struct opt_u64 *to;
	} pages[] = {
		{ " pages RAM", &m->pages_ram },
		{ " pages of RAM", &m->pages_ram },
		{ " pages HighMem", &m->pages_highmem },
		{ " pages of HIGHMEM", &m->pages_highmem },
		{ " pages reserved", &m->pages_reserved },
		{ " reserved pages", &m->pages_reserved },
		{ " pages cma reserved", &m->pages_cma },
		{ " pages hwpoisoned", &m->pages_hwpoisoned },
		{ " total pagecache pages", &m->pages_pagecache },
		{ " pages in swap cache", &m->pages_swapcache },
		{ " pages swap cached", &m->pages_swapcache },
	};
	uint64_t value;

	if (oom_text_starts(t, "Free swap")) {
		m->swap_free_bytes = swap_bytes(t);
	} else if (oom_text_starts(t, "Total swap")) {
		m->swap_total_bytes = swap_bytes(t);
		o->r.parts |= OOM_PART_TOTALS;
	} else if (oom_take_u64(&t, &value)) {
		for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
			if (oom_text_starts(t, pages[i].words) && value < PAGES_MAX)
				*pages[i].to = opt_u64_of(value);
		if (oom_text_starts(t, " pages RAM") || oom_text_starts(t, " pages of RAM"))
			o->r.parts |= OOM_PART_TOTALS;
	}
}
