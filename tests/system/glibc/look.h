/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What test-glibc.c and test-steps.c share: the mappings of a target as an image, and what a walk
 * found in it against the target's own book. Fails the test where the system refuses something.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "model/heap.h"
#include "model/memory_image.h"
#include "model/roots.h"

#include "book.h"

/* The lines of /proc/PID/maps, without copies. */
void look_maps(pid_t pid, struct memory_image *m);
/* Does a scan copy the mapping: is it writable, or RELRO? */
bool look_is_wanted(const struct memory_image *m, uint32_t i);
/* The page is there, as one more of those that the mapping has; in ascending order. */
void look_add_page(struct mapping *m, uint64_t at);

/* Takes out what is in flight; *ret_flight: how many. Sorts, and shows the addresses. */
uint32_t book_close(struct book *book, uint32_t *ret_flight);

struct compared {
	uint32_t same, wrong_size, missing, extra;
	uint64_t extra_sizes[8];
};
struct compared compare(const struct heap *heap, const struct book *book, uint32_t n);

/* What a pointer to a block's start or inside leads to, from the roots; as simple as can be. */
struct marking {
	const struct heap *heap;
	struct heap_block *stack;
	uint8_t *seen; /* of the block at address[i] */
	uint64_t *address;
	uint32_t blocks, depth;
};
void mark_all(struct marking *k, const struct roots *r);
void marking_release(struct marking *k);
