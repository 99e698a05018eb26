/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/leak_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "judge/loss_groups.h"

static int open_regular(int dirfd, const char *path)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return TAKE_FD(fd);
}

/* map_files is the very file, even a deleted one; following it needs CAP_SYS_ADMIN. */
int leak_open_file(void *proc, const struct mapping *m)
{
	const int dirfd = *(const int *)proc;
	char path[4096 + 64];
	int fd;

	(void)snprintf(path, sizeof(path), "map_files/%jx-%jx", (uintmax_t)m->start,
		       (uintmax_t)m->end);
	fd = open_regular(dirfd, path);
	if (fd >= 0 || m->path[0] != '/')
		return fd;
	if ((size_t)snprintf(path, sizeof(path), "root%s", m->path) >= sizeof(path))
		return -ENAMETOOLONG;
	return open_regular(dirfd, path);
}

struct scan_analyse_options leak_analysis(const struct leak_options *o, struct suppressions *s)
{
	return (struct scan_analyse_options){
		.heuristics = o->heuristics,
		.threads = o->threads,
		.roots = o->roots,
		.unaligned = o->unaligned,
		.contents = o->contents,
		.reachable = o->reachable,
		.suppressions = s,
	};
}

void leak_limit(struct leak_report *report, const struct leak_options *o)
{
	const uint32_t usual = o->common.json ? LEAK_GROUPS_JSON : LEAK_GROUPS_TEXT;

	loss_groups_limit(report, o->groups_given ? o->groups : usual);
}

void leak_own_cost(struct leak_report *report)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) < 0)
		return;
	report->cost.cpu_seconds = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
				   1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	report->cost.peak_bytes = (uint64_t)u.ru_maxrss * KIB;
}

bool leak_is_error(const struct leak_report *report)
{
	return report->total[LOSS_DEFINITE].blocks + report->total[LOSS_POSSIBLE].blocks > 0;
}
