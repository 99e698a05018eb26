/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "source/oom_open.h"
#include "source/oom_text.h"

/*
 * What stands for "no limit": LONG_MAX pages, or LLONG_MAX and ULLONG_MAX bytes before 3.19, all in
 * kB; the pages of a 32-bit kernel.
 */
#define UNLIMITED_KIB ((UINT64_C(1) << 53) - 4096)
#define UNLIMITED_KIB_32 (UINT64_C(4) * INT32_MAX)

static struct opt_u64 limit_kib(struct text *t)
{
	struct text rest = *t;
	uint64_t kib;

	if (!oom_take_u64(&rest, &kib) || !text_skip_prefix(&rest, "kB"))
		return opt_u64_none(ABSENT);
	if (kib < UNLIMITED_KIB && kib != UNLIMITED_KIB_32)
		return oom_take_kib(t);
	*t = rest;
	return opt_u64_of(UINT64_MAX);
}

/* "memory: usage 8192kB, limit 8192kB, failcnt 485" */
static void take_charge(struct oom_charge *charge, struct text t)
{
	uint64_t failcnt;

	charge->usage_bytes = oom_take_kib(&t);
	if (text_skip_prefix(&t, ", limit "))
		charge->limit_bytes = limit_kib(&t);
	if (text_skip_prefix(&t, ", failcnt ") && oom_take_u64(&t, &failcnt))
		charge->failcnt = opt_u64_of(failcnt);
}

void oom_take_memcg_usage(struct oom_open *o, struct text t)
{
	struct oom_memcg *m = &o->r.memcg;
	struct text name;

	if (!oom_take_until(&t, ": usage ", &name))
		return;
	m->known = true;
	o->r.parts |= OOM_PART_MEM_INFO | OOM_PART_MEMCG;
	if (text_is(name, "memory"))
		take_charge(&m->memory, t);
	else if (text_is(name, "memory+swap"))
		take_charge(&m->memsw, t);
	else if (text_is(name, "swap"))
		take_charge(&m->swap, t);
	else if (text_is(name, "kmem"))
		take_charge(&m->kmem, t);
}

/* A limit is of the task's cgroup or of one above it: "/a/b" is neither of "/a/bc". */
static bool is_cut_above(struct text limit, struct text task)
{
	return limit.n > 1 && limit.n < task.n && memcmp(limit.p, task.p, limit.n) == 0 &&
	       task.p[limit.n] != '/';
}

/* "Task in /a/b killed as a result of limit of /a" */
void oom_take_memcg_task(struct oom_open *o, struct text t)
{
	struct oom_memcg *m = &o->r.memcg;
	struct text task;
	ssize_t killed;

	if (!text_skip_prefix(&t, "Task in "))
		return;
	m->known = true;
	o->r.parts |= OOM_PART_MEMCG;
	killed = oom_text_find(t, " killed");
	if (killed < 0)
		return;
	task = oom_text_until(t, (size_t)killed);
	OOM_COPY_END(task, m->task_path);
	t = oom_text_from(t, (size_t)killed);
	if (text_skip_prefix(&t, " killed as a result of limit of ") && !is_cut_above(t, task))
		OOM_COPY_END(t, m->limit_path);
}

void oom_take_memcg_limit_reached(struct oom_open *o, struct text t)
{
	text_skip_prefix(&t, "Memory limit reached of cgroup ");
	OOM_COPY_END(t, o->r.memcg.limit_path);
	o->r.memcg.known = true;
	o->r.limit_reached_only = true;
	o->r.parts |= OOM_PART_MEMCG;
}

void oom_take_memcg_protection(struct oom_open *o, struct text *t)
{
	struct opt_u64 min, low;
	struct text line = *t;

	oom_skip_blanks(&line);
	text_skip_prefix(&line, "Memory cgroup min protection ");
	min = oom_take_kib(&line);
	low = opt_u64_none(ABSENT);
	if (text_skip_prefix(&line, " -- low protection "))
		low = oom_take_kib(&line);
	/* Of every report, also of one that no cgroup's limit caused: it makes no memcg block. */
	o->r.memcg.min_bytes = min;
	o->r.memcg.low_bytes = low;
	*t = low.known == KNOWN ? line : oom_text_from(line, line.n);
}

struct stat_name {
	const char *name;
	enum oom_memcg_stat stat;
};

/* memcg1_stat_names and memory_stats of mm/memcontrol.c: the names of both versions differ. */
static const struct stat_name stat_names[] = {
	{ "rss", OOM_MEMCG_ANON },
	{ "anon", OOM_MEMCG_ANON },
	{ "cache", OOM_MEMCG_FILE },
	{ "file", OOM_MEMCG_FILE },
	{ "shmem", OOM_MEMCG_SHMEM },
	{ "swap", OOM_MEMCG_SWAP },
	{ "mapped_file", OOM_MEMCG_MAPPED_FILE },
	{ "file_mapped", OOM_MEMCG_MAPPED_FILE },
	{ "dirty", OOM_MEMCG_DIRTY },
	{ "file_dirty", OOM_MEMCG_DIRTY },
	{ "writeback", OOM_MEMCG_WRITEBACK },
	{ "file_writeback", OOM_MEMCG_WRITEBACK },
	{ "rss_huge", OOM_MEMCG_ANON_THP },
	{ "anon_thp", OOM_MEMCG_ANON_THP },
	{ "inactive_anon", OOM_MEMCG_INACTIVE_ANON },
	{ "active_anon", OOM_MEMCG_ACTIVE_ANON },
	{ "inactive_file", OOM_MEMCG_INACTIVE_FILE },
	{ "active_file", OOM_MEMCG_ACTIVE_FILE },
	{ "unevictable", OOM_MEMCG_UNEVICTABLE },
	{ "kernel", OOM_MEMCG_KERNEL },
	{ "kernel_stack", OOM_MEMCG_KERNEL_STACK },
	{ "pagetables", OOM_MEMCG_PAGETABLES },
	{ "percpu", OOM_MEMCG_PERCPU },
	{ "sock", OOM_MEMCG_SOCK },
	{ "vmalloc", OOM_MEMCG_VMALLOC },
	{ "slab_reclaimable", OOM_MEMCG_SLAB_RECLAIMABLE },
	{ "slab_unreclaimable", OOM_MEMCG_SLAB_UNRECLAIMABLE },
	{ "slab", OOM_MEMCG_SLAB },
	{ "zswap", OOM_MEMCG_ZSWAP },
	{ "zswapped", OOM_MEMCG_ZSWAPPED },
};

static struct opt_u64 *stat_of(struct oom_cgroup *cgroup, struct text name)
{
	/* memory.stat of v1 since 6.5: total_ is with all cgroups below, and comes later. */
	text_skip_prefix(&name, "total_");
	for (size_t i = 0; name.n && i < ARRAY_SIZE(stat_names); i++)
		if (stat_names[i].name[0] == name.p[0] && text_is(name, stat_names[i].name))
			return &cgroup->stat[stat_names[i].stat];
	return NULL;
}

/* "cache:32KB rss:524188KB ..." of 3.9 to 5.2 */
static void take_stats_of_line(struct oom_cgroup *cgroup, struct text t)
{
	struct text word, name;

	while (text_next_word(&t, &word))
		if (oom_take_until(&word, ":", &name)) {
			struct opt_u64 *to = stat_of(cgroup, name);

			if (to)
				*to = oom_take_kib(&word);
		}
}

int oom_take_memcg_stats(struct oom_open *o, struct text t)
{
	struct oom_memcg *m = &o->r.memcg;
	struct oom_cgroup *cgroup;
	struct text path;
	ssize_t at;
	int r;

	text_skip_prefix(&t, "Memory cgroup stats");
	text_skip_prefix(&t, " for ");
	m->known = true;
	o->r.parts |= OOM_PART_MEMCG;
	r = oom_array_add((void **)&m->cgroup, &m->cgroup_count, &o->cgroup_capacity,
			  OOM_CGROUPS_MAX, sizeof(*cgroup), (void **)&cgroup);
	if (r < 0)
		return r;
	if (!cgroup) {
		m->cgroups_dropped++;
		return 0;
	}
	at = oom_text_find_last(t, ": cache:");
	path = at < 0 ? t : oom_text_until(t, (size_t)at);
	if (at < 0 && path.n && path.p[path.n - 1] == ':')
		path.n--;
	OOM_COPY_END(text_trim(path), cgroup->path);
	if (m->cgroup_count == 1 && !m->limit_path[0])
		OOM_COPY_END(text_trim(path), m->limit_path);
	if (at >= 0) {
		take_stats_of_line(cgroup, oom_text_from(t, (size_t)at + 1));
		return 0;
	}
	o->block = OOM_BLOCK_STATS;
	o->stat_rows = o->stat_bytes = 0;
	o->stat_last = NULL;
	o->stat_end_seen = false;
	return 0;
}

static bool is_stat_name(struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (!is_digit(t.p[i]) && t.p[i] != '_' && (t.p[i] < 'a' || t.p[i] > 'z'))
			return false;
	return t.n && !is_digit(t.p[0]);
}

/* What only the end of memory.stat holds, by version: nothing of it, and printk cut the record. */
static bool is_stat_end(struct text name)
{
	static const char *const ends[] = {
		"thp_", "pglazyfree", "zswp", "numa_", "total_", "swpin"
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (oom_text_starts(name, ends[i]))
			return true;
	return false;
}

bool oom_take_stat(struct oom_open *o, struct text t)
{
	struct text name, line = text_trim(t);
	struct oom_cgroup *cgroup;
	uint64_t value;

	if (!o->r.memcg.cgroup_count)
		return false;
	t = line;
	if (!oom_take_until(&t, " ", &name) || !is_stat_name(name) || text_u64(t, &value) < 0)
		return false;
	cgroup = &o->r.memcg.cgroup[o->r.memcg.cgroup_count - 1];
	o->stat_last = stat_of(cgroup, name);
	if (o->stat_last)
		*o->stat_last = opt_u64_of(value);
	o->stat_rows++;
	o->stat_bytes += (uint32_t)line.n + 1;
	o->stat_end_seen |= is_stat_end(name);
	return true;
}

/*
 * 5.3 to 6.3 print memory.stat as one record, of which printk keeps LOG_LINE_MAX bytes: 1024 less a
 * prefix of 32 or 48. The last number may lack digits then. A text that a person shortened stops
 * anywhere else, and its numbers are whole.
 */
#define RECORD_BYTES_LEAST 900

void oom_stats_finish(struct oom_open *o)
{
	if (!o->stat_rows || o->stat_end_seen)
		return;
	o->r.memcg.stats_cut = true;
	if (o->stat_last && o->stat_bytes >= RECORD_BYTES_LEAST)
		*o->stat_last = opt_u64_none(ABSENT);
	o->stat_rows = 0;
}
