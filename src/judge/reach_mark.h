/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marking: from words to blocks to the words of those, by several threads. A block that is reached
 * is pending in its cell, and the page of its cell waits in a queue, first in first out. By the
 * time it is its turn, more of its blocks are pending, and they are read in one go: a graph that
 * jumps about at random costs a TLB miss and the latency of memory for a page, not for each block
 * (as Go's collector does since 1.25, "Green Tea"). A page is in the queue once, so that the queue
 * has a room that is known, whatever the graph; a stack of blocks had up to 16 bytes a block.
 *
 * What points into the heap is put aside, and looked at when there are many: then the cells of the
 * next ones are prefetched.
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

#define MARK_PAGES 64
#define MARK_WORDS 1024
#define MARK_SIZES 64
#define MARK_VTABLES 256

struct mark_worker {
	struct reach_marker *marker;
	/* Pages to scan, and such that it found, for the queue. */
	uint32_t page[MARK_PAGES], found_page[MARK_PAGES];
	uint32_t next, pages, found_pages;
	/* Part of a root, to be scanned before them. */
	const uint8_t *range;
	uint64_t range_bytes;
	/* Words that point into the heap, to be looked at. */
	uint32_t words;
	uint64_t word[MARK_WORDS];
	void (*visit)(struct mark_worker *w); /* looks at all of them */
	struct loss found;		      /* blocks that this worker scanned */
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
	/* Called under the lock when a worker has nothing to do: gives it something, false at the
	 * end. */
	bool (*refill)(struct mark_worker *w, void *source);
	void *source;
	pthread_mutex_t lock, vtable_lock;
	pthread_cond_t more;
	/* A ring of pages, by the index of their first cell / PAGE_CELLS. */
	uint32_t *queue;
	uint64_t room, head, queued;
	uint32_t *is_queued; /* a bit a page: it is in the queue, or some worker has it */
	uint32_t idle;
	bool over;
};

/* -ENOMEM. To be released in any case. */
int marker_init(struct reach_marker *m, struct reach_index *x, const struct reach_options *o,
		uint32_t threads) _must_check_ _nonnull_all_;
/* Makes .kind when there are heuristics. -ENOMEM. */
int marker_heuristics(struct reach_marker *m) _must_check_ _nonnull_all_;
void marker_release(struct reach_marker *m) _nonnull_all_;

/* Until `refill` has no more and all is scanned. */
void mark_run(struct reach_marker *m, enum mark_mode mode,
	      bool (*refill)(struct mark_worker *w, void *source), void *source) _nonnull_all_;

/*
 * For refill, and for one worker alone: push, drain, push, drain... mark_push is for one range at a
 * time, mark_push_block for any number of blocks.
 */
void mark_push(struct mark_worker *w, const uint8_t *copy, uint64_t bytes) _nonnull_all_;
void mark_push_block(struct mark_worker *w, const struct reach_spot *s) _nonnull_all_;
void mark_drain(struct mark_worker *w) _nonnull_all_;
/* What the worker found goes into the queue. */
void mark_publish(struct mark_worker *w) _nonnull_all_;
