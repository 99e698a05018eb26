/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of explain alone: `explain-read FILE` prints what it counted, as JSON. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "source/oom_reader.h"

#define PIECE (256u << 10)

static int on_report(void *arg, const struct oom_report *r)
{
	uint64_t *tasks = arg;

	*tasks += r->task_count;
	return 0;
}

static int on_neighbour(void *arg _unused_, const struct oom_neighbour *n _unused_)
{
	return 0;
}

int main(int argc, char **argv)
{
	static char piece[PIECE];
	uint64_t tasks = 0;
	const struct oom_sink sink = { &tasks, on_report, on_neighbour };
	_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);
	const int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	const struct oom_reader_stats *s;
	ssize_t n;

	if (!r || fd < 0)
		return 2;
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		if (oom_reader_feed(r, piece, (size_t)n) < 0)
			return 1;
	if (n < 0 || oom_reader_end(r) < 0)
		return 1;
	s = oom_reader_stats(r);
	(void)printf("{\"reports\": %" PRIu64 ", \"tasks\": %" PRIu64 ", \"lines\": %" PRIu64 "}\n",
		     s->reports, tasks, s->lines_parsed);
	(void)close(fd);
	return 0;
}
