/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/scan_headroom.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "judge/headroom.h"
#include "source/proc_stat.h"
#include "source/process_reader.h"

#define CGROUPS_MAX 256
#define CGROUP_PATH_BYTES (64 * KIB)

static int read_process(struct scan_headroom *h, int32_t pid, struct process *p, struct fault *f)
{
	struct process_reader reader = { .cgroups = &h->cgroups,
					 .buf = h->buf,
					 .size = sizeof(h->buf),
					 .ticks_per_second = (double)sysconf(_SC_CLK_TCK),
					 .live = true };
	char name[16];
	struct strbuf s = STRBUF(name);
	struct proc_stat st;
	int r;

	strbuf_printf(&s, "%d", pid);
	_cleanup_close_ int dir = openat(h->root->proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	r = dir < 0 ? -ESRCH : proc_stat_read(dir, h->buf, sizeof(h->buf), &st);
	if (r == 0)
		r = process_read_first(&reader, dir, &st, p);
	if (r == -ENOENT)
		r = -ESRCH;
	if (r == -ESRCH)
		return fault_set(f, r, "there is no process %d", pid);
	return r < 0 ? fault_errno(f, r, "cannot read what process %d holds", pid) : 0;
}

/* The least that is left to a cgroup that holds both, and to the host. */
static struct opt_u64 left_in_common(const struct process_table *t, uint32_t a, uint32_t b)
{
	struct opt_u64 left = headroom_of_host(t).bytes;

	for (uint32_t i = a; i != CGROUP_NONE; i = t->cgroups.node[i].parent)
		for (uint32_t k = b; k != CGROUP_NONE; k = t->cgroups.node[k].parent)
			if (i == k)
				left = opt_u64_min(left, headroom_of_cgroup(t, i).bytes);
	return left;
}

static void judge_limits(struct scan_headroom *h)
{
	const double now = clock_boot_seconds();

	cgroup_tree_refresh(&h->cgroups, &h->table, now, 0, h->buf, sizeof(h->buf));
	h->table.cgroups = h->cgroups.table;
	h->target_left = headroom_of(&h->process[SCAN_TARGET], &h->table).bytes;
	h->own_left = headroom_of(&h->process[SCAN_SELF], &h->table).bytes;
	h->common_left = left_in_common(&h->table, h->process[SCAN_TARGET].cgroup,
					h->process[SCAN_SELF].cgroup);
}

static void describe_target(struct scan_headroom *h)
{
	struct process *p = &h->process[SCAN_TARGET];

	h->resident_bytes = p->anon_bytes + p->file_bytes + p->shmem_bytes;
	h->held_bytes = p->anon_bytes + p->swap_bytes;
	h->shmem_bytes = p->shmem_bytes;
	/* A forked copy has limits of its own, and maps no more than the target. */
	p->fields &= ~(uint32_t)(PROCESS_RLIMIT_AS | PROCESS_RLIMIT_DATA);
	/* Our reservations are not data of ours until they are filled; RLIMIT_AS counts them. */
	h->process[SCAN_SELF].fields &= ~(uint32_t)PROCESS_RLIMIT_DATA;
}

int scan_headroom_open(struct scan_headroom *h, const struct root *root, int32_t pid,
		       struct fault *f)
{
	int r;

	*h = SCAN_HEADROOM_NONE;
	h->root = root;
	h->state[SCAN_TARGET] = h->state[SCAN_SELF] = SLOT_NEW;
	h->table = (struct process_table){ .process = h->process,
					   .state = h->state,
					   .capacity = SCAN_PROCESSES,
					   .high = SCAN_PROCESSES };
	r = cgroup_tree_open(&h->cgroups, root, CGROUPS_MAX, CGROUP_PATH_BYTES, f);
	if (r == 0)
		r = host_reader_open(&h->host, root, h->buf, sizeof(h->buf), f);
	if (r == 0)
		r = host_read_all(&h->host, &h->table.host, f);
	if (r == 0)
		r = read_process(h, pid, &h->process[SCAN_TARGET], f);
	if (r == 0)
		r = read_process(h, getpid(), &h->process[SCAN_SELF], f);
	if (r < 0)
		return r;
	describe_target(h);
	judge_limits(h);
	return 0;
}

static bool is_below_floor(struct opt_u64 left)
{
	return opt_is_known(left) && left.value < SNAPSHOT_FLOOR_BYTES;
}

bool scan_headroom_is_short(struct scan_headroom *h, bool target_runs)
{
	struct fault ignored;

	if (host_read_fast(&h->host, &h->table.host, &ignored) < 0)
		return false;
	judge_limits(h);
	return is_below_floor(h->own_left) || is_below_floor(h->common_left) ||
	       (target_runs && is_below_floor(h->target_left));
}

static void whose_limit(const struct scan_headroom *h, enum snapshot_short which, struct strbuf *s)
{
	const struct process *p = &h->process[which == SHORT_OF_TARGET ? SCAN_TARGET : SCAN_SELF];
	const struct headroom left = headroom_of(p, &h->table);

	if (which == SHORT_OF_COMMON || left.kind != LIMIT_CGROUP) {
		strbuf_puts(s, which == SHORT_OF_COMMON	      ? "the host or the cgroup of both"
			       : left.kind == LIMIT_RLIMIT_AS ? "RLIMIT_AS of this process"
							      : "the host");
		return;
	}
	const char *path = cgroup_path(&h->table.cgroups, left.cgroup);

	strbuf_puts(s, "the cgroup ");
	strbuf_escape(s, text_of(path, MIN(strlen(path), (size_t)100)));
}

int scan_headroom_refuse(const struct scan_headroom *h, const struct snapshot_facts *facts,
			 enum snapshot_method method, struct fault *f)
{
	const enum snapshot_short which = snapshot_short_of(facts, method);
	const struct snapshot_need need = snapshot_need_of(facts, method);
	const uint64_t bytes = which == SHORT_OF_TARGET ? need.target_bytes
			       : which == SHORT_OF_OWN	? need.own_bytes
							: need.target_bytes + need.own_bytes;
	const struct opt_u64 left = which == SHORT_OF_TARGET ? facts->target_left
				    : which == SHORT_OF_OWN  ? facts->own_left
							     : facts->common_left;
	char takes[32], has[32], where[240];
	struct strbuf t = STRBUF(takes), l = STRBUF(has), w = STRBUF(where);

	strbuf_bytes(&t, (double)bytes);
	strbuf_bytes(&l, (double)left.value);
	whose_limit(h, which, &w);
	return fault_set(f, -ENOMEM,
			 "memory is too short for a scan: it would take %s of %s, where %s is left",
			 takes, where, has);
}

void scan_headroom_close(struct scan_headroom *h)
{
	cgroup_tree_release(&h->cgroups);
	host_reader_release(&h->host);
}
