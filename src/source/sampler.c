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
#include "source/process_reader.h"
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
	struct process_memo memo;
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
	struct process_reader reader;
	struct pid_index index;
	struct life *life;		     /* processes at [0, capacity), kernel threads above */
	uint32_t kthread_end;		     /* every kernel thread in use is below */
	uint32_t free_process, free_kthread; /* nothing free below */
	uint32_t dirfds, max_dirfds;
	uint32_t pass;
	uint64_t swap_free_bytes, swap_events; /* of the last pass */
	char *scratch, *listing;
	int32_t *sorted; /* of a captured tree: its directory has no order of its own */
};

struct sampler_config sampler_config_watch(void)
{
	return (struct sampler_config){ .max_processes = 65536,
					.max_cgroups = 16384,
					.cgroup_path_bytes = 4 * MIB,
					.max_dirfds = 65536,
					.max_statm = 4096,
					.slow_seconds = 30,
					.cgroup_seconds = 2 };
}

struct sampler_config sampler_config_guard(void)
{
	return (struct sampler_config){ .max_processes = 4096,
					.max_cgroups = 1024,
					.cgroup_path_bytes = 128 * KIB,
					.max_dirfds = 8192,
					.max_statm = 2048,
					.slow_seconds = 120,
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
static uint64_t descriptor_budget(uint64_t wanted)
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
	return MIN(wanted, (uint64_t)limit.rlim_cur - FD_RESERVE);
}

int sampler_open(const struct root *root, const struct sampler_config *config, struct sampler **ret,
		 struct fault *f)
{
	struct sampler *s;
	uint64_t budget;
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
	budget = descriptor_budget((uint64_t)config->max_dirfds + config->max_statm);
	/* When not all fit: a directory is the identity of a process, statm only saves time. */
	s->max_dirfds = (uint32_t)MIN(budget - budget / 4, (uint64_t)config->max_dirfds);
	r = allocate(s, f);
	if (r >= 0)
		r = host_reader_open(&s->host, root, s->scratch, SCRATCH_BYTES, f);
	if (r < 0) {
		sampler_free(s);
		return r;
	}
	s->reader =
		(struct process_reader){ .cgroups = &s->cgroups,
					 .buf = s->scratch,
					 .size = SCRATCH_BYTES,
					 .statm_left = (uint32_t)MIN(budget - s->max_dirfds,
								     (uint64_t)config->max_statm),
					 .ticks_per_second = (double)sysconf(_SC_CLK_TCK),
					 .live = root->live };
	s->table.cgroups = s->cgroups.table;
	*ret = s;
	return 0;
}

static void drop_descriptors(struct sampler *s, struct life *l)
{
	process_memo_release(&s->reader, &l->memo);
	if (l->dirfd < 0)
		return;
	closep(&l->dirfd);
	s->dirfds--;
}

const struct process_table *sampler_table(const struct sampler *s)
{
	return &s->table;
}

static bool is_kthread(const struct sampler *s, uint32_t i)
{
	return i >= s->table.capacity;
}

static void end_life(struct sampler *s, uint32_t i)
{
	struct life *l = &s->life[i];

	drop_descriptors(s, l);
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

	*l = (struct life){ .pid = pid,
			    .dirfd = keep ? TAKE_FD(*fd) : -1,
			    .pass = s->pass,
			    .memo = PROCESS_MEMO_NEW };
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

/*
 * Between fork and exec a child bears its parent's name: one this young is read in full again in
 * the next pass, or a program started by a shell would be called after the shell for a while.
 */
#define NEWBORN_SECONDS 2.0

static bool is_newborn(const struct sampler *s, const struct process *p)
{
	double born = (double)p->id.starttime_ticks / 100.0; /* USER_HZ */

	return s->table.host.boot_seconds - born < NEWBORN_SECONDS;
}

/* In (0, slow_seconds], from the pid: spreads the refreshes over the passes, and repeatably. */
static double first_refresh_seconds(const struct sampler *s, const struct process *p)
{
	uint32_t spread = (uint32_t)p->id.pid * UINT32_C(2654435769);

	if (is_newborn(s, p))
		return 0;
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
	struct process p = { 0 };
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
	r = process_read_first(&s->reader, fd, &st, &p);
	if (r < 0)
		return r;
	begin_life(s, i, pid, &fd);
	s->life[i].slow_due_seconds = s->table.time_seconds + first_refresh_seconds(s, &p);
	s->table.process[i] = p;
	s->table.state[i] = SLOT_NEW;
	s->table.high = MAX(s->table.high, i + 1);
	return 0;
}

static int again_process(struct sampler *s, uint32_t i)
{
	struct life *l = &s->life[i];
	bool slow = s->table.time_seconds >= l->slow_due_seconds, kept = l->dirfd >= 0;
	_cleanup_close_ int opened = kept ? -1 : open_process(s, l->pid);
	int dirfd = kept ? l->dirfd : opened, r;

	if (dirfd < 0)
		return dirfd;
	r = process_read_again(&s->reader, dirfd, !kept, slow, &l->memo, &s->table.process[i]);
	if (r < 0)
		return r;
	if (slow)
		l->slow_due_seconds = s->table.time_seconds + s->config.slow_seconds;
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
			drop_descriptors(s, &s->life[i]);
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
	s->reader.statm_left = 0;
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
			struct text name = text_string(d->d_name);
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

void sampler_set_brake(struct sampler *s, uint32_t cgroup, uint64_t bytes, struct opt_u64 before)
{
	struct cgroup *c = &s->table.cgroups.node[cgroup];

	c->brake_bytes = opt_u64_of(bytes);
	c->unbraked_high_bytes = before;
}

int sampler_zoneinfo(struct sampler *s, struct zoneinfo *ret)
{
	return zoneinfo_read(s->root->proc, s->scratch, SCRATCH_BYTES, ret);
}

/* A page that went to swap or came back since the last pass changed some process's VmSwap. */
static bool swap_moved(struct sampler *s)
{
	const struct host *h = &s->table.host;
	uint64_t free_bytes = h->meminfo.swap_free_bytes.value;
	uint64_t events = h->vmstat.pswpin.value + h->vmstat.pswpout.value;
	bool moved = h->meminfo.swap_total_bytes.value &&
		     (free_bytes != s->swap_free_bytes || events != s->swap_events);

	s->swap_free_bytes = free_bytes;
	s->swap_events = events;
	return moved;
}

int sampler_pass(struct sampler *s, double now_seconds, struct fault *f)
{
	double cpu = clock_thread_cpu_seconds();
	int r = host_read_all(&s->host, &s->table.host, f);

	if (r < 0)
		return r;
	s->pass++;
	s->reader.swap_moved = swap_moved(s);
	s->reader.page_bytes = s->table.host.page_bytes;
	s->table.time_seconds = s->table.host_seconds = now_seconds;
	s->table.counts = (struct pass_counts){ 0 };
	s->cgroups.table.dropped = 0;
	r = list_processes(s, f);
	if (r < 0)
		return r;
	sweep(s);
	cgroup_tree_refresh(&s->cgroups, &s->table, now_seconds, s->config.cgroup_seconds,
			    s->scratch, SCRATCH_BYTES);
	(void)cgroup_tree_usage(&s->cgroups, USAGE_MAX);
	s->table.cgroups = s->cgroups.table;
	s->table.pass_cpu_seconds = clock_thread_cpu_seconds() - cpu;
	return 0;
}
