/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/scan_take.h"

#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "source/gadgets.h"
#include "source/memory_copy.h"
#include "source/proc_stat.h"
#include "source/process_reader.h"
#include "source/slow_files.h"

int scan_open_proc(const struct root *root, int32_t pid, struct fault *f)
{
	char name[16];
	struct strbuf s = STRBUF(name);

	strbuf_printf(&s, "%d", pid);
	const int fd = openat(root->proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fault_set(f, -ESRCH, "there is no process %d", pid) : fd;
}

int scan_open_target(const struct root *root, int32_t pid, int32_t *ret_tid, struct fault *f)
{
	_cleanup_close_ int dir = scan_open_proc(root, pid, f);
	_Alignas(8) char buf[8192];
	char name[32];
	struct strbuf s = STRBUF(name);
	struct proc_stat st;
	int thread;

	*ret_tid = pid;
	if (dir < 0 || proc_stat_read(dir, buf, sizeof(buf), &st) < 0 || st.state != 'Z' ||
	    process_other_thread(dir, pid, buf, sizeof(buf), ret_tid) < 0)
		return TAKE_FD(dir);
	strbuf_printf(&s, "task/%d", *ret_tid);
	thread = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return thread < 0 ? TAKE_FD(dir) : thread;
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
	struct taking *t = context;

	return scan_headroom_is_short(&t->room, t->cost->method == SNAPSHOT_FORK);
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

static int became_short(struct fault *f)
{
	return fault_set(f, -ENOMEM,
			 "memory became short while it was copied: given up, less than %u MiB are "
			 "left to the process, to this one or to the host",
			 (unsigned)(SNAPSHOT_FLOOR_BYTES / MIB));
}

static int copied(struct taking *t, int r, double begin, const struct memory_image *m,
		  struct fault *f)
{
	t->cost->copy_seconds += clock_boot_seconds() - begin;
	t->cost->copied_bytes = m->copied_bytes;
	return r == -EINTR ? became_short(f) : r;
}

/*
 * Pages for the copy, before the stop: when the process is held up for it, or pays for what it
 * writes, the copy takes a third less, and a fifth of the time where the host must find the pages
 * first (a virtual machine: 2 s/GiB). After the watcher was forked, or they would be its, too.
 */
static int make_room(struct taking *t, struct fault *f)
{
	int r = memory_runs_read(t->dir, &t->maps, f);

	if (r < 0)
		return r;
	r = memory_prefault(&t->maps, is_short, t);
	if (r == -EINTR)
		return became_short(f);
	return r < 0 ? fault_errno(f, r, "cannot make room for the copy") : 0;
}

/*
 * MADV_DONTFORK keeps memory from the child (libibverbs does so with what a network card may
 * write), and what only that points to would look lost. What was there before the stop and is not
 * in the child may have been unmapped, though, and something else be there now.
 */
static bool lacks_memory(const struct taking *t, const struct memory_image *child)
{
	_cleanup_image_ struct memory_image now = MEMORY_IMAGE_NONE;
	struct fault ignored;

	for (uint32_t i = 0; i < t->maps.mappings; i++) {
		const uint64_t start = t->maps.mapping[i].start;

		if (!memory_is_wanted(&t->maps, i) || image_find(child, start))
			continue;
		if (!now.mappings && memory_maps_read(t->dir, &now, &ignored) < 0)
			return false;
		if (image_find(&now, start) && memory_is_kept_from_fork(t->dir, start))
			return true;
	}
	return false;
}

/* The process may have ended since: then the child still has all but what is shared. */
static int shared_runs(const struct taking *t, struct memory_image *m, struct fault *f)
{
	int r = memory_shared_runs_read(t->dir, m, t->o->shared_limit_bytes, f);

	if (r != -ESRCH)
		return r;
	for (uint32_t i = 0; i < m->mappings; i++) {
		const struct mapping *map = &m->mapping[i];

		if (map->flags & MAPPING_SHARED && memory_is_wanted(m, i))
			m->shared_left_out_bytes += map->end - map->start;
	}
	*f = (struct fault){ 0 };
	return 0;
}

/*
 * From the frozen child; what is shared is asked of the process, which has it mapped. -ENOTSUP with
 * *ret_why: the child is not the whole of it.
 */
static int copy_child(struct taking *t, struct memory_image *m, const char **ret_why,
		      struct fault *f)
{
	const double begin = clock_boot_seconds();
	struct memory_image child = MEMORY_IMAGE_NONE;
	_cleanup_close_ int dir = scan_open_proc(t->root, t->snap.child, f);
	int r = dir < 0 ? dir : memory_maps_read(dir, &child, f);

	if (r == 0) {
		m->mapping = child.mapping;
		m->mappings = child.mappings;
		slow_files_mark(&t->maps, m);
		*ret_why = "some of its memory is kept from a forked copy (MADV_DONTFORK)";
		r = lacks_memory(t, m) ? -ENOTSUP : memory_runs_read(dir, m, f);
	}
	if (r == 0)
		r = memory_wiped_runs_read(t->dir, &t->maps, m, f);
	if (r == 0)
		r = shared_runs(t, m, f);
	/* What is of another moment than the rest: as little later as can be. */
	if (r == 0) {
		memory_adopt(m, &t->maps);
		r = memory_wiped_copy(t->dir, m, is_short, t, f);
	}
	if (r == 0)
		r = memory_copy(dir, t->snap.child, MEMORY_BY_PROC_MEM, m, is_short, t, f);
	return copied(t, r, begin, m, f);
}

static int look(int32_t pid, struct memory_image *ret_maps, struct inject_gadgets *ret)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct fault ignored;
	int32_t tid;
	int r = root_open(NULL, &root, &ignored);
	_cleanup_close_ int dir = r < 0 ? -1 : scan_open_target(&root, pid, &tid, &ignored);

	if (r == 0)
		r = dir < 0 ? dir : memory_maps_read(dir, ret_maps, &ignored);
	return r == 0 ? gadgets_find(dir, ret_maps, ret, &ignored) : r;
}

/* A fork that a limit forbids: the other way is open. */
static int or_unsupported(int r, const char **ret_why)
{
	if (r != -EAGAIN && r != -ENOMEM)
		return r;
	*ret_why = "a limit (pids, RLIMIT_NPROC, overcommit) forbids it to fork";
	return -ENOTSUP;
}

/* Why a fork must not be tried; NULL when nothing forbids it. */
static const char *no_fork(const struct taking *t)
{
	const uint32_t kinds = MAPPING_HUGETLB | MAPPING_SHARED;

	/*
	 * Its handler may ask to be told of forks (UFFD_FEATURE_EVENT_FORK): clone() then waits
	 * until it has taken that in (fs/userfaultfd.c, dup_userfaultfd_complete), and it stands
	 * still with the rest.
	 */
	if (t->has_userfaultfd)
		return "it has a userfaultfd, whose handler a fork might wait for";
	/*
	 * Where the pool is empty, what the process writes afterwards takes the page away from the
	 * copy (mm/hugetlb.c, hugetlb_wp: unmap_ref_private).
	 */
	for (uint32_t i = 0; i < t->maps.mappings; i++)
		if ((t->maps.mapping[i].flags & kinds) == MAPPING_HUGETLB)
			return "huge pages (hugetlb) may vanish from a forked copy";
	return NULL;
}

int scan_by_fork(struct taking *t, struct memory_image *m, const char **ret_why, struct fault *f)
{
	struct inject_gadgets gadgets;
	struct seized s;
	struct fault late = { 0 };
	double pause;
	int r;

	*ret_why = no_fork(t);
	if (*ret_why)
		return -ENOTSUP;
	r = gadgets_find(t->dir, &t->maps, &gadgets, f);
	*ret_why = "no code of a libc was found to fork it with";
	if (r == -ENOENT)
		return -ENOTSUP;
	if (r == 0)
		r = or_unsupported(snapshot_arm(t->pid, &t->maps, &gadgets, look, &t->snap, f),
				   ret_why);
	if (r == 0)
		r = make_room(t, f);
	if (r == 0)
		r = seize(t->pid, t->o->timeout_seconds, &s, f);
	if (r == 0) {
		r = or_unsupported(snapshot_fork(&s, &t->snap, ret_why, f), ret_why);
		if (r == 0)
			r = read_threads(&s, m, f);
		seized_release(&s, &pause);
		add_pause(t->cost, pause);
	}
	if (r == 0)
		r = copy_child(t, m, ret_why, f);
	if (snapshot_end(&t->snap, &pause, &late) < 0 && r == 0)
		*f = late; /* said, no reason to fail: the image is whole */
	if (pause > 0)
		add_pause(t->cost, pause);
	return r;
}

int scan_copy_held(struct taking *t, struct memory_image *m, struct fault *f)
{
	const double begin = clock_boot_seconds();
	struct memory_image now = MEMORY_IMAGE_NONE;
	int r = memory_maps_read(t->dir, &now, f);

	if (r == 0) {
		m->mapping = now.mapping;
		m->mappings = now.mappings;
		slow_files_mark(&t->maps, m);
		r = memory_runs_read(t->dir, m, f);
	}
	if (r == 0)
		r = memory_shared_runs_read(t->dir, m, t->o->shared_limit_bytes, f);
	if (r == 0) {
		memory_adopt(m, &t->maps);
		r = memory_copy(t->dir, t->tid, MEMORY_BY_VM_READV, m, is_short, t, f);
	}
	if (r == 0 && t->has_userfaultfd)
		m->unreadable_pages += memory_missing_pages(t->dir, m);
	return copied(t, r, begin, m, f);
}

int scan_by_copy(struct taking *t, struct memory_image *m, struct fault *f)
{
	struct seized s;
	double pause;
	int r = make_room(t, f);

	if (r == 0)
		r = seize(t->pid, t->o->timeout_seconds, &s, f);
	if (r < 0)
		return r;
	r = read_threads(&s, m, f);
	if (r == 0)
		r = scan_copy_held(t, m, f);
	seized_release(&s, &pause);
	add_pause(t->cost, pause);
	return r;
}
