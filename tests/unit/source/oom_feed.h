/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feeds clean lines to the grammar and keeps what it says: for the tests of oom_grammar. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "source/oom_grammar.h"

#define TOLD_MAX 8

struct told {
	uint32_t reports, neighbours;
	struct oom_report report[TOLD_MAX];
	struct oom_neighbour neighbour[TOLD_MAX];
	struct oom_grammar *grammar;
	struct oom_sink sink;
	/* of the next line */
	struct log_line line;
};

static void *copy_of(const void *from, size_t count, size_t size)
{
	void *copy = count ? malloc(count * size) : NULL;

	if (copy)
		memcpy(copy, from, count * size);
	return copy;
}

static int told_report(void *arg, const struct oom_report *r)
{
	struct told *t = arg;
	struct oom_report *to = &t->report[t->reports];

	assert_true(t->reports < TOLD_MAX);
	t->reports++;
	*to = *r;
	to->memory.node = copy_of(r->memory.node, r->memory.node_count, sizeof(*to->memory.node));
	to->memory.zone = copy_of(r->memory.zone, r->memory.zone_count, sizeof(*to->memory.zone));
	to->memory.hugepages = copy_of(r->memory.hugepages, r->memory.hugepages_count,
				       sizeof(*to->memory.hugepages));
	to->memory.slab = copy_of(r->memory.slab, r->memory.slab_count, sizeof(*to->memory.slab));
	to->memory.allocation = copy_of(r->memory.allocation, r->memory.allocation_count,
					sizeof(*to->memory.allocation));
	to->memcg.cgroup =
		copy_of(r->memcg.cgroup, r->memcg.cgroup_count, sizeof(*to->memcg.cgroup));
	to->task = copy_of(r->task, r->task_count, sizeof(*to->task));
	to->victim = copy_of(r->victim, r->victim_count, sizeof(*to->victim));
	to->line_time = copy_of(r->line_time, r->line_time_count, sizeof(*to->line_time));
	return 0;
}

static int told_neighbour(void *arg, const struct oom_neighbour *n)
{
	struct told *t = arg;

	if (t->neighbours < TOLD_MAX)
		t->neighbour[t->neighbours] = *n;
	t->neighbours++;
	return 0;
}

static void told_init(struct told *t)
{
	*t = (struct told){ .sink = { t, told_report, told_neighbour } };
	t->grammar = oom_grammar_new(&t->sink);
	assert_non_null(t->grammar);
	t->line.speaker = LOG_SPEAKER_KERNEL;
}

static void told_release(struct told *t)
{
	for (uint32_t i = 0; i < t->reports; i++)
		oom_report_clear(&t->report[i]);
	oom_grammar_free(t->grammar);
}

/* Lines with '\n' between; t->line has their stamp, origin, caller and speaker. */
static void told_feed(struct told *t, const char *lines)
{
	struct text rest = text_of(lines, strlen(lines)), one;

	while (text_next_line(&rest, &one)) {
		t->line.text = one;
		t->line.number++;
		t->line.console_bytes = (uint32_t)one.n + 2;
		assert_int_equal(oom_grammar_line(t->grammar, &t->line), 0);
	}
}

static void told_end(struct told *t)
{
	assert_int_equal(oom_grammar_end(t->grammar), 0);
	assert_false(oom_grammar_is_open(t->grammar));
}

static void told_all(struct told *t, const char *lines)
{
	told_init(t);
	told_feed(t, lines);
	told_end(t);
}

#define assert_u64(opt, expected)                                                                  \
	do {                                                                                       \
		assert_int_equal((opt).known, KNOWN);                                              \
		assert_int_equal((opt).value, (expected));                                         \
	} while (0)
#define assert_unknown(opt) assert_int_not_equal((opt).known, KNOWN)
