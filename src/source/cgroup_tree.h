/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps a struct cgroup_table: finds the memory hierarchy, gives paths an index, reads the numbers
 * of the cgroups in use. All memory is allocated by cgroup_tree_open. An index stays with its path
 * as long as a process is in that cgroup or below it.
 */
#pragma once

#include "base/fault.h"
#include "base/root.h"
#include "model/process.h"

struct cgroup_tree {
	struct cgroup_table table;
	int dir;	 /* of the hierarchy's root, -1 when there is none */
	uint32_t *index; /* path hash -> node + 1, 0 empty */
	uint32_t index_mask;
	char *spare_paths;   /* the other half, for compaction */
	uint32_t free_hint;  /* no free node below */
	uint32_t usage_next; /* where the next cgroup_tree_usage goes on */
};

/*
 * A descriptor of the memory hierarchy's root and its version, for the caller to close; -1 and
 * CGROUP_VERSION_UNKNOWN when there is none.
 */
int cgroup_hierarchy_open(const struct root *root, enum cgroup_version *ret) _nonnull_all_;

/* 0, or -ENOMEM with a fault. A machine without the memory controller is fine: nothing is found. */
int cgroup_tree_open(struct cgroup_tree *t, const struct root *root, uint32_t max_cgroups,
		     uint32_t path_bytes, struct fault *f) _must_check_ _nonnull_(1, 2);
void cgroup_tree_release(struct cgroup_tree *t) _nonnull_all_;

/*
 * The index of a path as proc_cgroup_parse gives it, made with its ancestors when it is new.
 * CGROUP_NONE when there is no room, which counts in table.dropped.
 */
uint32_t cgroup_tree_intern(struct cgroup_tree *t, struct text path) _nonnull_all_;

/*
 * After a pass: counts the processes of each cgroup, marks who is alive, and reads the numbers of
 * the alive ones that are older than `max_age_seconds`.
 */
void cgroup_tree_refresh(struct cgroup_tree *t, const struct process_table *p, double now_seconds,
			 double max_age_seconds, char *buf, size_t size) _nonnull_all_;

/*
 * Reads the usage of up to `max` alive cgroups that have a limit; when there are more, the next
 * call goes on with the others. Returns how many were read.
 */
uint32_t cgroup_tree_usage(struct cgroup_tree *t, uint32_t max) _nonnull_all_;
