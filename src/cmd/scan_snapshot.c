/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/scan_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/scan_take.h"
#include "source/memory_copy.h"
#include "source/proc_fds.h"
#include "source/proc_status.h"
#include "source/slow_files.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGE_PRESENT (UINT64_C(1) << 63)

/* How what was not copied is read from the process. */
struct live {
	int mem, pagemap;
	uint32_t slow_files;
	struct page_run slow[];
};

/* A read through /proc/PID/mem holds the process's mmap_lock until the file's server answers. */
static bool would_wait(const struct live *l, uint64_t address, size_t len)
{
	const uint64_t last = (address + len - 1) / IMAGE_PAGE;
	bool slow = false;

	for (uint32_t i = 0; i < l->slow_files && !slow; i++)
		slow = address < l->slow[i].end && address + len > l->slow[i].start;
	for (uint64_t page = address / IMAGE_PAGE; slow && page <= last; page++) {
		uint64_t word;

		if (pread(l->pagemap, &word, sizeof(word), (off_t)(page * sizeof(word))) !=
			    sizeof(word) ||
		    !(word & PAGE_PRESENT))
			return true;
	}
	return false;
}

static int peek_live(void *context, uint64_t address, void *buf, size_t len)
{
	const struct live *l = context;
	ssize_t n;

	if (len == 0 || would_wait(l, address, len))
		return -EFAULT;
	n = pread(l->mem, buf, len, (off_t)address);
	if (n == (ssize_t)len)
		return 0;
	return n < 0 ? -errno : n == 0 ? -ESRCH : -EFAULT;
}

static struct live *live_of(int dir, const struct memory_image *maps)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < maps->mappings; i++)
		n += !!(maps->mapping[i].flags & MAPPING_SLOW);
	struct live *l = calloc(1, sizeof(*l) + n * sizeof(l->slow[0]));

	if (!l)
		return NULL;
	l->mem = openat(dir, "mem", O_RDONLY | O_CLOEXEC);
	l->pagemap = openat(dir, "pagemap", O_RDONLY | O_CLOEXEC);
	for (uint32_t i = 0; i < maps->mappings; i++)
		if (maps->mapping[i].flags & MAPPING_SLOW)
			l->slow[l->slow_files++] =
				(struct page_run){ maps->mapping[i].start, maps->mapping[i].end };
	return l;
}

void scan_snapshot_done(struct memory_image *m)
{
	struct live *l = m->peek == peek_live ? m->context : NULL;

	if (l) {
		closep(&l->mem);
		closep(&l->pagemap);
		free(l);
	}
	m->peek = NULL;
	m->context = NULL;
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
	return scan_by_copy(t, m, f);
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
		return scan_by_copy(t, m, f);
	r = scan_by_fork(t, m, &why, f);
	return r == -ENOTSUP ? fall_back(t, &facts, why, m, f) : r;
}

static void hand_over(const struct taking *t, struct memory_image *m, struct memory_image *ret)
{
	m->pid = t->pid;
	m->context = live_of(t->dir, &t->maps);
	m->peek = m->context ? peek_live : NULL;
	*ret = TAKE(*m, MEMORY_IMAGE_NONE);
}

/* RssAnon and RssShmem have no pages of hugetlb; of its mappings a part may be touched only. */
static void count_hugetlb(struct taking *t)
{
	char buf[8192];
	struct proc_status st;
	uint64_t private = 0;

	if (proc_status_read(t->dir, "status", buf, sizeof(buf), &st) < 0 ||
	    !opt_is_known(st.hugetlb_bytes))
		return;
	for (uint32_t i = 0; i < t->maps.mappings; i++) {
		const struct mapping *m = &t->maps.mapping[i];

		if ((m->flags & (MAPPING_HUGETLB | MAPPING_SHARED)) == MAPPING_HUGETLB)
		private += m->end - m->start;
	}
	private = MIN(private, st.hugetlb_bytes.value);
	t->room.held_bytes += private;
	t->room.shmem_bytes += st.hugetlb_bytes.value - private;
}

/* What there is to be known before it is decided how. */
static int look_before(struct taking *t, struct fault *f)
{
	int r = memory_maps_read(t->dir, &t->maps, f);

	if (r == 0)
		r = scan_headroom_open(&t->room, t->root, t->pid, f);
	if (r < 0)
		return r;
	count_hugetlb(t);
	slow_files_find(t->dir, &t->maps);
	t->has_userfaultfd = proc_holds_fd(t->dir, "anon_inode:[userfaultfd]");
	return 0;
}

static struct taking taking_of(const struct root *root, int32_t pid, int32_t tid, int dir,
			       const struct scan_snapshot_options *o, struct scan_cost *cost)
{
	return (struct taking){
		.root = root,
		.o = o,
		.pid = pid,
		.tid = tid,
		.dir = dir,
		.maps = MEMORY_IMAGE_NONE,
		.room = SCAN_HEADROOM_NONE,
		.snap = SNAPSHOT_IDLE,
		.cost = cost,
	};
}

int scan_snapshot(const struct root *root, int32_t pid, const struct scan_snapshot_options *o,
		  struct memory_image *ret, struct scan_cost *cost, struct fault *f)
{
	*f = (struct fault){ 0 };
	int32_t tid;
	_cleanup_close_ int dir = scan_open_target(root, pid, &tid, f);
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	struct taking t = taking_of(root, pid, tid, dir, o, cost);
	int r = dir < 0 ? dir : seize_check(dir, pid, f);

	if (r == 0)
		r = look_before(&t, f);
	if (r == -EACCES || r == -EPERM)
		r = seize_explain(dir, pid, -EPERM, f);
	if (r == 0)
		r = take(&t, &m, f);
	if (r == 0)
		hand_over(&t, &m, ret);
	scan_headroom_close(&t.room);
	memory_image_release(&t.maps);
	return r;
}

int scan_snapshot_held(const struct root *root, int32_t tid, struct image_thread *thread,
		       uint32_t threads, const struct scan_snapshot_options *o,
		       struct memory_image *ret, struct scan_cost *cost, struct fault *f)
{
	_cleanup_image_ struct memory_image m = { .thread = thread, .threads = threads };
	_cleanup_close_ int dir = scan_open_proc(root, tid, f);
	struct taking t = taking_of(root, tid, tid, dir, o, cost);
	int r = dir < 0 ? dir : look_before(&t, f);

	if (r == 0) {
		const struct snapshot_facts facts = facts_of(&t);

		r = snapshot_short_of(&facts, SNAPSHOT_COPY)
			    ? scan_headroom_refuse(&t.room, &facts, SNAPSHOT_COPY, f)
			    : scan_copy_held(&t, &m, f);
	}
	if (r == 0)
		hand_over(&t, &m, ret);
	scan_headroom_close(&t.room);
	memory_image_release(&t.maps);
	return r;
}
