/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory the target and this process may still take: of the host and of their cgroups. */
#pragma once

#include "base/fault.h"
#include "base/root.h"
#include "judge/snapshot_way.h"
#include "source/cgroup_tree.h"
#include "source/host_reader.h"

enum {
	SCAN_TARGET = 0,
	SCAN_SELF,
	SCAN_PROCESSES,
};

struct scan_headroom {
	const struct root *root;
	struct process process[SCAN_PROCESSES];
	uint8_t state[SCAN_PROCESSES];
	struct process_table table;
	struct cgroup_tree cgroups;
	struct host_reader host;
	struct opt_u64 target_left, own_left, common_left;
	uint64_t resident_bytes, held_bytes; /* of the target: VmRSS; anon + swap */
	uint64_t shmem_bytes;
	char buf[16384];
};

#define SCAN_HEADROOM_NONE                                                                         \
	((struct scan_headroom){ .cgroups = { .dir = -1 },                                         \
				 .host = { .meminfo = -1, .pressure = -1 } })

/* Reads all of it. 0, or negative errno with *f (-ESRCH: the target is gone). */
int scan_headroom_open(struct scan_headroom *h, const struct root *root, int32_t pid,
		       struct fault *f) _must_check_ _nonnull_all_;
/*
 * The limits again: some 50 us. Whether less than SNAPSHOT_FLOOR_BYTES is left to this process or,
 * where it runs on and pays for what it writes, to the target: stopped, it takes nothing more.
 */
bool scan_headroom_is_short(struct scan_headroom *h, bool target_runs) _nonnull_all_;
/* Fills *f with what it would take, what there is, and of which limit. Returns -ENOMEM. */
int scan_headroom_refuse(const struct scan_headroom *h, const struct snapshot_facts *facts,
			 enum snapshot_method method, struct fault *f) _nonnull_all_;
void scan_headroom_close(struct scan_headroom *h) _nonnull_all_;
#define _cleanup_headroom_ _cleanup_(scan_headroom_close)
