/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/scan_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "act/snapshot.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/scan_headroom.h"
#include "source/gadgets.h"
#include "source/memory_copy.h"

/* One scan of one process. */
struct taking {
	const struct root *root;
	const struct scan_snapshot_options *o;
	int32_t pid;
	int dir;		  /* /proc/PID */
	struct memory_image maps; /* as they were before the stop */
	struct scan_headroom room;
	struct snapshot snap;
	struct scan_cost *cost;
};

static int open_proc(const struct root *root, int32_t pid, struct fault *f)
{
	char name[16];
	struct strbuf s = STRBUF(name);

	strbuf_printf(&s, "%d", pid);
	const int fd = openat(root->proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fault_set(f, -ESRCH, "there is no process %d", pid) : fd;
}

static void add_pause(struct scan_cost *cost, double seconds)
{
	if (cost->pauses < SCAN_PAUSES)
		cost->pause[cost->pauses++] = seconds;
	if (!(cost->pause_seconds >= seconds))
		cost->pause_seconds = seconds;
}

static bool is_short(void *context)
{
	return scan_headroom_is_short(context);
}

static int read_threads(const struct seized *s, struct memory_image *m, struct fault *f)
{
	m->thread = calloc(s->threads, sizeof(*m->thread));
	if (!m->thread)
		return fault_errno(f, -ENOMEM, "cannot keep the registers of %u threads",
				   s->threads);
	for (uint32_t i = 0; i < s->threads; i++) {
		int r = thread_registers(s->tid[i], &m->thread[m->threads]);

		if (r == 0)
			m->threads++;
		else if (r != -ESRCH)
			return fault_errno(f, r, "cannot read the registers of thread %d",
					   s->tid[i]);
	}
	return 0;
}

static int copied(struct taking *t, int r, double begin, const struct memory_image *m,
		  struct fault *f)
{
	t->cost->copy_seconds += clock_boot_seconds() - begin;
	t->cost->copied_bytes = m->copied_bytes;
	if (r == -EINTR)
		return fault_set(f, -ENOMEM,
				 "memory became short while it was copied: given up, less than %u "
				 "MiB are left to the process, to this one or to the host",
				 (unsigned)(SNAPSHOT_FLOOR_BYTES / MIB));
	return r;
}

/* From the frozen child; what is shared is asked of the process, which has it mapped. */
static int copy_child(struct taking *t, struct memory_image *m, struct fault *f)
{
	const double begin = clock_boot_seconds();
	struct memory_image child = MEMORY_IMAGE_NONE;
	_cleanup_close_ int dir = open_proc(t->root, t->snap.child, f);
	int r = dir < 0 ? dir : memory_maps_read(dir, &child, f);

	if (r == 0) {
		m->mapping = child.mapping;
		m->mappings = child.mappings;
		r = memory_runs_read(dir, m, f);
	}
	if (r == 0)
		r = memory_shared_runs_read(t->dir, m, t->o->shared_limit_bytes, f);
	if (r == 0)
		r = memory_copy(dir, t->snap.child, MEMORY_BY_PROC_MEM, m, is_short, &t->room, f);
	return copied(t, r, begin, m, f);
}

/* -ENOTSUP: nothing was done, the other way is open. */
static int by_fork(struct taking *t, struct memory_image *m, const char **ret_why, struct fault *f)
{
	struct inject_gadgets gadgets;
	struct seized s;
	struct fault late = { 0 };
	double pause;
	int r = gadgets_find(t->dir, &t->maps, &gadgets, f);

	*ret_why = "no code of a libc was found to fork it with";
	if (r == -ENOENT)
		return -ENOTSUP;
	if (r == 0)
		r = snapshot_arm(t->pid, &t->maps, &gadgets, &t->snap, f);
	if (r == 0)
		r = seize(t->pid, t->o->timeout_seconds, &s, f);
	if (r == 0) {
		r = snapshot_fork(&s, &t->snap, ret_why, f);
		if (r == 0)
			r = read_threads(&s, m, f);
		seized_release(&s, &pause);
		add_pause(t->cost, pause);
	}
	if (r == 0)
		r = copy_child(t, m, f);
	if (snapshot_end(&t->snap, &pause, &late) < 0 && r == 0)
		*f = late; /* said, no reason to fail: the image is whole */
	if (pause > 0)
		add_pause(t->cost, pause);
	return r;
}

static int copy_stopped(struct taking *t, struct memory_image *m, struct fault *f)
{
	const double begin = clock_boot_seconds();
	struct memory_image now = MEMORY_IMAGE_NONE;
	int r = memory_maps_read(t->dir, &now, f);

	if (r == 0) {
		m->mapping = now.mapping;
		m->mappings = now.mappings;
		r = memory_runs_read(t->dir, m, f);
	}
	if (r == 0)
		r = memory_shared_runs_read(t->dir, m, t->o->shared_limit_bytes, f);
	if (r == 0) {
		memory_adopt(m, &t->maps);
		r = memory_copy(t->dir, t->pid, MEMORY_BY_VM_READV, m, is_short, &t->room, f);
	}
	return copied(t, r, begin, m, f);
}

static int by_copy(struct taking *t, struct memory_image *m, struct fault *f)
{
	struct seized s;
	double pause;
	int r = memory_runs_read(t->dir, &t->maps, f);

	if (r == 0)
		r = memory_prefault(&t->maps) < 0
			    ? fault_errno(f, -ENOMEM, "cannot make room for the copy")
			    : 0;
	if (r == 0)
		r = seize(t->pid, t->o->timeout_seconds, &s, f);
	if (r < 0)
		return r;
	r = read_threads(&s, m, f);
	if (r == 0)
		r = copy_stopped(t, m, f);
	seized_release(&s, &pause);
	add_pause(t->cost, pause);
	return r;
}

static int peek_live(void *context, uint64_t address, void *buf, size_t len)
{
	const int fd = (int)(intptr_t)context;
	const ssize_t n = pread(fd, buf, len, (off_t)address);

	if (n == (ssize_t)len)
		return 0;
	return n < 0 ? -errno : n == 0 ? -ESRCH : -EFAULT;
}

void scan_snapshot_done(struct memory_image *m)
{
	if (m->peek == peek_live)
		(void)close((int)(intptr_t)m->context);
	m->peek = NULL;
	memory_image_release(m);
}

static struct snapshot_facts facts_of(const struct taking *t)
{
	return (struct snapshot_facts){
		.copy_bytes =
			t->room.held_bytes + MIN(t->room.shmem_bytes, t->o->shared_limit_bytes),
		.resident_bytes = t->room.resident_bytes,
		.target_left = t->room.target_left,
		.own_left = t->room.own_left,
		.common_left = t->room.common_left,
	};
}

/* The fork is not possible after all, which is found in the stop. */
static int fall_back(struct taking *t, const struct snapshot_facts *facts, const char *why,
		     struct memory_image *m, struct fault *f)
{
	memory_image_release(m);
	if (t->o->way == SCAN_FORK)
		return f->err ? f->err
			      : fault_set(f, -ENOTSUP, "cannot fork process %d: %s", t->pid, why);
	if (snapshot_short_of(facts, SNAPSHOT_COPY))
		return scan_headroom_refuse(&t->room, facts, SNAPSHOT_COPY, f);
	*f = (struct fault){ 0 };
	t->cost->method = SNAPSHOT_COPY;
	t->cost->method_reason = why;
	return by_copy(t, m, f);
}

static int take(struct taking *t, struct memory_image *m, struct fault *f)
{
	static const enum snapshot_method wish[] = { [SCAN_AUTO] = SNAPSHOT_NONE,
						     [SCAN_FORK] = SNAPSHOT_FORK,
						     [SCAN_COPY] = SNAPSHOT_COPY };
	const struct snapshot_facts facts = facts_of(t);
	const char *why;
	int r;

	t->cost->method = snapshot_choose(&facts, wish[t->o->way], &t->cost->method_reason);
	if (t->cost->method == SNAPSHOT_NONE)
		return scan_headroom_refuse(&t->room, &facts,
					    t->o->way == SCAN_FORK ? SNAPSHOT_FORK : SNAPSHOT_COPY,
					    f);
	if (t->cost->method == SNAPSHOT_COPY)
		return by_copy(t, m, f);
	r = by_fork(t, m, &why, f);
	if (r == -EAGAIN && !m->copied_bytes)
		why = "a limit of its number of processes forbids it to fork";
	else if (r != -ENOTSUP)
		return r;
	return fall_back(t, &facts, why, m, f);
}

int scan_snapshot(const struct root *root, int32_t pid, const struct scan_snapshot_options *o,
		  struct memory_image *ret, struct scan_cost *cost, struct fault *f)
{
	*f = (struct fault){ 0 };
	_cleanup_close_ int dir = open_proc(root, pid, f);
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	struct taking t = { .root = root,
			    .o = o,
			    .pid = pid,
			    .dir = dir,
			    .maps = MEMORY_IMAGE_NONE,
			    .room = SCAN_HEADROOM_NONE,
			    .snap = SNAPSHOT_IDLE,
			    .cost = cost };
	int r = dir < 0 ? dir : seize_check(dir, pid, f);

	if (r == 0)
		r = memory_maps_read(dir, &t.maps, f);
	if (r == 0)
		r = scan_headroom_open(&t.room, root, pid, f);
	if (r == 0)
		r = take(&t, &m, f);
	if (r == 0) {
		const int mem = openat(dir, "mem", O_RDONLY | O_CLOEXEC);

		m.pid = pid;
		m.peek = mem < 0 ? NULL : peek_live;
		m.context = (void *)(intptr_t)mem;
		*ret = TAKE(m, MEMORY_IMAGE_NONE);
	}
	scan_headroom_close(&t.room);
	memory_image_release(&t.maps);
	return r;
}
