/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What more than one renderer of explain needs of a report: sizes in bytes, order, names. */
#pragma once

#include "base/strbuf.h"
#include "report/explain_view.h"

/* A page in bytes: of the text, else the 4096 of nearly every machine. */
uint64_t explain_page_bytes(const struct oom_report *r) _nonnull_all_;

/* A row in bytes; unknown where the log has no such column. Counters drift: below 0 is 0. */
struct explain_task {
	const struct oom_task *task;
	uint32_t index;				  /* into report->task */
	struct opt_u64 total_vm_bytes, rss_bytes; /* rss: all kinds together */
	struct opt_u64 anon_bytes, file_bytes, shmem_bytes, swap_bytes, pgtables_bytes;
	bool points_known;
	double points;	       /* badness in pages; PERMILLE: of 1000 */
	uint64_t weight_bytes; /* rss + swap + page tables: what the kernel's badness counts */
	bool victim, suspect;
};

void explain_task_of(const struct explain_view *v, uint32_t index,
		     struct explain_task *ret) _nonnull_all_;

/*
 * Indexes of the `max` rows that matter most: the judge's ranking first, then by size; victim and
 * suspect are among them (last) whatever their size. Returns how many. `ret` holds `max`.
 */
#define EXPLAIN_TOP_MAX 1000
uint32_t explain_top(const struct explain_view *v, uint32_t max, uint32_t *ret) _nonnull_all_;

/* anon + file + shmem; unknown when none is known. */
struct opt_u64 explain_victim_bytes(const struct oom_victim *v) _nonnull_all_;
/* Of a task that did not die of the kill line: the only victim, or the first. NULL: none. */
const struct oom_victim *explain_victim(const struct oom_report *r) _nonnull_all_;

/* "Nov 26 11:12:13", else "1234.567890 s after boot", else nothing; the origin when known. */
void explain_when(struct strbuf *s, const struct oom_stamp *at, const char *origin) _nonnull_all_;
/* Seconds from a to b by the clock that both have; false: none. */
bool explain_between(const struct oom_stamp *a, const struct oom_stamp *b,
		     double *ret) _nonnull_all_;

/* Adds a name of the log, escaped; of more than `max` bytes the end, after "..". */
void explain_name(struct strbuf *s, const char *hostile, size_t max) _nonnull_all_;
/* "mysqld (pid 1234)"; "pid 1234" without a name. */
void explain_process(struct strbuf *s, const char *comm, int64_t pid) _nonnull_all_;
