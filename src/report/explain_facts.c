/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/explain_facts.h"

#include <inttypes.h>
#include <string.h>

#define DEFAULT_PAGE_BYTES 4096

uint64_t explain_page_bytes(const struct oom_report *r)
{
	return opt_is_known(r->page_bytes) && r->page_bytes.value ? r->page_bytes.value
								  : DEFAULT_PAGE_BYTES;
}

static struct opt_u64 column_bytes(const struct oom_report *r, uint32_t column, int64_t value,
				   uint64_t unit)
{
	uint64_t bytes;

	if (!(r->columns & column))
		return opt_u64_none(ABSENT);
	if (value < 0)
		return opt_u64_of(0);
	/* A hostile log may name any number. */
	if (__builtin_mul_overflow((uint64_t)value, unit, &bytes))
		return opt_u64_of(INT64_MAX);
	return opt_u64_of(MIN(bytes, (uint64_t)INT64_MAX));
}

static struct opt_u64 sum(struct opt_u64 a, struct opt_u64 b)
{
	uint64_t total;

	if (!opt_is_known(a))
		return b;
	if (!opt_is_known(b))
		return a;
	if (__builtin_add_overflow(a.value, b.value, &total))
		total = INT64_MAX;
	return opt_u64_of(MIN(total, (uint64_t)INT64_MAX));
}

static void mark(const struct explain_view *v, struct explain_task *t)
{
	const struct oom_story *s = v->story;

	t->victim = t->task->victim;
	if (!*s->suspect)
		return;
	t->suspect = s->suspect_pid.known == KNOWN ? s->suspect_pid.value == t->task->pid
						   : strcmp(s->suspect, t->task->comm) == 0;
}

void explain_task_of(const struct explain_view *v, uint32_t index, struct explain_task *ret)
{
	const struct oom_report *r = v->report;
	const struct oom_task *k = &r->task[index];
	const uint64_t page = explain_page_bytes(r);
	struct explain_task t = { .task = k, .index = index };
	struct opt_u64 kinds;

	t.total_vm_bytes = column_bytes(r, OOM_COLUMN_TOTAL_VM, k->total_vm, page);
	t.rss_bytes = column_bytes(r, OOM_COLUMN_RSS, k->rss, page);
	t.anon_bytes = column_bytes(r, OOM_COLUMN_RSS_ANON, k->rss_anon, page);
	t.file_bytes = column_bytes(r, OOM_COLUMN_RSS_FILE, k->rss_file, page);
	t.shmem_bytes = column_bytes(r, OOM_COLUMN_RSS_SHMEM, k->rss_shmem, page);
	t.swap_bytes = column_bytes(r, OOM_COLUMN_SWAPENTS, k->swapents, page);
	t.pgtables_bytes = column_bytes(r, OOM_COLUMN_PGTABLES_BYTES, k->pgtables_bytes, 1);
	if (!opt_is_known(t.pgtables_bytes)) {
		t.pgtables_bytes = column_bytes(r, OOM_COLUMN_NR_PTES, k->nr_ptes, page);
		t.pgtables_bytes = sum(t.pgtables_bytes,
				       column_bytes(r, OOM_COLUMN_NR_PMDS, k->nr_pmds, page));
		t.pgtables_bytes = sum(t.pgtables_bytes,
				       column_bytes(r, OOM_COLUMN_NR_PUDS, k->nr_puds, page));
	}
	kinds = sum(sum(t.anon_bytes, t.file_bytes), t.shmem_bytes);
	if (!opt_is_known(t.rss_bytes))
		t.rss_bytes = kinds;
	t.weight_bytes = sum(sum(t.rss_bytes, t.swap_bytes), t.pgtables_bytes).value;
	for (uint32_t i = 0; i < v->story->badness.ranked_count; i++) {
		const struct oom_ranked *b = &v->story->badness.ranked[i];

		if (b->task == index) {
			t.points_known = true;
			t.points = b->points;
		}
	}
	mark(v, &t);
	*ret = t;
}

static bool listed(const uint32_t *list, uint32_t count, uint32_t index)
{
	for (uint32_t i = 0; i < count; i++)
		if (list[i] == index)
			return true;
	return false;
}

/* A heap whose root is the smallest: a table of any length costs n log max. */
struct slot {
	uint64_t weight;
	uint32_t index;
};

static void sift(struct slot *heap, uint32_t count, uint32_t at)
{
	for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
		struct slot swap;

		if (child + 1 < count && heap[child + 1].weight < heap[child].weight)
			child++;
		if (heap[at].weight <= heap[child].weight)
			return;
		swap = heap[at];
		heap[at] = heap[child];
		heap[child] = swap;
		at = child;
	}
}

static void heapify(struct slot *heap, uint32_t count)
{
	for (uint32_t k = count; k > 0; k--)
		sift(heap, count, k - 1);
}

static uint32_t largest(const struct explain_view *v, const uint32_t *list, uint32_t listed_count,
			struct slot *heap, uint32_t room)
{
	uint32_t count = 0;

	for (uint32_t i = 0; room && i < v->report->task_count; i++) {
		struct explain_task t;

		if (listed(list, listed_count, i))
			continue;
		explain_task_of(v, i, &t);
		if (count < room) {
			heap[count++] = (struct slot){ t.weight_bytes, i };
			if (count == room)
				heapify(heap, count);
		} else if (t.weight_bytes > heap[0].weight) {
			heap[0] = (struct slot){ t.weight_bytes, i };
			sift(heap, count, 0);
		}
	}
	if (count < room)
		heapify(heap, count);
	return count;
}

/* The first victim and the suspect, whatever their place: both are what the story is about. */
static void keep(const struct explain_view *v, uint32_t *list, uint32_t count)
{
	uint32_t last = count, wanted[2] = { UINT32_MAX, UINT32_MAX };

	for (uint32_t i = 0; i < v->report->task_count; i++) {
		struct explain_task t;

		explain_task_of(v, i, &t);
		if (t.victim && wanted[0] == UINT32_MAX)
			wanted[0] = i;
		if (t.suspect && wanted[1] == UINT32_MAX)
			wanted[1] = i;
	}
	for (size_t k = 0; k < ARRAY_SIZE(wanted); k++)
		if (wanted[k] != UINT32_MAX && last && !listed(list, count, wanted[k])) {
			/* The other one stays where it is. */
			if (--last && list[last] == wanted[1 - k])
				last--;
			list[last] = wanted[k];
		}
}

uint32_t explain_top(const struct explain_view *v, uint32_t max, uint32_t *ret)
{
	const struct oom_badness *b = &v->story->badness;
	struct slot heap[EXPLAIN_TOP_MAX];
	uint32_t count = 0, more;

	max = MIN(max, (uint32_t)EXPLAIN_TOP_MAX);
	for (uint32_t i = 0; i < b->ranked_count && count < max; i++)
		if (b->ranked[i].eligible && b->ranked[i].task < v->report->task_count)
			ret[count++] = b->ranked[i].task;
	more = largest(v, ret, count, heap, max - count);
	for (uint32_t left = more; left > 0; left--) {
		ret[count + left - 1] = heap[0].index;
		heap[0] = heap[left - 1];
		sift(heap, left - 1, 0);
	}
	count += more;
	keep(v, ret, count);
	return count;
}

struct opt_u64 explain_victim_bytes(const struct oom_victim *v)
{
	return sum(sum(v->anon_rss_bytes, v->file_rss_bytes), v->shmem_rss_bytes);
}

const struct oom_victim *explain_victim(const struct oom_report *r)
{
	return r->victim_count ? &r->victim[0] : NULL;
}

void explain_when(struct strbuf *s, const struct oom_stamp *at, const char *origin)
{
	const bool boot = opt_is_known(at->boot_usec);

	if (*at->wall_text)
		explain_name(s, at->wall_text, sizeof(at->wall_text));
	if (boot) {
		const double seconds = (double)at->boot_usec.value / 1e6;

		strbuf_puts(s, *at->wall_text ? ", " : "");
		strbuf_printf(s, "%.3f s after boot", seconds);
		if (seconds >= 100) {
			strbuf_puts(s, " (");
			strbuf_seconds(s, seconds);
			strbuf_putc(s, ')');
		}
	}
	if (!*at->wall_text && !boot)
		strbuf_puts(s, "the log gives no time");
	if (*origin) {
		strbuf_puts(s, " on ");
		explain_name(s, origin, 40);
	}
}

bool explain_between(const struct oom_stamp *a, const struct oom_stamp *b, double *ret)
{
	if (opt_is_known(a->boot_usec) && opt_is_known(b->boot_usec))
		*ret = ((double)b->boot_usec.value - (double)a->boot_usec.value) / 1e6;
	else if (opt_is_known(a->wall_usec) && opt_is_known(b->wall_usec))
		*ret = ((double)b->wall_usec.value - (double)a->wall_usec.value) / 1e6;
	else
		return false;
	return true;
}

void explain_name(struct strbuf *s, const char *hostile, size_t max)
{
	const size_t n = strlen(hostile);

	if (n > max) {
		strbuf_puts(s, "..");
		hostile += n - max + 2;
	}
	strbuf_escape(s, text_string(hostile));
}

void explain_process(struct strbuf *s, const char *comm, int64_t pid)
{
	if (!*comm) {
		strbuf_printf(s, "pid %" PRId64, pid);
		return;
	}
	explain_name(s, comm, OOM_COMM_SIZE);
	strbuf_printf(s, " (pid %" PRId64 ")", pid);
}
