/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_tasks.h"

#include <string.h>

/* 2^44 pages of 4 KiB are 64 PiB: 131072 tasks of that stay far below 2^64 bytes only in pages, so
 * the bytes of one task are cut at 2^46, 64 TiB. */
#define TASK_BYTES_MAX (UINT64_C(1) << 46)

bool oom_of_memcg(const struct oom_report *r)
{
	return r->constraint == OOM_CONSTRAINT_MEMCG ||
	       (r->constraint == OOM_CONSTRAINT_UNKNOWN &&
		r->constraint_source == OOM_CONSTRAINT_PRINTED && r->memcg.known && !r->global_oom);
}

uint64_t oom_page_bytes(const struct oom_report *r)
{
	return opt_is_known(r->page_bytes) && r->page_bytes.value ? r->page_bytes.value : 4096;
}

uint64_t oom_pages_to_bytes(const struct oom_report *r, int64_t pages)
{
	uint64_t bytes;

	if (pages <= 0)
		return 0;
	if (__builtin_mul_overflow((uint64_t)pages, oom_page_bytes(r), &bytes))
		return TASK_BYTES_MAX;
	return MIN(bytes, TASK_BYTES_MAX);
}

uint32_t oom_task_find(const struct oom_report *r, int64_t pid)
{
	uint32_t by_tgid = OOM_NO_TASK;

	for (uint32_t i = 0; i < r->task_count; i++) {
		if (r->task[i].pid == pid)
			return i;
		if (by_tgid == OOM_NO_TASK && r->columns & OOM_COLUMN_TGID &&
		    r->task[i].tgid == pid)
			by_tgid = i;
	}
	return by_tgid;
}

uint64_t oom_task_bytes(const struct oom_report *r, const struct oom_task *t)
{
	uint64_t bytes = 0;

	if (r->columns & OOM_COLUMN_RSS_ANON)
		bytes = oom_pages_to_bytes(r, t->rss_anon);
	else if (r->columns & OOM_COLUMN_RSS)
		bytes = oom_pages_to_bytes(r, t->rss);
	if (r->columns & OOM_COLUMN_SWAPENTS)
		bytes += oom_pages_to_bytes(r, t->swapents);
	return bytes;
}

static struct opt_u64 victim_bytes(const struct oom_report *r, const struct oom_victim *v)
{
	const uint32_t row = v->row;
	uint64_t bytes;

	if (!opt_is_known(v->anon_rss_bytes)) {
		if (row >= r->task_count)
			return opt_u64_none(ABSENT);
		return opt_u64_of(oom_task_bytes(r, &r->task[row]));
	}
	bytes = MIN(v->anon_rss_bytes.value, TASK_BYTES_MAX);
	if (row < r->task_count && r->columns & OOM_COLUMN_SWAPENTS)
		bytes += oom_pages_to_bytes(r, r->task[row].swapents);
	return opt_u64_of(bytes);
}

struct opt_u64 oom_victims_bytes(const struct oom_report *r)
{
	struct opt_u64 sum = opt_u64_none(ABSENT);

	for (uint32_t i = 0; i < r->victim_count && (!i || r->group_kill); i++) {
		struct opt_u64 one = victim_bytes(r, &r->victim[i]);

		/* One line of a group that was rate-limited away does not spoil the others. */
		if (opt_is_known(one))
			sum = opt_u64_of(opt_is_known(sum) ? sum.value + one.value : one.value);
	}
	return sum;
}

bool oom_table_complete(const struct oom_report *r)
{
	return r->task_count && r->parts & OOM_PART_TASK_HEADER && !r->tasks_dropped &&
	       !r->rows_unreadable && !r->cut_at_end && !(r->missing & OOM_PART_TASKS);
}

void oom_copy(char *to, size_t size, const char *from)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

void oom_copy_end(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	oom_copy(to, size, n < size ? from : from + n - (size - 1));
}
