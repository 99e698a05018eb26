/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroups that hold at least one process, and their ancestors, with their memory limits. One
 * shape for v1 and v2. Fixed capacity: a process whose cgroup did not fit has CGROUP_NONE, and
 * `dropped` counts it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/opt.h"
#include "base/text.h"

#define CGROUP_NONE UINT32_MAX
#define CGROUP_ID_SIZE 72 /* a container id is 64 hex digits; a longer unit name is not stored */

enum cgroup_version {
	CGROUP_VERSION_UNKNOWN = 0, /* no memory controller found */
	CGROUP_V1,
	CGROUP_V2,
};

struct cgroup {
	uint32_t parent;     /* index, CGROUP_NONE at the root */
	uint32_t path;	     /* offset into cgroup_table.paths, NUL-terminated, "/" at the root */
	uint32_t processes;  /* directly inside, in the last pass */
	bool alive;	     /* in the last pass it held a process, itself or below */
	bool indexed;	     /* the reader's: this node holds a path */
	bool hierarchical;   /* false: its children are not charged to it (v1 use_hierarchy 0) */
	double read_seconds; /* when the numbers below were read, sampler clock */
	struct opt_u64 usage_bytes; /* memory.current, v1 memory.usage_in_bytes */
	struct opt_u64 max_bytes;   /* memory.max, v1 memory.limit_in_bytes; ABSENT = no limit */
	struct opt_u64 high_bytes;  /* memory.high; ABSENT on v1 */
	struct opt_u64 brake_bytes; /* what guard has written to memory.high, and what it replaced:
				       a brake on one process is no limit that could run out */
	struct opt_u64 unbraked_high_bytes;
	struct opt_u64 min_bytes, low_bytes;
	struct opt_u64 swap_usage_bytes, swap_max_bytes;   /* v2 memory.swap.* */
	struct opt_u64 memsw_usage_bytes, memsw_max_bytes; /* v1 memory + swap together */
	/* memory.stat, read only for a cgroup that has a limit, else ABSENT */
	struct opt_u64 reclaimable_bytes; /* file pages (not shmem) + slab_reclaimable (v2): usage
					     that is no need */
	struct opt_u64 anon_bytes, shmem_bytes;
	struct opt_u64 oom_kill_events; /* memory.events oom_kill, v1 memory.oom_control oom_kill */
};

struct cgroup_table {
	enum cgroup_version version;
	struct cgroup *node; /* .alive false: free or left over, skip it */
	uint32_t count, capacity;
	char *paths; /* arena */
	uint32_t paths_len, paths_size;
	uint32_t dropped; /* cgroups of the last pass that found no room */
};

/*
 * memory.high as a limit: without guard's own brake. When somebody has written another value over
 * the brake, theirs counts.
 */
static inline struct opt_u64 cgroup_high(const struct cgroup *c)
{
	bool is_brake = opt_is_known(c->high_bytes) && opt_is_known(c->brake_bytes) &&
			c->high_bytes.value == c->brake_bytes.value;

	return is_brake ? c->unbraked_high_bytes : c->high_bytes;
}

/* "/" for the root; never NULL for a valid index. May hold any byte but NUL: escape it. */
static inline const char *cgroup_path(const struct cgroup_table *t, uint32_t index)
{
	return t->paths + t->node[index].path;
}

/* The same as a text; empty for CGROUP_NONE. */
struct text cgroup_path_text(const struct cgroup_table *t, uint32_t index) _nonnull_all_;

/* What people know it by: its unit, else its path. Empty for CGROUP_NONE. */
struct text cgroup_name(const struct cgroup_table *t, uint32_t index) _nonnull_all_;

/*
 * The systemd unit a cgroup path belongs to: the last component that ends in .service, .scope,
 * .slice, .socket, .mount or .swap, with systemd's \xNN left as it is. False when there is none.
 */
bool cgroup_path_unit(struct text path, struct text *ret_unit) _nonnull_all_;

/*
 * The 64 (or 32, garden) hex digits of a container in a cgroup path as Docker, containerd,
 * CRI-O, podman and kubelet (both cgroup drivers) write them. False when there is none.
 */
bool cgroup_path_container(struct text path, struct text *ret_id) _nonnull_all_;
