/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/cgroup_files.h"

#include <errno.h>

#include "base/fd.h"
#include "source/keyed.h"

#define NO_LIMIT_BYTES (UINT64_C(1) << 62)

int cgroup_number_parse(const char *buf, size_t len, struct opt_u64 *ret)
{
	struct text in = text_of(buf, len), line = { 0 };
	uint64_t value;

	(void)text_next_line(&in, &line);
	if (in.n)
		return -EPROTO;
	if (text_is(line, "max")) {
		*ret = opt_u64_none(ABSENT);
		return 0;
	}
	if (text_u64(line, &value) < 0)
		return -EPROTO;
	*ret = value >= NO_LIMIT_BYTES ? opt_u64_none(ABSENT) : opt_u64_of(value);
	return 0;
}

struct raw_stat {
	struct opt_u64 anon, shmem, active_file, inactive_file, slab_reclaimable;
};

#define ROW(member, key) KEYED(struct raw_stat, member, key, KEYED_PLAIN)
static const struct keyed stat_v2[] = {
	ROW(anon, "anon"),
	ROW(shmem, "shmem"),
	ROW(active_file, "active_file"),
	ROW(inactive_file, "inactive_file"),
	ROW(slab_reclaimable, "slab_reclaimable"),
};
/* total_*: with the descendants; v1 does not tell its slab apart. */
static const struct keyed stat_v1[] = {
	ROW(anon, "total_rss"),
	ROW(shmem, "total_shmem"),
	ROW(active_file, "total_active_file"),
	ROW(inactive_file, "total_inactive_file"),
};
#undef ROW

int cgroup_stat_parse(const char *buf, size_t len, enum cgroup_version version,
		      struct cgroup_stat *ret)
{
	bool v1 = version == CGROUP_V1;
	struct raw_stat m = { 0 };
	uint64_t sum;
	int r = keyed_parse(text_of(buf, len), ' ', v1 ? stat_v1 : stat_v2,
			    v1 ? ARRAY_SIZE(stat_v1) : ARRAY_SIZE(stat_v2), &m);

	if (r < 0)
		return r;
	if (__builtin_add_overflow(m.active_file.value, m.inactive_file.value, &sum) ||
	    __builtin_add_overflow(sum, m.slab_reclaimable.value, &sum))
		return -EPROTO;
	*ret = (struct cgroup_stat){ .anon_bytes = m.anon, .shmem_bytes = m.shmem };
	if (opt_is_known(m.active_file) && opt_is_known(m.inactive_file))
		ret->reclaimable_bytes = opt_u64_of(sum);
	return 0;
}

int cgroup_oom_kill_parse(const char *buf, size_t len, struct opt_u64 *ret)
{
	static const struct keyed table[] = {
		{ "oom_kill", sizeof("oom_kill") - 1, KEYED_PLAIN, 0 },
	};
	struct opt_u64 count = { 0 };
	int r = keyed_parse(text_of(buf, len), ' ', table, ARRAY_SIZE(table), &count);

	if (r < 0)
		return r;
	*ret = count;
	return 0;
}

bool cgroup_controllers_have_memory(struct text in)
{
	struct text line = { 0 }, word;

	(void)text_next_line(&in, &line);
	while (text_next_word(&line, &word))
		if (text_is(word, "memory"))
			return true;
	return false;
}

bool cgroup_is_limited(const struct cgroup *c)
{
	return opt_is_known(c->max_bytes) || opt_is_known(c->high_bytes) ||
	       opt_is_known(c->memsw_max_bytes);
}

static enum known why_unknown(int r)
{
	return r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP ? ABSENT : UNREADABLE;
}

static struct opt_u64 read_with(int (*parse)(const char *buf, size_t len, struct opt_u64 *ret),
				int dirfd, const char *name)
{
	struct opt_u64 value = { 0 };
	char buf[512];
	size_t len;
	int r = file_read_once_at(dirfd, name, buf, sizeof(buf), &len);

	if (r >= 0)
		r = parse(buf, len, &value);
	return r < 0 ? opt_u64_none(why_unknown(r)) : value;
}

static struct opt_u64 number_read(int dirfd, const char *name)
{
	return read_with(cgroup_number_parse, dirfd, name);
}

struct limit_file {
	const char *name;
	size_t offset;
};

/* The usage comes first: cgroup_usage_read reads only that row. */
#define ROW(file, member)                                                                          \
	{                                                                                          \
		file, offsetof(struct cgroup, member)                                              \
	}
static const struct limit_file files_v2[] = {
	ROW("memory.current", usage_bytes),	ROW("memory.max", max_bytes),
	ROW("memory.high", high_bytes),		ROW("memory.min", min_bytes),
	ROW("memory.low", low_bytes),		ROW("memory.swap.current", swap_usage_bytes),
	ROW("memory.swap.max", swap_max_bytes),
};
static const struct limit_file files_v1[] = {
	ROW("memory.usage_in_bytes", usage_bytes),
	ROW("memory.limit_in_bytes", max_bytes),
	ROW("memory.memsw.usage_in_bytes", memsw_usage_bytes),
	ROW("memory.memsw.limit_in_bytes", memsw_max_bytes),
};
#undef ROW

static const struct {
	const struct limit_file *file;
	size_t count;
	const char *oom_kill;
} versions[] = {
	[CGROUP_V1] = { files_v1, ARRAY_SIZE(files_v1), "memory.oom_control" },
	[CGROUP_V2] = { files_v2, ARRAY_SIZE(files_v2), "memory.events" },
};

static void read_row(int dirfd, const struct limit_file *row, struct cgroup *c)
{
	*(struct opt_u64 *)(void *)((char *)c + row->offset) = number_read(dirfd, row->name);
}

static void read_stat(int dirfd, enum cgroup_version version, char *buf, size_t size,
		      struct cgroup *c)
{
	struct cgroup_stat stat = { 0 };
	size_t len;
	int r = file_read_once_at(dirfd, "memory.stat", buf, size, &len);

	if (r >= 0)
		r = cgroup_stat_parse(buf, len, version, &stat);
	if (r < 0)
		stat.anon_bytes = stat.shmem_bytes = stat.reclaimable_bytes =
			opt_u64_none(why_unknown(r));
	c->anon_bytes = stat.anon_bytes;
	c->shmem_bytes = stat.shmem_bytes;
	c->reclaimable_bytes = stat.reclaimable_bytes;
}

static bool read_hierarchical(int dirfd, enum cgroup_version version)
{
	struct opt_u64 hierarchy = opt_u64_none(ABSENT);

	if (version == CGROUP_V1)
		hierarchy = number_read(dirfd, "memory.use_hierarchy");
	return !opt_is_known(hierarchy) || hierarchy.value;
}

void cgroup_files_read(int dirfd, enum cgroup_version version, char *buf, size_t size,
		       struct cgroup *c)
{
	for (size_t i = 0; i < versions[version].count; i++)
		read_row(dirfd, &versions[version].file[i], c);
	c->hierarchical = read_hierarchical(dirfd, version);
	c->oom_kill_events = read_with(cgroup_oom_kill_parse, dirfd, versions[version].oom_kill);
	c->anon_bytes = c->shmem_bytes = c->reclaimable_bytes = opt_u64_none(ABSENT);
	if (cgroup_is_limited(c))
		read_stat(dirfd, version, buf, size, c);
}

void cgroup_usage_read(int dirfd, enum cgroup_version version, struct cgroup *c)
{
	read_row(dirfd, &versions[version].file[0], c);
}

void cgroup_limits_read(int dirfd, enum cgroup_version version, struct cgroup *c)
{
	const struct limit_file *file = versions[version].file;

	for (size_t i = 0; i < versions[version].count; i++)
		if (file[i].offset == offsetof(struct cgroup, max_bytes) ||
		    file[i].offset == offsetof(struct cgroup, high_bytes) ||
		    file[i].offset == offsetof(struct cgroup, memsw_max_bytes))
			read_row(dirfd, &file[i], c);
	c->hierarchical = read_hierarchical(dirfd, version);
}
