/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interior pointers that count as start pointers: --leak-check-heuristics as
 * memcheck/mc_leakcheck.c (3.19) heuristic_reachedness() has them, but with a size that is up to
 * HEURISTIC_SLACK above what was asked for.
 *
 * glibc: usable = max(24, request rounded up to 16 k + 8); a remainder below 32 bytes stays with
 * the chunk (malloc.c _int_malloc, MINSIZE). A block mmapped alone is rounded up to pages.
 *
 * Internal to the room.
 */
#pragma once

#include "judge/reach.h"

#define HEURISTIC_SLACK 24
#define HEURISTIC_SLACK_SINGLE (4096 + 24)

struct heuristic_case {
	uint64_t pointer;     /* inside of the block, not its start */
	uint64_t start, size; /* of the block */
	const uint8_t *copy;  /* of the block */
	uint64_t slack;	      /* by which size may be above what was asked for */
	/* Does a vtable stand there? */
	bool (*is_vtable)(void *context, uint64_t address);
	void *context;
};

/* The first of the wanted ones that accepts the pointer, 0 for none. */
enum leak_heuristic heuristic_accepts(const struct heuristic_case *c,
				      uint32_t wanted) _nonnull_all_;
