/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as lines: the reports stay within their bounds, strings end, and no victim, task or
 * name is there that the text does not have.
 */
#include "fuzz.h"

#include <string.h>

#include "source/oom_grammar.h"

struct input {
	const char *bytes;
	size_t size;
	/* The same without blanks: what mailers broke is put together again. */
	char *squeezed;
	size_t squeezed_size;
};

static bool in_text(const struct input *in, const char *name)
{
	return !name[0] || memmem(in->bytes, in->size, name, strlen(name));
}

static bool in_text_broken(const struct input *in, const char *name)
{
	return in_text(in, name) || memmem(in->squeezed, in->squeezed_size, name, strlen(name));
}

static bool ends(const char *buf, size_t size)
{
	return memchr(buf, '\0', size);
}

static bool number_in_text(const struct input *in, int64_t number)
{
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)number);
	return in_text(in, digits);
}

static void check_victims(const struct input *in, const struct oom_report *r)
{
	for (uint32_t i = 0; i < r->victim_count; i++) {
		const struct oom_victim *v = &r->victim[i];

		REQUIRE(ends(v->comm, sizeof(v->comm)) && in_text(in, v->comm));
		/* A pid may be written with zeros in front. */
		REQUIRE(v->pid >= 0 && number_in_text(in, v->pid));
		for (uint32_t k = 0; k < i && k < 16; k++)
			REQUIRE(r->victim[k].pid != v->pid);
	}
}

static void check_tables(const struct input *in, const struct oom_report *r)
{
	for (uint32_t i = 0; i < r->task_count; i++)
		REQUIRE(r->task[i].pid >= 0 && ends(r->task[i].comm, OOM_COMM_SIZE) &&
			in_text(in, r->task[i].comm));
	for (uint32_t i = 0; i < r->memory.zone_count; i++)
		REQUIRE(r->memory.zone[i].buddy.orders <= OOM_ORDERS_MAX &&
			r->memory.zone[i].reserve_count <= 8 &&
			ends(r->memory.zone[i].name, sizeof(r->memory.zone[i].name)));
	for (uint32_t i = 0; i < r->memcg.cgroup_count; i++)
		REQUIRE(ends(r->memcg.cgroup[i].path, OOM_CGROUP_SIZE) &&
			in_text(in, r->memcg.cgroup[i].path));
	REQUIRE(ends(r->memcg.limit_path, OOM_CGROUP_SIZE) &&
		in_text_broken(in, r->memcg.limit_path));
}

static int on_report(void *arg, const struct oom_report *r)
{
	const struct input *in = arg;

	REQUIRE(r->task_count <= OOM_TASKS_MAX && r->victim_count <= OOM_VICTIMS_MAX &&
		r->memory.zone_count <= OOM_ZONES_MAX && r->memory.node_count <= OOM_NODES_MAX &&
		r->memory.slab_count <= OOM_SLABS_MAX && r->frame_count <= OOM_FRAMES_MAX &&
		r->memcg.cgroup_count <= OOM_CGROUPS_MAX && r->line_time_count <= OOM_LINES_MAX);
	REQUIRE(ends(r->trigger.comm, OOM_COMM_SIZE) && in_text(in, r->trigger.comm));
	REQUIRE(ends(r->trigger.gfp_flags, OOM_GFP_SIZE) &&
		in_text_broken(in, r->trigger.gfp_flags));
	REQUIRE(ends(r->cpuset, OOM_CGROUP_SIZE) && in_text_broken(in, r->cpuset));
	REQUIRE(ends(r->choice.comm, OOM_COMM_SIZE) && in_text_broken(in, r->choice.comm));
	REQUIRE(ends(r->release, OOM_WORD_SIZE) && in_text_broken(in, r->release));
	REQUIRE(ends(r->hardware, OOM_WORD_SIZE) && ends(r->taint, OOM_WORD_SIZE));
	REQUIRE(ends(r->panic, OOM_WORD_SIZE) && in_text(in, r->panic));
	for (uint32_t i = 0; i < r->frame_count; i++)
		REQUIRE(ends(r->frame[i], sizeof(r->frame[i])) && in_text(in, r->frame[i]));
	REQUIRE(!(r->parts & r->missing));
	REQUIRE(r->lines > 0 && r->first_line <= r->last_line);
	check_victims(in, r);
	check_tables(in, r);
	return 0;
}

static int on_neighbour(void *arg, const struct oom_neighbour *n)
{
	const struct input *in = arg;

	REQUIRE(n->kind < OOM_NEIGHBOUR_COUNT && ends(n->text, sizeof(n->text)));
	REQUIRE(in_text(in, n->text));
	return 0;
}

/* The first byte of a line chooses speaker and caller, so that both vary. */
static void feed(struct oom_grammar *g, struct text line, uint64_t number)
{
	struct log_line l = { .number = number, .console_bytes = (uint32_t)line.n + 2 };

	if (line.n && (unsigned char)line.p[0] < ' ') {
		l.speaker = (enum log_speaker)(line.p[0] % 3);
		l.caller = opt_u64_of((uint64_t)line.p[0] / 3);
		l.stamp.boot_usec = opt_u64_of(number * 1000000 * (uint64_t)line.p[0]);
		line = text_of(line.p + 1, line.n - 1);
	}
	l.text = line;
	REQUIRE(!(oom_line_whole(line) && oom_line_open(line)));
	REQUIRE(oom_grammar_line(g, &l) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { (const char *)data, size, malloc(size + 1), 0 };
	const struct oom_sink sink = { &in, on_report, on_neighbour };
	struct oom_grammar *g = oom_grammar_new(&sink);
	struct text rest = text_of(in.bytes, size), line;
	uint64_t number = 0;

	REQUIRE(g && in.squeezed);
	for (size_t i = 0; i < size; i++)
		if (data[i] != ' ')
			in.squeezed[in.squeezed_size++] = (char)data[i];
	while (text_next_line(&rest, &line))
		feed(g, line, ++number);
	REQUIRE(oom_grammar_end(g) == 0);
	REQUIRE(!oom_grammar_is_open(g));
	oom_grammar_free(g);
	free(in.squeezed);
	return 0;
}
