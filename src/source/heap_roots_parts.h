/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is where in the memory of threads, for heap_roots*.c alone. */
#pragma once

#include "source/heap_roots.h"

/* A range that is known to be more than its mapping says. The earlier of two that overlap counts.
 */
struct root_label {
	uint64_t start, end;
	enum root_kind kind;
	int32_t tid;
};

struct root_labels {
	struct root_label *label;
	uint32_t labels, room;
	/* Start pointers of the dtv blocks; of the thread .dtv_tid[i], 0 of one that ended. */
	uint64_t *dtv;
	int32_t *dtv_tid;
	uint32_t dtvs, dtv_room;
	/* Where a thread runs in a block of the heap: a coroutine, a stack that malloc gave. */
	struct root_label *in_heap;
	uint32_t in_heaps, in_heap_room;
};

void root_labels_release(struct root_labels *l) _nonnull_all_;
#define _cleanup_labels_ _cleanup_(root_labels_release)

/* Stacks, TLS and dtvs of all threads, and of those that ended and whose stack glibc keeps. */
int root_labels_find(const struct memory_image *image, const struct glibc_heap *g,
		     struct root_labels *ret) _must_check_ _nonnull_(1, 3);
