/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The growth judge over many processes: one track for each slot of a process_table (or each
 * process of a replay), and the order in which `watch` shows them. Reads no clock and no file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "judge/track.h"
#include "model/process.h"

/* What is remembered of one process between passes; some 1.2 KiB. */
struct watched {
	struct track track;
	struct sample last;
	struct headroom headroom;  /* at the last sample */
	struct verdict verdict;	   /* as of the last evaluation; see ranking_verdict */
	uint64_t first_held_bytes; /* of the first sample of this life */
	double alarm_seconds; /* time of the first sample judged `leaking`; NAN when none was */
	bool sampled;	      /* .last holds something */
	bool stale;	      /* .verdict is older than .track */
};

struct ranking {
	struct watched *slot;
	uint32_t capacity;
	struct growth_policy policy;
};

/* Room for `slots` processes. 0 or -ENOMEM. ranking_done accepts a zeroed ranking. */
int ranking_init(struct ranking *r, uint32_t slots,
		 const struct growth_policy *policy) _must_check_ _nonnull_all_;
/* More room, for replays, which learn of processes as they read. Moves .slot. 0 or -ENOMEM. */
int ranking_reserve(struct ranking *r, uint32_t slots) _must_check_ _nonnull_all_;
void ranking_done(struct ranking *r) _nonnull_all_;

/* A new process life begins in this slot. */
void ranking_start(struct ranking *r, uint32_t slot) _nonnull_all_;
/* One sample of the life in this slot; notes the alarm. */
void ranking_add(struct ranking *r, uint32_t slot, const struct sample *x,
		 const struct headroom *h) _nonnull_all_;
/*
 * The same where the slot stands for a name rather than for one life, as in a recorded history: a
 * fall within one sample to a sixteenth, and to at most twice of what the life began with, is taken
 * for a restart. The judge forgets the earlier life, whose heights would be old ground for a leak
 * in the later one; the time of the first alarm stays. A program that gives back that much at once
 * is judged as a young one from then on.
 */
void ranking_add_named(struct ranking *r, uint32_t slot, const struct sample *x,
		       const struct headroom *h) _nonnull_all_;
/*
 * One pass of the sampler: starts the new lives, adds a sample for every user process that was
 * read and whose anonymous memory is known. Allocates nothing.
 */
void ranking_pass(struct ranking *r, const struct process_table *t) _nonnull_all_;
/* The verdict of a slot, judged at its own last sample; unknown before the first. */
const struct verdict *ranking_verdict(struct ranking *r, uint32_t slot) _nonnull_all_;

/* One line of the ranking. Texts may hold any byte; length 0 = unknown. Borrows from its sources.
 */
struct ranked {
	struct process_id id; /* starttime 0 in a replay */
	struct text comm;
	struct text unit;      /* systemd unit, else the cgroup path */
	struct text cgroup;    /* path */
	struct text container; /* id */
	struct text limit; /* which limit binds: "host", a cgroup path, "rlimit", "limit_bytes" */
	struct opt_u64 anon_bytes, swap_bytes, shmem_bytes;
	uint64_t held_bytes; /* the known ones of the three, summed */
	struct headroom headroom;
	double age_seconds;	       /* NAN when unknown */
	double alarm_seconds;	       /* of a replay, in its own time; NAN when there was none */
	const struct verdict *verdict; /* never NULL */
	const struct track *track;     /* never NULL; for the history picture */
	bool unread;		       /* the last pass could not read it: the numbers are older */
};

/* Fills the line of a table's slot. False for what has no line: free slots, kernel threads. */
bool ranked_of_slot(struct ranking *r, const struct process_table *t, uint32_t slot,
		    struct ranked *ret) _nonnull_all_;

enum rank_key {
	RANK_SCORE = 0, /* then growth, then size */
	RANK_MEMORY,
	RANK_SWAP,
	RANK_GROWTH,
	RANK_EXHAUSTION, /* soonest first, unknown last */
	RANK_AGE,
	RANK_PID,
	RANK_NAME,
	RANK_UNIT,
	RANK_KEYS,
};

/* "score", "memory", ...: the words of --sort. False when no key has that name. */
bool rank_key_parse(struct text name, enum rank_key *ret) _must_check_ _nonnull_all_;

/* The interesting end first; `reverse` turns it round. A total order: equal keys go by pid. */
void ranked_sort(struct ranked *rows, uint32_t count, enum rank_key key, bool reverse);
/* Whether the text is found in name, unit, container or pid, case of ASCII letters ignored. */
bool ranked_matches(const struct ranked *row, struct text needle) _nonnull_all_;
/* Keeps the rows that match, in order; returns how many. */
uint32_t ranked_filter(struct ranked *rows, uint32_t count, struct text needle);
