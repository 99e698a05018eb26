/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process as read from /proc, and the table of all of them. Plain data; src/source fills it,
 * src/judge reads it. Kept small: guard holds 4,096 of them in a fixed budget.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "model/cgroup.h"
#include "model/host.h"

/* A pid alone is not an identity: it is reused. starttime is field 22 of /proc/PID/stat, in ticks.
 */
struct process_id {
	int32_t pid;
	uint64_t starttime_ticks;
};

static inline bool process_id_equal(struct process_id a, struct process_id b)
{
	return a.pid == b.pid && a.starttime_ticks == b.starttime_ticks;
}

/* Which of the numbers below were read. A cleared bit means: absent or unreadable, not zero. */
enum process_field {
	PROCESS_ANON = 1 << 0,
	PROCESS_SWAP = 1 << 1,
	PROCESS_SHMEM = 1 << 2,
	PROCESS_FILE = 1 << 3,
	PROCESS_PGTABLES = 1 << 4,
	PROCESS_VM = 1 << 5, /* vm_bytes, data_bytes */
	PROCESS_CPU = 1 << 6,
	PROCESS_OOM_SCORE_ADJ = 1 << 7,
	PROCESS_RLIMIT_AS = 1 << 8, /* clear also when unlimited */
	PROCESS_RLIMIT_DATA = 1 << 9,
};

#define PROCESS_COMM_SIZE                                                                          \
	16 /* TASK_COMM_LEN, linux/sched.h; NUL-terminated, any other byte allowed */

struct process {
	struct process_id id;
	double cpu_seconds;	       /* utime + stime; refreshed at the slow rate */
	uint64_t anon_bytes;	       /* RssAnon */
	uint64_t swap_bytes;	       /* VmSwap */
	uint64_t shmem_bytes;	       /* RssShmem */
	uint64_t file_bytes;	       /* RssFile */
	uint64_t pgtables_bytes;       /* VmPTE */
	uint64_t vm_bytes, data_bytes; /* VmSize, VmData: what RLIMIT_AS and RLIMIT_DATA bound */
	uint64_t rlimit_as_bytes, rlimit_data_bytes;
	int32_t session;
	uint32_t uid; /* effective */
	uint32_t threads;
	uint32_t cgroup; /* index into cgroup_table, CGROUP_NONE when unknown */
	uint32_t fields; /* enum process_field */
	int16_t oom_score_adj;
	bool zombie; /* dead but not yet waited for, and no live thread left */
	char comm[PROCESS_COMM_SIZE];
};

/*
 * What this process holds that only its end or its own act gives back: anon + swap + shmem.
 * File pages are not counted: the kernel can drop them. Absent parts count as 0 here; ask
 * .fields when it matters.
 */
static inline uint64_t process_held_bytes(const struct process *p)
{
	return p->anon_bytes + p->swap_bytes + p->shmem_bytes;
}

enum slot_state {
	SLOT_FREE = 0,
	SLOT_NEW,   /* first seen in the last pass: a judge must start anew for this slot */
	SLOT_LIVE,  /* seen before and read again in the last pass */
	SLOT_STALE, /* exists, but the last pass could not read it (counted, .process is older) */
};

/* What one pass met. Every process of the listing is in exactly one of the counts after `listed`.
 */
struct pass_counts {
	uint32_t listed;	/* numeric entries of /proc */
	uint32_t read;		/* user processes read */
	uint32_t kthreads;	/* kernel threads have no memory of their own: they take no slot */
	uint32_t vanished;	/* ended between the listing and the read */
	uint32_t unreadable;	/* permission or a malformed file */
	uint32_t over_capacity; /* no free slot: not read, said to the user */
};

/*
 * All processes. A slot keeps its index for the life of its process, so a judge can hold its state
 * in an array parallel to `slots`; slots[i].state says when that state must start anew.
 */
struct process_table {
	struct process *process; /* capacity entries */
	uint8_t *state;		 /* enum slot_state, capacity entries */
	uint32_t capacity;
	uint32_t high;		 /* every used slot is below this index */
	double time_seconds;	 /* when the pass began, sampler clock */
	double host_seconds;	 /* when .host was read last: then, or by the fast clock since */
	double pass_cpu_seconds; /* CPU the pass cost */
	struct pass_counts counts;
	struct host host;
	struct cgroup_table cgroups;
};

/* Did the last pass read this slot? Then its numbers are of now. */
static inline bool slot_is_read(const struct process_table *t, uint32_t slot)
{
	return t->state[slot] == SLOT_NEW || t->state[slot] == SLOT_LIVE;
}
