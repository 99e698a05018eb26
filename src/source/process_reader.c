/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/process_reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "source/proc_cgroup.h"
#include "source/proc_limits.h"
#include "source/proc_statm.h"
#include "source/proc_status.h"

static void apply_stat(const struct process_reader *x, const struct proc_stat *st,
		       struct process *p)
{
	p->id = (struct process_id){ st->pid, st->starttime_ticks };
	p->session = st->session;
	p->cpu_seconds = (double)(st->utime + st->stime) / x->ticks_per_second;
	p->fields |= PROCESS_CPU;
	memcpy(p->comm, st->comm, sizeof(p->comm));
}

static void apply_number(struct process *p, struct opt_u64 from, uint64_t *to, uint32_t field)
{
	*to = opt_is_known(from) ? from.value : 0;
	p->fields = opt_is_known(from) ? p->fields | field : p->fields & ~field;
}

static void apply_status(struct process *p, const struct proc_status *st)
{
	struct opt_u64 vm =
		opt_is_known(st->vm_data_bytes) ? st->vm_size_bytes : opt_u64_none(ABSENT);

	p->uid = st->uid;
	p->threads = st->threads;
	p->zombie = (st->state == 'Z' || st->state == 'X') && st->threads <= 1;
	apply_number(p, st->rss_anon_bytes, &p->anon_bytes, PROCESS_ANON);
	apply_number(p, st->rss_shmem_bytes, &p->shmem_bytes, PROCESS_SHMEM);
	apply_number(p, st->rss_file_bytes, &p->file_bytes, PROCESS_FILE);
	apply_number(p, st->swap_bytes, &p->swap_bytes, PROCESS_SWAP);
	apply_number(p, st->pte_bytes, &p->pgtables_bytes, PROCESS_PGTABLES);
	apply_number(p, st->vm_data_bytes, &p->data_bytes, PROCESS_VM);
	apply_number(p, vm, &p->vm_bytes, PROCESS_VM);
}

int process_other_thread(int dirfd, int32_t pid, char *buf, size_t size, int32_t *ret)
{
	_cleanup_close_ int task = openat(dirfd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n = task < 0 ? -1 : getdents64(task, buf, size);

	for (ssize_t at = 0; at < n;) {
		const struct dirent64 *d = (const void *)(buf + at);
		uint64_t tid;

		at += d->d_reclen;
		if (text_u64(text_string(d->d_name), &tid) < 0 || tid == (uint64_t)pid ||
		    tid > INT32_MAX)
			continue;
		*ret = (int32_t)tid;
		return 0;
	}
	return -ENOENT;
}

/*
 * A leader that called pthread_exit is a zombie while its threads run on, and its status shows no
 * memory: a leak in such a process would be invisible. Any live thread's status shows it.
 */
static void read_live_thread(struct process_reader *x, int dirfd, int32_t pid,
			     struct proc_status *st)
{
	struct proc_status thread;
	char path[48];
	int32_t tid = 0;

	if (process_other_thread(dirfd, pid, x->buf, x->size, &tid) < 0)
		return;
	(void)snprintf(path, sizeof(path), "task/%d/status", tid);
	if (proc_status_read(dirfd, path, x->buf, x->size, &thread) < 0)
		return;
	thread.threads = st->threads;
	*st = thread;
}

static int read_status(struct process_reader *x, int dirfd, int32_t pid, struct process *p)
{
	struct proc_status st;
	struct proc_statm m;
	int r = proc_status_read(dirfd, "status", x->buf, x->size, &st);

	if (r < 0)
		return r;
	if (st.state == 'Z' && st.threads > 1)
		read_live_thread(x, dirfd, pid, &st);
	/* Before 4.5 shmem cannot be told from file pages; anon is what leaks are made of. */
	if (opt_is_known(st.rss_bytes) && !opt_is_known(st.rss_anon_bytes) &&
	    proc_statm_read(dirfd, &m) == 0) {
		uint64_t page = x->page_bytes;

		st.rss_anon_bytes = opt_u64_of((m.resident_pages - m.shared_pages) * page);
	}
	apply_status(p, &st);
	return 0;
}

int oom_score_adj_parse(const char *buf, size_t len, int16_t *ret)
{
	struct text in = text_of(buf, len), line = { 0 };
	int64_t adj;

	(void)text_next_line(&in, &line);
	if (in.n || text_i64(line, &adj) < 0 || adj < -1000 || adj > 1000)
		return -EPROTO;
	*ret = (int16_t)adj;
	return 0;
}

static void read_oom_score_adj(struct process_reader *x, int dirfd, struct process *p)
{
	char buf[32];
	size_t len;

	p->fields &= ~(uint32_t)PROCESS_OOM_SCORE_ADJ;
	if (file_read_at(dirfd, "oom_score_adj", buf, sizeof(buf), &len) < 0 ||
	    oom_score_adj_parse(buf, len, &p->oom_score_adj) < 0)
		return;
	p->fields |= PROCESS_OOM_SCORE_ADJ;
}

static void read_limits(struct process_reader *x, int dirfd, struct process *p)
{
	struct proc_limits limits = { 0 };

	(void)!proc_limits_read(dirfd, x->buf, x->size, &limits);
	apply_number(p, limits.as_bytes, &p->rlimit_as_bytes, PROCESS_RLIMIT_AS);
	apply_number(p, limits.data_bytes, &p->rlimit_data_bytes, PROCESS_RLIMIT_DATA);
}

static void read_cgroup(struct process_reader *x, int dirfd, struct process *p)
{
	struct text path;

	p->cgroup = CGROUP_NONE;
	if (x->cgroups->dir >= 0 &&
	    proc_cgroup_read(dirfd, x->cgroups->table.version, x->buf, x->size, &path) == 0)
		p->cgroup = cgroup_tree_intern(x->cgroups, path);
}

/* Not being able to read one of them costs its fields, not the process. */
static void (*const rare_readers[])(struct process_reader *x, int dirfd, struct process *p) = {
	read_cgroup,
	read_limits,
	read_oom_score_adj,
};

static void read_rare(struct process_reader *x, int dirfd, struct process *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(rare_readers); i++)
		rare_readers[i](x, dirfd, p);
}

/* -ESTALE when the pid now names another life than the one we know. */
static int read_stat(struct process_reader *x, int dirfd, struct process *p)
{
	struct proc_stat st;
	int r = proc_stat_read(dirfd, x->buf, x->size, &st);

	if (r < 0)
		return r;
	if (st.pid != p->id.pid || st.starttime_ticks != p->id.starttime_ticks)
		return -ESTALE;
	apply_stat(x, &st, p);
	return 0;
}

/*
 * anon, vm and data follow from statm; swap, and how `shared` splits into file and shmem, do not:
 * they stay valid while nothing was swapped and `shared` is the same. Halves the cost of a pass,
 * since most processes do nothing most of the time.
 */
static bool statm_suffices(const struct process_reader *x, const struct process_memo *memo,
			   const struct process *p, const struct proc_statm *m)
{
	return !x->swap_moved && (p->fields & PROCESS_ANON) && m->resident_pages &&
	       m->shared_pages == memo->shared_pages && m->data_pages >= memo->stack_pages;
}

static uint32_t clamp_u32(uint64_t v)
{
	return (uint32_t)MIN(v, (uint64_t)UINT32_MAX);
}

void process_memo_release(struct process_reader *x, struct process_memo *memo)
{
	if (memo->statm < 0)
		return;
	closep(&memo->statm);
	x->statm_left++;
}

/* Kept from the second reading on: most short lives never get there. */
static int read_statm(struct process_reader *x, int dirfd, struct process_memo *memo,
		      struct proc_statm *ret)
{
	if (memo->statm < 0 && x->statm_left) {
		memo->statm = openat(dirfd, "statm", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (memo->statm < 0)
			return -errno;
		x->statm_left--;
	}
	return memo->statm < 0 ? proc_statm_read(dirfd, ret) : proc_statm_read_fd(memo->statm, ret);
}

static int read_memory(struct process_reader *x, int dirfd, bool slow, struct process_memo *memo,
		       struct process *p)
{
	struct proc_statm m = { .shared_pages = UINT32_MAX };
	bool have = x->live && x->page_bytes && read_statm(x, dirfd, memo, &m) == 0;
	uint64_t data;
	int r;

	if (have && !slow && statm_suffices(x, memo, p, &m)) {
		p->anon_bytes = (m.resident_pages - m.shared_pages) * x->page_bytes;
		p->vm_bytes = m.size_pages * x->page_bytes;
		p->data_bytes = (m.data_pages - memo->stack_pages) * x->page_bytes;
		return 0;
	}
	r = read_status(x, dirfd, p->id.pid, p);
	if (r < 0)
		return r;
	data = x->page_bytes ? p->data_bytes / x->page_bytes : 0;
	memo->shared_pages = clamp_u32(m.shared_pages);
	memo->stack_pages = clamp_u32(m.data_pages > data ? m.data_pages - data : 0);
	return 0;
}

int process_read_first(struct process_reader *x, int dirfd, const struct proc_stat *st,
		       struct process *p)
{
	int r;

	apply_stat(x, st, p);
	r = read_status(x, dirfd, st->pid, p);
	if (r < 0)
		return r;
	read_rare(x, dirfd, p);
	return 0;
}

int process_read_again(struct process_reader *x, int dirfd, bool identity, bool slow,
		       struct process_memo *memo, struct process *p)
{
	/* The second look at a newborn: what its parent set between fork and exec counts from now.
	 */
	bool all = slow && memo->shared_pages == UINT32_MAX;
	int r = identity || slow ? read_stat(x, dirfd, p) : 0;

	if (r >= 0)
		r = read_memory(x, dirfd, slow, memo, p);
	if (r < 0)
		return r;
	if (all) {
		read_rare(x, dirfd, p);
	} else if (slow) {
		rare_readers[memo->rare](x, dirfd, p);
		memo->rare = (uint8_t)((memo->rare + 1) % ARRAY_SIZE(rare_readers));
	}
	return 0;
}
