/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/sampler.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/fd.h"
#include "source/cgroup_tree.h"
#include "source/host_reader.h"
#include "source/pid_index.h"
#include "source/proc_cgroup.h"
#include "source/proc_limits.h"
#include "source/proc_stat.h"
#include "source/proc_statm.h"
#include "source/proc_status.h"
#include "source/zoneinfo.h"

/* Descriptors left to the rest of the program when the limit is lower than wished. */
#define FD_RESERVE 128
/* zoneinfo of a 256-CPU machine, status with 65,536 groups. Touched only as far as it is used. */
#define SCRATCH_BYTES MIB
#define LISTING_BYTES (32 * KIB)
#define USAGE_MAX 64

/* What the sampler keeps of one life beside its struct process; kernel threads have only this. */
struct life {
	int32_t pid;   /* 0: free */
	int32_t dirfd; /* -1: none kept */
	uint32_t pass; /* last pass that listed it */
	double slow_due_seconds;
};

/* guard's 4 MiB for 4,096 processes leave this much beside a track of 704 bytes. */
_Static_assert(sizeof(struct process) + sizeof(struct life) + 1 + 4 * sizeof(struct pid_entry) <=
		       240,
	       "a slot is too big for guard's budget");

struct sampler {
	const struct root *root;
	struct sampler_config config;
	struct process_table table;
	struct cgroup_tree cgroups;
	struct host_reader host;
	struct pid_index index;
	struct life *life;		     /* processes at [0, capacity), kernel threads above */
	uint32_t kthread_end;		     /* every kernel thread in use is below */
	uint32_t free_process, free_kthread; /* nothing free below */
	uint32_t dirfds, max_dirfds;
	uint32_t pass;
	double ticks_per_second;
	char *scratch, *listing;
	int32_t *sorted; /* of a captured tree: its directory has no order of its own */
};

struct sampler_config sampler_config_watch(void)
{
	return (struct sampler_config){ .max_processes = 65536,
					.max_cgroups = 16384,
					.cgroup_path_bytes = 4 * MIB,
					.max_dirfds = 65536,
					.slow_seconds = 15,
					.cgroup_seconds = 2 };
}

struct sampler_config sampler_config_guard(void)
{
	return (struct sampler_config){ .max_processes = 4096,
					.max_cgroups = 1024,
					.cgroup_path_bytes = 128 * KIB,
					.max_dirfds = 8192,
					.slow_seconds = 60,
					.cgroup_seconds = 5 };
}

/* Kernel threads are at most as many as processes; past that they are only counted. */
static uint32_t life_capacity(const struct sampler *s)
{
	return 2 * s->table.capacity;
}

static int allocate(struct sampler *s, struct fault *f)
{
	uint32_t slots = s->config.max_processes, entries = pid_index_size(2 * slots);

	s->table.process = calloc(slots, sizeof(*s->table.process));
	s->table.state = calloc(slots, sizeof(*s->table.state));
	s->life = calloc(2 * (size_t)slots, sizeof(*s->life));
	s->index.entry = calloc(entries, sizeof(*s->index.entry));
	s->scratch = malloc(SCRATCH_BYTES);
	s->listing = malloc(LISTING_BYTES);
	if (!s->root->live)
		s->sorted = calloc(2 * (size_t)slots, sizeof(*s->sorted));
	if (!s->table.process || !s->table.state || !s->life || !s->index.entry || !s->scratch ||
	    !s->listing || (!s->root->live && !s->sorted))
		return fault_errno(f, -ENOMEM, "cannot allocate room for %u processes", slots);
	s->index.mask = entries - 1;
	s->table.capacity = slots;
	s->kthread_end = s->free_kthread = slots;
	return cgroup_tree_open(&s->cgroups, s->root, s->config.max_cgroups,
				s->config.cgroup_path_bytes, f);
}

/* How many descriptors may be kept, after asking for all that the hard limit allows. */
static uint32_t descriptor_budget(uint32_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	if (limit.rlim_cur < limit.rlim_max && limit.rlim_cur < wanted + FD_RESERVE) {
		struct rlimit raised = { limit.rlim_max, limit.rlim_max };

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	if (limit.rlim_cur <= FD_RESERVE)
		return 0;
	return (uint32_t)MIN((uint64_t)wanted, (uint64_t)limit.rlim_cur - FD_RESERVE);
}

int sampler_open(const struct root *root, const struct sampler_config *config, struct sampler **ret,
		 struct fault *f)
{
	struct sampler *s;
	int r;

	if (!config->max_processes || config->max_processes > MIB || !config->max_cgroups ||
	    config->max_cgroups > MIB || config->cgroup_path_bytes < 2)
		return fault_set(f, -EINVAL, "sampler capacity is out of range");
	s = calloc(1, sizeof(*s));
	if (!s)
		return fault_errno(f, -ENOMEM, "cannot allocate the sampler");
	s->root = root;
	s->config = *config;
	s->cgroups.dir = s->host.meminfo = s->host.pressure = -1;
	s->ticks_per_second = (double)sysconf(_SC_CLK_TCK);
	s->max_dirfds = descriptor_budget(config->max_dirfds);
	r = allocate(s, f);
	if (r >= 0)
		r = host_reader_open(&s->host, root, s->scratch, SCRATCH_BYTES, f);
	if (r < 0) {
		sampler_free(s);
		return r;
	}
	s->table.cgroups = s->cgroups.table;
	*ret = s;
	return 0;
}

static void drop_dirfd(struct sampler *s, struct life *l)
{
	if (l->dirfd < 0)
		return;
	closep(&l->dirfd);
	s->dirfds--;
}

const struct process_table *sampler_table(const struct sampler *s)
{
	return &s->table;
}

int sampler_dirfd(const struct sampler *s, uint32_t slot)
{
	return slot < s->table.high && s->table.state[slot] != SLOT_FREE ? s->life[slot].dirfd : -1;
}

static bool is_kthread(const struct sampler *s, uint32_t i)
{
	return i >= s->table.capacity;
}

static void end_life(struct sampler *s, uint32_t i)
{
	struct life *l = &s->life[i];

	drop_dirfd(s, l);
	pid_index_remove(&s->index, l->pid);
	l->pid = 0;
	if (is_kthread(s, i)) {
		s->free_kthread = MIN(s->free_kthread, i);
		return;
	}
	s->table.state[i] = SLOT_FREE;
	s->free_process = MIN(s->free_process, i);
}

/* Calls end_life for everybody in [from, end) whom the current pass did not list. */
static void sweep_range(struct sampler *s, uint32_t from, uint32_t end)
{
	for (uint32_t i = from; i < end; i++)
		if (s->life[i].pid && s->life[i].pass != s->pass)
			end_life(s, i);
}

static void sweep(struct sampler *s)
{
	/* Not one range: between them lies memory that was never touched. */
	sweep_range(s, 0, s->table.high);
	sweep_range(s, s->table.capacity, s->kthread_end);
	while (s->table.high && s->table.state[s->table.high - 1] == SLOT_FREE)
		s->table.high--;
}

void sampler_free(struct sampler *s)
{
	if (!s)
		return;
	s->pass++;
	if (s->life)
		sweep(s);
	host_reader_release(&s->host);
	cgroup_tree_release(&s->cgroups);
	free(s->table.process);
	free(s->table.state);
	free(s->life);
	free(s->index.entry);
	free(s->scratch);
	free(s->listing);
	free(s->sorted);
	free(s);
}

/* The lowest free place in [*hint, end), or PID_INDEX_NONE. */
static uint32_t free_place(const struct sampler *s, uint32_t *hint, uint32_t end)
{
	while (*hint < end && s->life[*hint].pid)
		(*hint)++;
	return *hint < end ? *hint : PID_INDEX_NONE;
}

/* Keeps *fd (taking it over) as long as the budget lasts. */
static void begin_life(struct sampler *s, uint32_t i, int32_t pid, int *fd)
{
	struct life *l = &s->life[i];
	bool keep = s->dirfds < s->max_dirfds;

	*l = (struct life){ .pid = pid, .dirfd = keep ? TAKE_FD(*fd) : -1, .pass = s->pass };
	s->dirfds += keep;
	pid_index_add(&s->index, pid, i);
}

static int open_process(const struct sampler *s, int32_t pid)
{
	char name[16];
	int fd, n = snprintf(name, sizeof(name), "%d", pid);

	if (n < 0 || (size_t)n >= sizeof(name))
		return -EINVAL;
	fd = openat(s->root->proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void apply_stat(const struct sampler *s, const struct proc_stat *st, struct process *p)
{
	p->id = (struct process_id){ st->pid, st->starttime_ticks };
	p->ppid = st->ppid;
	p->session = st->session;
	p->cpu_seconds = (double)(st->utime + st->stime) / s->ticks_per_second;
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

	p->ppid = st->ppid;
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

/* Another thread than the leader: any number in task/ that is not the pid. */
static int other_thread(struct sampler *s, int dirfd, int32_t pid, int32_t *ret)
{
	_cleanup_close_ int task = openat(dirfd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n = task < 0 ? -1 : getdents64(task, s->scratch, SCRATCH_BYTES);

	if (n < 0)
		return -errno;
	for (ssize_t at = 0; at < n;) {
		const struct dirent64 *d = (const void *)(s->scratch + at);
		uint64_t tid;

		at += d->d_reclen;
		if (text_u64(text_of(d->d_name, strlen(d->d_name)), &tid) < 0 ||
		    tid == (uint64_t)pid || tid > INT32_MAX)
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
static void read_live_thread(struct sampler *s, int dirfd, int32_t pid, struct proc_status *st)
{
	struct proc_status thread;
	char path[48];
	int32_t tid;

	if (other_thread(s, dirfd, pid, &tid) < 0)
		return;
	(void)snprintf(path, sizeof(path), "task/%d/status", tid);
	if (proc_status_read(dirfd, path, s->scratch, SCRATCH_BYTES, &thread) < 0)
		return;
	thread.threads = st->threads;
	*st = thread;
}

static int read_status(struct sampler *s, int dirfd, int32_t pid, struct process *p)
{
	struct proc_status st;
	struct proc_statm m;
	int r = proc_status_read(dirfd, "status", s->scratch, SCRATCH_BYTES, &st);

	if (r < 0)
		return r;
	if (st.state == 'Z' && st.threads > 1)
		read_live_thread(s, dirfd, pid, &st);
	/* Before 4.5 shmem cannot be told from file pages; anon is what leaks are made of. */
	if (opt_is_known(st.rss_bytes) && !opt_is_known(st.rss_anon_bytes) &&
	    proc_statm_read(dirfd, &m) == 0) {
		uint64_t page = s->table.host.page_bytes;

		st.rss_anon_bytes = opt_u64_of((m.resident_pages - m.shared_pages) * page);
	}
	apply_status(p, &st);
	return 0;
}

static void read_oom_score_adj(int dirfd, struct process *p)
{
	char buf[32];
	size_t len;
	int64_t adj;

	p->fields &= ~(uint32_t)PROCESS_OOM_SCORE_ADJ;
	if (file_read_at(dirfd, "oom_score_adj", buf, sizeof(buf), &len) < 0)
		return;
	len -= len && buf[len - 1] == '\n';
	if (text_i64(text_of(buf, len), &adj) < 0 || adj < -1000 || adj > 1000)
		return;
	p->oom_score_adj = (int16_t)adj;
	p->fields |= PROCESS_OOM_SCORE_ADJ;
}

/* What changes rarely. Not being able to read it costs the field, not the process. */
static void read_slow(struct sampler *s, int dirfd, struct process *p)
{
	struct proc_limits limits = { 0 };
	struct text path;

	(void)!proc_limits_read(dirfd, s->scratch, SCRATCH_BYTES, &limits);
	apply_number(p, limits.as_bytes, &p->rlimit_as_bytes, PROCESS_RLIMIT_AS);
	apply_number(p, limits.data_bytes, &p->rlimit_data_bytes, PROCESS_RLIMIT_DATA);
	read_oom_score_adj(dirfd, p);
	p->cgroup = CGROUP_NONE;
	if (s->cgroups.dir >= 0 && proc_cgroup_read(dirfd, s->cgroups.table.version, s->scratch,
						    SCRATCH_BYTES, &path) == 0)
		p->cgroup = cgroup_tree_intern(&s->cgroups, path);
}

/* In (0, slow_seconds], from the pid: spreads the refreshes over the passes, and repeatably. */
static double first_refresh_seconds(const struct sampler *s, int32_t pid)
{
	uint32_t spread = (uint32_t)pid * UINT32_C(2654435769);

	return s->config.slow_seconds * ((double)spread + 1) / 0x1p32;
}

static int first_sight_kthread(struct sampler *s, int32_t pid, int *fd)
{
	uint32_t i = free_place(s, &s->free_kthread, life_capacity(s));

	if (i != PID_INDEX_NONE) {
		begin_life(s, i, pid, fd);
		s->kthread_end = MAX(s->kthread_end, i + 1);
	}
	return 1;
}

/* 0 read, 1 a kernel thread, -ENOSPC no slot left, or why it could not be read. */
static int first_sight(struct sampler *s, int32_t pid)
{
	_cleanup_close_ int fd = open_process(s, pid);
	struct process p = { .first_seen_seconds = s->table.time_seconds };
	struct proc_stat st;
	uint32_t i;
	int r;

	if (fd < 0)
		return fd;
	r = proc_stat_read(fd, s->scratch, SCRATCH_BYTES, &st);
	if (r < 0)
		return r;
	if (st.pid != pid)
		return -EPROTO;
	if (st.flags & PROC_STAT_KTHREAD)
		return first_sight_kthread(s, pid, &fd);
	i = free_place(s, &s->free_process, s->table.capacity);
	if (i == PID_INDEX_NONE)
		return -ENOSPC;
	apply_stat(s, &st, &p);
	r = read_status(s, fd, pid, &p);
	if (r < 0)
		return r;
	read_slow(s, fd, &p);
	begin_life(s, i, pid, &fd);
	s->life[i].slow_due_seconds = s->table.time_seconds + first_refresh_seconds(s, pid);
	s->table.process[i] = p;
	s->table.state[i] = SLOT_NEW;
	s->table.high = MAX(s->table.high, i + 1);
	return 0;
}

/* -ESTALE when the pid now names another life than the one we know. */
static int read_stat(struct sampler *s, int dirfd, struct process *p)
{
	struct proc_stat st;
	int r = proc_stat_read(dirfd, s->scratch, SCRATCH_BYTES, &st);

	if (r < 0)
		return r;
	if (st.pid != p->id.pid || st.starttime_ticks != p->id.starttime_ticks)
		return -ESTALE;
	apply_stat(s, &st, p);
	return 0;
}

static int again_process(struct sampler *s, uint32_t i)
{
	struct life *l = &s->life[i];
	struct process *p = &s->table.process[i];
	bool slow = s->table.time_seconds >= l->slow_due_seconds;
	_cleanup_close_ int opened = l->dirfd < 0 ? open_process(s, l->pid) : -1;
	int dirfd = l->dirfd < 0 ? opened : l->dirfd, r = 0;

	if (dirfd < 0)
		return dirfd;
	if (l->dirfd < 0 || slow)
		r = read_stat(s, dirfd, p);
	if (r >= 0)
		r = read_status(s, dirfd, l->pid, p);
	if (r < 0)
		return r;
	if (slow) {
		read_slow(s, dirfd, p);
		l->slow_due_seconds = s->table.time_seconds + s->config.slow_seconds;
	}
	s->table.state[i] = SLOT_LIVE;
	return 0;
}

/* Is it still there? A lookup in its directory fails when it is not; no read is needed. */
static int again_kthread(const struct life *l)
{
	if (l->dirfd < 0)
		return -ESTALE;
	return faccessat(l->dirfd, "stat", F_OK, 0) < 0 ? -errno : 1;
}

static bool is_gone(const struct sampler *s, int r)
{
	return r == -ESTALE || (s->root->live && (r == -ESRCH || r == -ENOENT));
}

static int visit(struct sampler *s, int32_t pid)
{
	uint32_t i = pid_index_find(&s->index, pid);
	int r;

	if (i == PID_INDEX_NONE)
		return first_sight(s, pid);
	s->life[i].pass = s->pass;
	if (!is_kthread(s, i))
		s->table.state[i] = SLOT_STALE;
	r = is_kthread(s, i) ? again_kthread(&s->life[i]) : again_process(s, i);
	if (!is_gone(s, r))
		return r;
	/* The listing has the pid: it may be somebody else's by now. */
	end_life(s, i);
	return first_sight(s, pid);
}

/* Closes up to `want` kept descriptors in [from, end); returns how many. */
static uint32_t shed_range(struct sampler *s, uint32_t from, uint32_t end, uint32_t want)
{
	uint32_t shed = 0;

	for (uint32_t i = end; i-- > from && shed < want;)
		if (s->life[i].pid && s->life[i].dirfd >= 0) {
			drop_dirfd(s, &s->life[i]);
			shed++;
		}
	return shed;
}

/* Somebody else needs descriptors too: keep fewer from now on. */
static void shed_dirfds(struct sampler *s)
{
	uint32_t shed = shed_range(s, s->table.capacity, s->kthread_end, 16);

	(void)shed_range(s, 0, s->table.high, 16 - shed);
	s->max_dirfds = s->dirfds;
}

static void visit_counted(struct sampler *s, int32_t pid)
{
	struct pass_counts *c = &s->table.counts;
	int r = visit(s, pid);

	if ((r == -EMFILE || r == -ENFILE) && s->dirfds) {
		shed_dirfds(s);
		r = visit(s, pid);
	}
	c->listed++;
	if (r == 0)
		c->read++;
	else if (r == 1)
		c->kthreads++;
	else if (r == -ENOSPC)
		c->over_capacity++;
	else if (is_gone(s, r))
		c->vanished++;
	else
		c->unreadable++;
}

static int compare_pids(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static void visit_sorted(struct sampler *s, uint32_t count)
{
	qsort(s->sorted, count, sizeof(*s->sorted), compare_pids);
	for (uint32_t i = 0; i < count; i++)
		visit_counted(s, s->sorted[i]);
}

static int list_processes(struct sampler *s, struct fault *f)
{
	uint32_t count = 0;
	ssize_t n;

	if (lseek(s->root->proc, 0, SEEK_SET) < 0)
		return fault_errno(f, -errno, "cannot list proc");
	while ((n = getdents64(s->root->proc, s->listing, LISTING_BYTES)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(s->listing + at);
			struct text name = text_of(d->d_name, strlen(d->d_name));
			uint64_t pid;

			at += d->d_reclen;
			if (name.p[0] == '0' || text_u64(name, &pid) < 0 || pid > INT32_MAX)
				continue;
			if (s->root->live || count == life_capacity(s))
				visit_counted(s, (int32_t)pid);
			else
				s->sorted[count++] = (int32_t)pid;
		}
	}
	if (n < 0)
		return fault_errno(f, -errno, "cannot list proc");
	if (count)
		visit_sorted(s, count);
	return 0;
}

int sampler_host(struct sampler *s, double now_seconds, struct fault *f)
{
	s->table.host_seconds = now_seconds;
	return host_read_fast(&s->host, &s->table.host, f);
}

uint32_t sampler_cgroup_usage(struct sampler *s)
{
	return cgroup_tree_usage(&s->cgroups, USAGE_MAX);
}

int sampler_zoneinfo(struct sampler *s, struct zoneinfo *ret)
{
	return zoneinfo_read(s->root->proc, s->scratch, SCRATCH_BYTES, ret);
}

int sampler_pass(struct sampler *s, double now_seconds, struct fault *f)
{
	double cpu = clock_thread_cpu_seconds();
	int r = host_read_all(&s->host, &s->table.host, f);

	if (r < 0)
		return r;
	s->pass++;
	s->table.time_seconds = s->table.host_seconds = now_seconds;
	s->table.counts = (struct pass_counts){ 0 };
	s->cgroups.table.dropped = 0;
	r = list_processes(s, f);
	if (r < 0)
		return r;
	sweep(s);
	cgroup_tree_refresh(&s->cgroups, &s->table, now_seconds, s->config.cgroup_seconds,
			    s->scratch, SCRATCH_BYTES);
	s->table.cgroups = s->cgroups.table;
	s->table.pass_cpu_seconds = clock_thread_cpu_seconds() - cpu;
	return 0;
}
