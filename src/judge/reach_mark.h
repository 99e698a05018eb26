/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marking: from words to blocks to the words of those, by several threads. What hides the latency
 * of memory is two short queues, of cells to look at and of blocks to scan, each prefetched when it
 * is put in (Cher, Hosking, Vitek: Software prefetching for mark-sweep garbage collection, ASPLOS
 * 2004). Long blocks are scanned by slices.
 *
 * A stack has room for some blocks only; what does not fit is pending in its cell, and found there
 * when the stacks are empty, by address. So an array of pointers to everything takes 1 bit a
 * granule that is there anyway, where a stack took 16 bytes a block (a tenth of the heap), and its
 * blocks are read in the order of memory.
 *
 * Internal to the room.
 */
#pragma once

#include <pthread.h>

#include "judge/reach.h"
#include "judge/reach_index.h"

enum mark_mode {
	MARK_START = 0, /* by start pointers; interior ones are remembered */
	MARK_ANY,	/* by any pointer */
	MARK_CLIQUE,	/* by any pointer, for one leader; one thread */
	MARK_MODES,
};

/* Memory to scan for pointers: part of a root or of a block. */
struct mark_item {
	const uint8_t *copy;
	uint64_t bytes;
};

#define MARK_RING 16
#define MARK_SIZES 64
#define MARK_VTABLES 256

struct mark_worker {
	struct reach_marker *marker;
	struct mark_item *stack;
	uint64_t depth, room;
	struct mark_item ring[MARK_RING]; /* prefetched, about to be scanned */
	uint32_t ring_head, ring_count;
	uint64_t word[MARK_RING]; /* their cells are prefetched */
	uint32_t entry[MARK_RING];
	uint32_t word_head, word_count;
	struct loss found; /* blocks that this worker marked */
	/* MARK_CLIQUE: the leader, and who knows what earlier leaders led to. */
	uint64_t leader;
	struct loss (*absorb)(void *cliques, uint64_t start);
	void *cliques;
	/* Sizes of large blocks and answers of is_vtable, asked for again and again. */
	struct {
		uint64_t start, size;
	} sizes[MARK_SIZES];
	struct {
		uint64_t address;
		bool is;
	} vtables[MARK_VTABLES];
};

struct reach_marker {
	struct reach_index *index;
	const struct reach_options *options;
	uint32_t *kind; /* 4 bits a granule of all cells: heuristics that led to it; NULL: none */
	enum mark_mode mode;
	uint32_t threads;
	int error;
	/* Called under the lock when a worker has nothing to do: pushes to it, false at the end. */
	bool (*refill)(struct mark_worker *w, void *source);
	void *source;
	pthread_mutex_t lock, vtable_lock;
	pthread_cond_t more;
	struct mark_item *pool; /* what workers with much to do have left to others */
	uint64_t pooled, pool_room;
	bool overflowed; /* some blocks are pending */
	uint64_t sweep;	 /* cells before this one have been looked at since */
	uint64_t most;	 /* blocks on a stack */
	uint32_t idle;
	bool over;
};

void marker_init(struct reach_marker *m, struct reach_index *x, const struct reach_options *o,
		 uint32_t threads) _nonnull_all_;
/* Makes .kind when there are heuristics. -ENOMEM. */
int marker_heuristics(struct reach_marker *m) _must_check_ _nonnull_all_;
void marker_release(struct reach_marker *m) _nonnull_all_;

/* Until `refill` has no more and all is scanned. -ENOMEM. */
int mark_run(struct reach_marker *m, enum mark_mode mode,
	     bool (*refill)(struct mark_worker *w, void *source),
	     void *source) _must_check_ _nonnull_all_;

/* One worker alone: push, drain, push, drain... The marker's error tells when memory was short. For
 * refill: push. */
void mark_worker_init(struct mark_worker *w, struct reach_marker *m) _nonnull_all_;
void mark_worker_release(struct mark_worker *w) _nonnull_all_;
void mark_push(struct mark_worker *w, const uint8_t *copy, uint64_t bytes) _nonnull_all_;
/* Its memory is to be scanned; counts it as found. */
void mark_push_block(struct mark_worker *w, const struct reach_spot *s) _nonnull_all_;
void mark_drain(struct mark_worker *w) _nonnull_all_;
