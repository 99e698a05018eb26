/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the OOM judgement ask of a report's task table and victims. Numbers of a log
 * are hostile: everything saturates, nothing overflows.
 */
#pragma once

#include "model/oom_report.h"

/* A cgroup's memory ran out, or a policy's that is not known and tells of a cgroup. */
bool oom_of_memcg(const struct oom_report *r) _nonnull_all_;

/* Of the report; 4096 where the text does not tell. */
uint64_t oom_page_bytes(const struct oom_report *r) _nonnull_all_;
/* Negative is 0, and so large that no sum of a table overflows is cut. */
uint64_t oom_pages_to_bytes(const struct oom_report *r, int64_t pages) _nonnull_all_;

/* Index of the process with that pid (or, for a row of a thread, tgid); OOM_NO_TASK. */
uint32_t oom_task_find(const struct oom_report *r, int64_t pid) _nonnull_all_;

/* What ends with the process: anonymous memory and swap. Before 6.8 the table has only the whole
 * rss, which counts file and shared pages too: an upper bound. */
uint64_t oom_task_bytes(const struct oom_report *r, const struct oom_task *t) _nonnull_all_;

/* Of the first victim, from its line, else from its row; of all of them for a group kill. */
struct opt_u64 oom_victims_bytes(const struct oom_report *r) _nonnull_all_;

/* The rows are all there: nothing dropped, garbled or cut off. */
bool oom_table_complete(const struct oom_report *r) _nonnull_all_;

/* A copy that fits, cut where it does not; a path keeps its end (oom_copy_end). */
void oom_copy(char *to, size_t size, const char *from) _nonnull_all_;
void oom_copy_end(char *to, size_t size, const char *from) _nonnull_all_;
