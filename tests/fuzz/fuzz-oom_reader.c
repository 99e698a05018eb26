/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes read as a log: what is counted is bounded, lines are in the input, and the number of a
 * victim stands in the text digit by digit.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "source/oom_reader.h"

struct seen {
	const char *digits; /* all of the input; NULL: it is encoded, so they need not be there */
	uint64_t size, reports, neighbours;
};

static int on_report(void *arg, const struct oom_report *r)
{
	struct seen *s = arg;

	s->reports++;
	REQUIRE(r->task_count <= r->task_capacity && r->task_count <= OOM_TASKS_MAX);
	REQUIRE(r->victim_count <= OOM_VICTIMS_MAX && r->frame_count <= OOM_FRAMES_MAX);
	REQUIRE(r->memory.zone_count <= OOM_ZONES_MAX && r->memory.node_count <= OOM_NODES_MAX);
	REQUIRE(r->first_line >= 1 && r->first_line <= r->last_line &&
		r->first_byte <= s->size * 2);
	for (uint32_t i = 0; i < r->victim_count; i++) {
		char pid[32];

		REQUIRE(memchr(r->victim[i].comm, '\0', OOM_COMM_SIZE));
		(void)snprintf(pid, sizeof(pid), "%" PRId64, r->victim[i].pid);
		REQUIRE(!s->digits || strstr(s->digits, pid));
	}
	return 0;
}

static int on_neighbour(void *arg, const struct oom_neighbour *n)
{
	struct seen *s = arg;

	s->neighbours++;
	REQUIRE(n->kind < OOM_NEIGHBOUR_COUNT && memchr(n->text, '\0', sizeof(n->text)));
	return 0;
}

static bool is_encoded(const uint8_t *data, size_t size)
{
	return size && (memchr(data, '{', size) || memchr(data, '\\', size) ||
			memchr(data, 0x1b, size) || memmem(data, size, "#0", 2) || data[0] >= 0xfe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { .size = size };
	const struct oom_sink sink = { &s, on_report, on_neighbour };
	_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);
	char *digits = calloc(1, size + 1);
	size_t n = 0;

	REQUIRE(r && digits);
	for (size_t i = 0; i < size; i++)
		if (data[i] >= '0' && data[i] <= '9')
			digits[n++] = (char)data[i];
	/* JSON, UTF-16, "\x31" and "#061" write digits otherwise; a terminal's escapes hold digits.
	 */
	s.digits = is_encoded(data, size) ? NULL : digits;
	REQUIRE(oom_reader_feed(r, (const char *)data, size / 2) == 0);
	REQUIRE(oom_reader_feed(r, (const char *)data + size / 2, size - size / 2) == 0);
	REQUIRE(oom_reader_end(r) == 0);
	REQUIRE(oom_reader_stats(r)->bytes == size);
	REQUIRE(oom_reader_stats(r)->reports == s.reports);
	REQUIRE(s.reports + s.neighbours <= size + 1);
	free(digits);
	return 0;
}
