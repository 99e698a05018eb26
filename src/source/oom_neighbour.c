/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_neighbour.h"

#include "source/oom_text.h"

static const struct {
	enum oom_line_kind line;
	enum oom_neighbour_kind kind;
} kinds[] = {
	{ OOM_LINE_ALLOCATION_FAILURE, OOM_NEIGHBOUR_PAGE_ALLOCATION_FAILURE },
	{ OOM_LINE_ALLOCATION_STALL, OOM_NEIGHBOUR_PAGE_ALLOCATION_STALL },
	{ OOM_LINE_VMALLOC_FAILURE, OOM_NEIGHBOUR_VMALLOC_FAILURE },
	{ OOM_LINE_SLAB_FAILURE, OOM_NEIGHBOUR_SLAB_FAILURE },
	{ OOM_LINE_FAULT_LEAKED, OOM_NEIGHBOUR_FAULT_OOM_LEAKED },
	{ OOM_LINE_SUPPRESSED, OOM_NEIGHBOUR_SUPPRESSED },
	{ OOM_LINE_LOST, OOM_NEIGHBOUR_MESSAGES_LOST },
};

/* Functions whose rate limit concerns memory: "oom_kill_process: 8 callbacks suppressed". */
static const char *const limited[] = { "oom", "out_of_memory", "warn_alloc", "dump_header" };

static void fill(const struct log_line *l, enum oom_neighbour_kind kind, uint64_t count,
		 struct oom_neighbour *ret)
{
	*ret = (struct oom_neighbour){
		.kind = kind, .at = l->stamp, .line = l->number, .count = count
	};
	OOM_COPY(l->text, ret->text);
}

/* The number in front of or behind one of these words, else 1. */
static uint64_t count_of(struct text t)
{
	static const char *const words[] = { " callbacks suppressed", " printk messages",
					     " messages from pid", " messages lost",
					     " kernel messages" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const ssize_t at = oom_text_find(t, words[i]);
		size_t begin;
		uint64_t count;

		if (at < 1)
			continue;
		for (begin = (size_t)at; begin && is_digit(t.p[begin - 1]); begin--)
			;
		if (text_u64(text_of(t.p + begin, (size_t)at - begin), &count) == 0)
			return count;
	}
	return 1;
}

bool oom_neighbour_take(enum oom_line_kind line, const struct log_line *l,
			struct oom_neighbour *ret)
{
	bool of_memory = line != OOM_LINE_SUPPRESSED;

	for (size_t i = 0; i < ARRAY_SIZE(limited) && !of_memory; i++)
		of_memory = oom_text_has(l->text, limited[i]);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (of_memory && kinds[i].line == line) {
			fill(l, kinds[i].kind, count_of(l->text), ret);
			return true;
		}
	return false;
}

bool oom_neighbour_of_reports(const struct oom_neighbour *n)
{
	struct text t = text_string(n->text);

	return n->kind == OOM_NEIGHBOUR_SUPPRESSED &&
	       (oom_text_has(t, "oom_kill_process:") || oom_text_has(t, "dump_header:") ||
		(oom_text_has(t, "out_of_memory:") && !oom_text_has(t, "slab_out_of_memory:")));
}

bool oom_neighbour_userspace(const struct log_line *l, struct oom_neighbour *ret)
{
	/* earlyoom 1.0+ (kill.c), systemd-oomd (oomd-manager.c): words and a second one. */
	static const char *const kills[][2] = {
		{ "sending SIGTERM to process ", " uid " },
		{ "sending SIGKILL to process ", " uid " },
		{ "Killed /", " due to memory " },
		{ "Killing process ", " due to memory " },
		{ "systemd-oomd killed ", " process" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kills); i++)
		if (oom_text_has(l->text, kills[i][0]) && oom_text_has(l->text, kills[i][1])) {
			fill(l, OOM_NEIGHBOUR_USERSPACE_KILL, 1, ret);
			return true;
		}
	return false;
}
