/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads one process, by a descriptor of its /proc/PID, into a struct process: all of it on first
 * sight, later as little as tells the truth. The sampler owns the processes and decides when.
 */
#pragma once

#include "model/process.h"
#include "source/cgroup_tree.h"
#include "source/proc_stat.h"

struct process_reader {
	struct cgroup_tree *cgroups;
	char *buf; /* the owner's */
	size_t size;
	uint64_t page_bytes; /* 0 until known: then statm is not used */
	double ticks_per_second;
	uint32_t statm_left; /* how many more statm descriptors may be kept */
	bool live;	     /* false: a captured tree, whose page size is not known */
	bool swap_moved;     /* since the last pass: statm alone would not tell */
};

/* What is remembered of a process beside its numbers. Begin with PROCESS_MEMO_NEW. */
struct process_memo {
	int32_t statm;			    /* kept descriptor, -1: none */
	uint32_t shared_pages, stack_pages; /* of statm, at the time of the last status */
	uint8_t rare;			    /* which of the rare files comes next */
};
#define PROCESS_MEMO_NEW ((struct process_memo){ .statm = -1, .shared_pages = UINT32_MAX })

/* Closes the kept descriptor and gives its place back. */
void process_memo_release(struct process_reader *x, struct process_memo *memo) _nonnull_all_;

/* Fills p from st (already read from the same directory), status, cgroup, limits, oom_score_adj. */
int process_read_first(struct process_reader *x, int dirfd, const struct proc_stat *st,
		       struct process *p) _must_check_ _nonnull_all_;

/*
 * Reads p's memory again. `identity`: the directory may be that of another life, so compare
 * starttime; -ESTALE when it is. `slow`: also stat, status in any case, and one of the rare files
 * (all of them in the first call).
 * On an error *p may hold a mixture of old and new numbers, each of them right at its time.
 */
int process_read_again(struct process_reader *x, int dirfd, bool identity, bool slow,
		       struct process_memo *memo, struct process *p) _must_check_ _nonnull_all_;

/*
 * A thread of the process beside its leader, which may be a zombie without memory while this one
 * lives: any number in task/ that is not the pid. -ENOENT: there is none. buf is used, and
 * aligned for a struct dirent64.
 */
int process_other_thread(int dirfd, int32_t pid, char *buf, size_t size,
			 int32_t *ret) _must_check_ _nonnull_all_;

/* The content of /proc/PID/oom_score_adj. -EPROTO: not a number, or outside -1000 to 1000. */
int oom_score_adj_parse(const char *buf, size_t len, int16_t *ret) _must_check_ _nonnull_all_;
