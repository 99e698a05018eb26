/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The OOM reports in a stretch of the kernel's ring buffer, cut into the parts that cost console
 * time. Pure; the text is a guest's and may be anything. It measures and does not explain.
 *
 * A report runs from the record with "invoked oom-killer" to the one that names the victim ("Killed
 * process"), or says that there is none; what other contexts printed in between counts, as "other".
 * The "oom_reaper" line comes later, from another thread, and belongs to no report.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "record.h"

enum oom_part {
	OOM_HEADER,	/* invoked oom-killer, CPU and hardware */
	OOM_STACK,	/* call trace and registers */
	OOM_MEM_INFO,	/* Mem-Info, or a memory cgroup's figures */
	OOM_TASK_TABLE, /* with its two lines of heading */
	OOM_VERDICT,	/* oom-kill:, Killed process */
	OOM_OTHER,
	OOM_PARTS,
};

extern const char *const oom_part_names[OOM_PARTS];

struct oom_report {
	uint32_t first, last; /* records */
	uint32_t table_first, table_last;
	bool has_table;
	bool complete; /* it has its end */
	uint32_t tasks;
	uint64_t part_bytes[OOM_PARTS]; /* as on a console that prints everything */
};

struct oom_victim {
	uint64_t pid;
	uint32_t comm, comm_len; /* in records.text */
};

#define OOM_REPORTS_MAX 256
#define OOM_VICTIMS_MAX 256

struct oom_story {
	uint32_t report_count, victim_count;
	uint32_t reports_lost, victims_lost; /* past the capacity */
	uint32_t rcu_stalls;
	struct oom_report report[OOM_REPORTS_MAX];
	struct oom_victim victim[OOM_VICTIMS_MAX];
};

void oom_story(const struct records *r, struct oom_story *ret) _nonnull_all_;
uint64_t oom_report_bytes(const struct oom_report *report) _nonnull_all_;
