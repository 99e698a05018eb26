/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of lines that an OOM report is made of, and its neighbours in a log. Recognised by
 * their first bytes and, where those are a name, by a word inside; nothing is read from them here.
 * Lines that only mean something below another (memory.stat, slab table, stack dump) are
 * OOM_LINE_NONE.
 */
#pragma once

#include "base/text.h"

/* In the order of the printing: the phases of a report. */
enum oom_line_kind {
	OOM_LINE_NONE = 0,
	/* dump_header() */
	OOM_LINE_TRIGGER,
	OOM_LINE_COMPACTION, /* "COMPACTION is disabled!!!", "oom_policy=" */
	OOM_LINE_CPUSET,
	/* dump_stack() */
	OOM_LINE_CPU,
	OOM_LINE_HARDWARE,
	OOM_LINE_STACK, /* headings, registers, "Workqueue:", "Tainted: [W]=WARN" */
	OOM_LINE_FRAME,
	/* show_mem() */
	OOM_LINE_MEM_INFO,
	OOM_LINE_PER_CPU,
	OOM_LINE_COUNTERS,
	OOM_LINE_NODE,
	OOM_LINE_ZONE,
	OOM_LINE_RESERVE,
	OOM_LINE_BUDDY,
	OOM_LINE_HUGEPAGES,
	OOM_LINE_TOTAL, /* "N pages RAM", "Free swap  =" */
	OOM_LINE_ALLOCATIONS,
	/* mem_cgroup_print_oom_meminfo() */
	OOM_LINE_MEMCG_TASK,
	OOM_LINE_MEMCG_LIMIT_REACHED,
	OOM_LINE_MEMCG_USAGE,
	OOM_LINE_MEMCG_STATS,
	OOM_LINE_MEMCG_PROTECTION,
	/* dump_unreclaimable_slab() */
	OOM_LINE_SLAB,
	OOM_LINE_SLAB_HEADER,
	OOM_LINE_SLAB_NOT_DUMPED,
	/* dump_tasks() */
	OOM_LINE_TASK_TITLE,
	OOM_LINE_TASK_HEADER,
	OOM_LINE_TASK,
	/* dump_oom_victim(), oom_kill_process() and what comes instead of a kill */
	OOM_LINE_CONSTRAINT,
	OOM_LINE_CHOICE,
	OOM_LINE_KILLED,
	OOM_LINE_SHARING, /* "Kill process P (x) sharing same memory", up to 4.5 */
	OOM_LINE_EXITING,
	OOM_LINE_GROUP,
	OOM_LINE_NO_KILLABLE,
	OOM_LINE_PANIC,
	OOM_LINE_REAPED,
	/* no part of a report */
	OOM_LINE_ALLOCATION_FAILURE,
	OOM_LINE_ALLOCATION_STALL,
	OOM_LINE_VMALLOC_FAILURE,
	OOM_LINE_SLAB_FAILURE,
	OOM_LINE_FAULT_LEAKED,
	OOM_LINE_SUPPRESSED,
	OOM_LINE_LOST,
	OOM_LINE_KIND_COUNT,
};

enum oom_line_kind oom_line_kind(struct text clean);

/*
 * "java invoked oom-killer: gfp_mask=": offset of " invoked oom-killer", or -1. A sentence about an
 * OOM is none: what follows must be what the kernel prints there, or nothing.
 */
ssize_t oom_line_invoked(struct text clean);
/* "foo+0x1/0x23": offset of the '+', or -1. */
ssize_t oom_line_frame(struct text clean);
/* "DMA32", "HighMem", ... in front: its length, or 0. */
size_t oom_line_zone_name(struct text t);
