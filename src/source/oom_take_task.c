/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task table: columns by the names of its header, never by their position. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "source/oom_open.h"
#include "source/oom_text.h"

#define BIT(column) ((uint8_t)__builtin_ctz(column))
/* A column that no version known here prints: its number is passed over. */
#define COLUMN_OTHER 31

static const struct {
	const char *name;
	uint8_t column;
} column_names[] = {
	{ "uid", BIT(OOM_COLUMN_UID) },
	{ "tgid", BIT(OOM_COLUMN_TGID) },
	{ "total_vm", BIT(OOM_COLUMN_TOTAL_VM) },
	{ "rss", BIT(OOM_COLUMN_RSS) },
	{ "rss_anon", BIT(OOM_COLUMN_RSS_ANON) },
	{ "rss_file", BIT(OOM_COLUMN_RSS_FILE) },
	{ "rss_shmem", BIT(OOM_COLUMN_RSS_SHMEM) },
	{ "pgtables_bytes", BIT(OOM_COLUMN_PGTABLES_BYTES) },
	{ "nr_ptes", BIT(OOM_COLUMN_NR_PTES) },
	{ "nr_pmds", BIT(OOM_COLUMN_NR_PMDS) },
	{ "nr_puds", BIT(OOM_COLUMN_NR_PUDS) },
	{ "swapents", BIT(OOM_COLUMN_SWAPENTS) },
	{ "cpu", BIT(OOM_COLUMN_CPU) },
	{ "oom_adj", BIT(OOM_COLUMN_OOM_ADJ) },
	{ "oom_score_adj", BIT(OOM_COLUMN_OOM_SCORE_ADJ) },
};

/* A name of two words is one that a mailer broke: "oom_score_ad j". */
static uint8_t column_of(struct text name, struct text *rest)
{
	struct text more = *rest, next;
	char both[24];

	for (size_t i = 0; i < ARRAY_SIZE(column_names); i++)
		if (text_is(name, column_names[i].name))
			return column_names[i].column;
	if (!text_next_word(&more, &next) || name.n + next.n >= sizeof(both))
		return COLUMN_OTHER;
	memcpy(both, name.p, name.n);
	memcpy(both + name.n, next.p, next.n);
	for (size_t i = 0; i < ARRAY_SIZE(column_names); i++)
		if (text_is(text_of(both, name.n + next.n), column_names[i].name)) {
			*rest = more;
			return column_names[i].column;
		}
	return COLUMN_OTHER;
}

void oom_take_task_header(struct oom_open *o, struct text t)
{
	struct text skipped, word;

	o->r.parts |= OOM_PART_TASK_HEADER;
	if (o->r.task_count || !oom_take_until(&t, "]", &skipped))
		return;
	o->column_count = 0;
	o->r.columns = OOM_COLUMN_PID | OOM_COLUMN_NAME;
	while (text_next_word(&t, &word) && o->column_count < OOM_COLUMNS_MAX) {
		uint8_t column;

		if (text_is(word, "name"))
			return;
		column = column_of(word, &t);
		o->column[o->column_count++] = column;
		if (column != COLUMN_OTHER)
			o->r.columns |= 1u << column;
	}
	/* Without "name" at its end the header was cut: which number is the last is not known. */
	if (o->column_count < OOM_COLUMNS_MAX) {
		o->column_count = 0;
		o->r.columns = 0;
	}
}

static int16_t adj_of(int64_t value)
{
	return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}

/* Where a column's number goes; 0: not into an int64_t. */
static const uint16_t place[] = {
	[BIT(OOM_COLUMN_TGID)] = offsetof(struct oom_task, tgid),
	[BIT(OOM_COLUMN_TOTAL_VM)] = offsetof(struct oom_task, total_vm),
	[BIT(OOM_COLUMN_RSS)] = offsetof(struct oom_task, rss),
	[BIT(OOM_COLUMN_RSS_ANON)] = offsetof(struct oom_task, rss_anon),
	[BIT(OOM_COLUMN_RSS_FILE)] = offsetof(struct oom_task, rss_file),
	[BIT(OOM_COLUMN_RSS_SHMEM)] = offsetof(struct oom_task, rss_shmem),
	[BIT(OOM_COLUMN_PGTABLES_BYTES)] = offsetof(struct oom_task, pgtables_bytes),
	[BIT(OOM_COLUMN_NR_PTES)] = offsetof(struct oom_task, nr_ptes),
	[BIT(OOM_COLUMN_NR_PMDS)] = offsetof(struct oom_task, nr_pmds),
	[BIT(OOM_COLUMN_NR_PUDS)] = offsetof(struct oom_task, nr_puds),
	[BIT(OOM_COLUMN_SWAPENTS)] = offsetof(struct oom_task, swapents),
	[COLUMN_OTHER] = 0,
};

static void put_number(struct oom_task *task, uint8_t column, int64_t value)
{
	if (place[column])
		memcpy((char *)task + place[column], &value, sizeof(value));
	else if (column == BIT(OOM_COLUMN_UID))
		task->uid = (uint32_t)value;
	else if (column == BIT(OOM_COLUMN_OOM_ADJ))
		task->oom_adj = adj_of(value);
	else if (column == BIT(OOM_COLUMN_OOM_SCORE_ADJ))
		task->oom_score_adj = adj_of(value);
}

/* Up to `max` numbers, each followed by a blank; returns how many. *t is left at the name. */
static uint32_t take_numbers(struct text *t, int64_t *number, uint32_t max)
{
	const char *p = t->p, *const end = t->p + t->n;
	uint32_t n = 0;

	while (n < max) {
		const char *at = p, *digits;
		uint64_t value = 0;
		bool negative;

		while (at < end && *at == ' ')
			at++;
		negative = at < end && *at == '-';
		at += negative;
		/* 18 digits fit; a longer number is no counter of a process. */
		for (digits = at; at < end && is_digit(*at) && at - digits < 18; at++)
			value = value * 10 + (uint64_t)(*at - '0');
		if (at == digits || at == end || *at != ' ')
			break;
		number[n++] = negative ? -(int64_t)value : (int64_t)value;
		p = at;
	}
	*t = text_of(p, (size_t)(end - p));
	return n;
}

/* Rows without their header: how many numbers stood before the name, by version. */
#define NUMBERS_2_6_27 6 /* uid tgid total_vm rss cpu oom_adj */
#define NUMBERS_PLAIN 7	 /* rss cpu oom_adj, rss nr_ptes swapents, rss pgtables_bytes swapents */
#define NUMBERS_4_0 8	 /* nr_ptes nr_pmds swapents */
#define NUMBERS_4_14 9	 /* nr_ptes nr_pmds nr_puds swapents */
#define NUMBERS_6_8 10	 /* rss_anon rss_file rss_shmem pgtables_bytes swapents */

#define COLUMNS_4_0 "] uid tgid total_vm rss nr_ptes nr_pmds"
#define COLUMNS_6_8 "] uid tgid total_vm rss rss_anon rss_file rss_shmem"

static void assume_columns(struct oom_open *o, uint32_t numbers)
{
	static const char *const layout[] = {
		[NUMBERS_2_6_27] = "] uid tgid total_vm rss cpu oom_adj name",
		/* Which of three is decided by what the columns held: oom_tasks_finish(). */
		[NUMBERS_PLAIN] = "] uid tgid total_vm rss nr_ptes swapents oom_score_adj name",
		[NUMBERS_4_0] = COLUMNS_4_0 " swapents oom_score_adj name",
		[NUMBERS_4_14] = COLUMNS_4_0 " nr_puds swapents oom_score_adj name",
		[NUMBERS_6_8] = COLUMNS_6_8 " pgtables_bytes swapents oom_score_adj name",
	};
	const uint32_t parts = o->r.parts;

	oom_take_task_header(o, text_string(layout[numbers]));
	o->r.parts = parts;
	o->r.columns_assumed = true;
	o->rows_pages_of_bytes = o->rows_old_adj = true;
}

static int task_add(struct oom_report *r, struct oom_task **ret)
{
	*ret = NULL;
	if (r->task_count >= OOM_TASKS_MAX) {
		r->tasks_dropped++;
		return 0;
	}
	return oom_array_add((void **)&r->task, &r->task_count, &r->task_capacity, OOM_TASKS_MAX,
			     sizeof(**ret), (void **)ret);
}

static void look_at_assumed(struct oom_open *o, const int64_t *number)
{
	if (number[1] == o->r.task[o->r.task_count - 1].pid)
		o->rows_plausible++;
	o->rows_pages_of_bytes &= number[4] >= 4096 && number[4] % 4096 == 0;
	o->rows_old_adj &= number[5] >= -17 && number[5] <= 15;
}

int oom_take_task(struct oom_open *o, struct text t)
{
	struct oom_report *r = &o->r;
	int64_t number[OOM_COLUMNS_MAX];
	struct oom_task *task;
	uint64_t pid;
	uint32_t numbers;
	int status;

	t = oom_text_from(t, 1);
	oom_skip_blanks(&t);
	if (!oom_take_u64(&t, &pid) || pid > INT64_MAX)
		return 0;
	oom_skip_blanks(&t);
	if (!text_skip_prefix(&t, "]"))
		return 0;
	numbers = take_numbers(&t, number, o->column_count ? o->column_count : NUMBERS_6_8);
	if (!o->column_count && numbers >= NUMBERS_2_6_27 && t.n > 1)
		assume_columns(o, numbers);
	if (!o->column_count || numbers < o->column_count || t.n < 2) {
		/* Cut, or garbled; without a table it is somebody else's line. */
		if (!r->columns || !numbers)
			return 0;
		r->rows_unreadable++;
		return 1;
	}
	status = task_add(r, &task);
	if (status < 0)
		return status;
	r->parts |= OOM_PART_TASKS;
	if (!task)
		return 1;
	task->pid = (int64_t)pid;
	for (uint32_t i = 0; i < numbers; i++)
		put_number(task, o->column[i], number[i]);
	OOM_COPY(oom_text_from(t, 1), task->comm);
	if (r->columns_assumed)
		look_at_assumed(o, number);
	return 1;
}

void oom_tasks_finish(struct oom_open *o)
{
	struct oom_report *r = &o->r;

	if (!r->columns_assumed || o->column_count != NUMBERS_PLAIN)
		return;
	if (o->rows_pages_of_bytes) {
		r->columns &= ~(uint32_t)OOM_COLUMN_NR_PTES;
		r->columns |= OOM_COLUMN_PGTABLES_BYTES;
		for (uint32_t i = 0; i < r->task_count; i++) {
			r->task[i].pgtables_bytes = r->task[i].nr_ptes;
			r->task[i].nr_ptes = 0;
		}
	} else if (o->rows_old_adj && (r->version.major == 0 || r->version.major == 2 ||
				       (r->version.major == 3 && r->version.minor < 8))) {
		/* "cpu oom_adj" or "nr_ptes swapents" of a machine without swap: not to be told. */
		r->columns &= ~(uint32_t)(OOM_COLUMN_NR_PTES | OOM_COLUMN_SWAPENTS);
	}
}
