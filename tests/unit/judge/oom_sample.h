/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OOM reports made up for the tests of their judgement. One report at a time, in static memory:
 * sample() begins an empty one. Sizes in MiB where a name says so; pages are of 4096 bytes.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "judge/oom_story.h"

#define SAMPLE_TASKS 4096
#define PAGES_PER_MIB 256

struct sample_store {
	struct oom_report report;
	struct oom_task task[SAMPLE_TASKS];
	struct oom_victim victim[64];
	struct oom_zone zone[16];
	struct oom_node node[4];
	struct oom_hugepages hugepages[4];
	struct oom_slab slab[8];
	struct oom_allocation allocation[8];
	struct oom_cgroup cgroup[4];
	struct oom_line_time line_time[OOM_LINES_MAX];
	struct oom_history history;
};

static struct sample_store *sample_store(void)
{
	static struct sample_store s;

	return &s;
}

static _unused_ struct oom_report *sample(void)
{
	struct sample_store *s = sample_store();
	struct oom_report *r = &s->report;

	memset(s, 0, sizeof(*s));
	r->task = s->task;
	r->victim = s->victim;
	r->memory.zone = s->zone;
	r->memory.node = s->node;
	r->memory.hugepages = s->hugepages;
	r->memory.slab = s->slab;
	r->memory.allocation = s->allocation;
	r->memcg.cgroup = s->cgroup;
	r->line_time = s->line_time;
	return r;
}

/* The columns of the eras. */
#define COLUMNS_BASE                                                                               \
	(OOM_COLUMN_PID | OOM_COLUMN_UID | OOM_COLUMN_TGID | OOM_COLUMN_TOTAL_VM |                 \
	 OOM_COLUMN_RSS | OOM_COLUMN_OOM_SCORE_ADJ | OOM_COLUMN_NAME)
#define COLUMNS_2_6_36 (COLUMNS_BASE | OOM_COLUMN_CPU | OOM_COLUMN_OOM_ADJ)
#define COLUMNS_3_8 (COLUMNS_BASE | OOM_COLUMN_NR_PTES | OOM_COLUMN_SWAPENTS)
#define COLUMNS_4_0 (COLUMNS_3_8 | OOM_COLUMN_NR_PMDS)
#define COLUMNS_4_15 (COLUMNS_BASE | OOM_COLUMN_PGTABLES_BYTES | OOM_COLUMN_SWAPENTS)
#define COLUMNS_6_8                                                                                \
	(COLUMNS_4_15 | OOM_COLUMN_RSS_ANON | OOM_COLUMN_RSS_FILE | OOM_COLUMN_RSS_SHMEM)

static _unused_ void sample_kernel(struct oom_report *r, uint32_t major, uint32_t minor,
				   uint32_t columns)
{
	(void)snprintf(r->release, sizeof(r->release), "%u.%u.0-test", major, minor);
	r->version = (struct kernel_version){ major, minor };
	r->columns = columns;
	r->page_bytes = opt_u64_of(4096);
	r->constraint = OOM_CONSTRAINT_NONE;
	r->parts = OOM_PART_TASK_HEADER | OOM_PART_TASKS | OOM_PART_TRIGGER | OOM_PART_KILL |
		   OOM_PART_MEM_INFO;
}

static _unused_ struct oom_task *sample_task(struct oom_report *r, int64_t pid, const char *comm,
					     int64_t anon_pages, int adj)
{
	struct oom_task *t = &r->task[r->task_count++];

	*t = (struct oom_task){ .pid = pid,
				.tgid = pid,
				.uid = 1000,
				.oom_score_adj = (int16_t)adj,
				.total_vm = anon_pages,
				.rss = anon_pages,
				.rss_anon = anon_pages };
	(void)snprintf(t->comm, sizeof(t->comm), "%s", comm);
	if (r->victim_count)
		oom_report_link(r);
	return t;
}

/* What "Killed process" says: its anonymous memory, and nothing else. */
static _unused_ struct oom_victim *sample_victim(struct oom_report *r, int64_t pid,
						 const char *comm, uint64_t anon_bytes)
{
	struct oom_victim *v = &r->victim[r->victim_count++];

	*v = (struct oom_victim){ .pid = pid, .anon_rss_bytes = opt_u64_of(anon_bytes) };
	(void)snprintf(v->comm, sizeof(v->comm), "%s", comm);
	r->message = OOM_MESSAGE_GLOBAL;
	oom_report_link(r);
	return v;
}

static _unused_ void sample_pages(struct oom_report *r, enum oom_counter c, uint64_t mib)
{
	r->memory.pages.value[c] = opt_u64_of(mib * PAGES_PER_MIB);
}

/* A machine of `ram` MiB without swap: so much anonymous memory, a little of the rest. */
static _unused_ void sample_machine(struct oom_report *r, uint64_t ram_mib, uint64_t anon_mib)
{
	r->memory.pages_ram = opt_u64_of((ram_mib + 16) * PAGES_PER_MIB);
	r->memory.pages_reserved = opt_u64_of(16 * PAGES_PER_MIB);
	r->memory.swap_total_bytes = opt_u64_of(0);
	r->memory.swap_free_bytes = opt_u64_of(0);
	sample_pages(r, OOM_ACTIVE_ANON, anon_mib);
	sample_pages(r, OOM_INACTIVE_ANON, 0);
	sample_pages(r, OOM_ISOLATED_ANON, 0);
	sample_pages(r, OOM_ACTIVE_FILE, 8);
	sample_pages(r, OOM_INACTIVE_FILE, 8);
	sample_pages(r, OOM_SHMEM, 0);
	sample_pages(r, OOM_UNEVICTABLE, 0);
	sample_pages(r, OOM_SLAB_RECLAIMABLE, 8);
	sample_pages(r, OOM_SLAB_UNRECLAIMABLE, 24);
	sample_pages(r, OOM_PAGETABLES, 8);
	sample_pages(r, OOM_FREE, 40);
	sample_pages(r, OOM_DIRTY, 0);
	sample_pages(r, OOM_WRITEBACK, 0);
}

static _unused_ struct oom_zone *sample_zone(struct oom_report *r, int32_t node, const char *name,
					     uint64_t free_kib, uint64_t min_kib, uint64_t high_kib)
{
	struct oom_zone *z = &r->memory.zone[r->memory.zone_count++];
	struct opt_u64 *v = z->counters.value;

	z->node = node;
	(void)snprintf(z->name, sizeof(z->name), "%s", name);
	v[OOM_FREE] = opt_u64_of(free_kib * KIB);
	v[OOM_MIN] = opt_u64_of(min_kib * KIB);
	v[OOM_HIGH] = opt_u64_of(high_kib * KIB);
	v[OOM_PRESENT] = opt_u64_of(GIB);
	v[OOM_MANAGED] = opt_u64_of(GIB);
	return z;
}

/* A cgroup of v2 at its limit: all of it anonymous memory but for `file`. */
static _unused_ void sample_memcg(struct oom_report *r, const char *path, uint64_t limit_mib,
				  uint64_t file_mib)
{
	struct oom_cgroup *g = &r->memcg.cgroup[0];

	r->constraint = OOM_CONSTRAINT_MEMCG;
	r->message = OOM_MESSAGE_MEMCG;
	r->memcg.known = true;
	r->parts |= OOM_PART_MEMCG;
	(void)snprintf(r->memcg.limit_path, sizeof(r->memcg.limit_path), "%s", path);
	r->memcg.memory = (struct oom_charge){ opt_u64_of(limit_mib * MIB),
					       opt_u64_of(limit_mib * MIB), opt_u64_of(12) };
	r->memcg.swap = (struct oom_charge){ opt_u64_of(0), opt_u64_of(0), opt_u64_of(0) };
	r->memcg.cgroup_count = 1;
	(void)snprintf(g->path, sizeof(g->path), "%s", path);
	g->stat[OOM_MEMCG_ANON] = opt_u64_of((limit_mib - file_mib) * MIB);
	g->stat[OOM_MEMCG_FILE] = opt_u64_of(file_mib * MIB);
	g->stat[OOM_MEMCG_SHMEM] = opt_u64_of(0);
}

static _unused_ void sample_at(struct oom_report *r, double seconds)
{
	r->first.boot_usec = opt_u64_of((uint64_t)(seconds * 1e6));
	r->last = r->first;
}

static _unused_ struct oom_story *sample_story(const struct oom_report *r)
{
	static struct oom_story s;

	oom_story_tell(r, &sample_store()->history, &s);
	return &s;
}

static _unused_ bool has_reason(const struct oom_story *s, enum oom_reason_id id)
{
	for (uint32_t i = 0; i < s->reason_count; i++) {
		if (s->reason[i].id == id)
			return true;
	}
	return false;
}

static _unused_ bool has_advice(const struct oom_story *s, enum oom_advice_id id)
{
	for (uint32_t i = 0; i < s->advice_count; i++) {
		if (s->advice[i].id == id)
			return true;
	}
	return false;
}
