/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a program can still know a block from: the memory outside the heap, less what only looks
 * like it. Made by source/heap_roots.h from a memory image, read by judge/reach.h.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

enum root_kind {
	ROOT_REGISTERS = 0, /* general purpose and vector, of one thread */
	ROOT_STACK,	    /* from the stack pointer (and the red zone of a leaf) upwards */
	ROOT_TLS,	    /* static TLS, struct pthread, dtv */
	ROOT_DATA,	    /* .data and .bss of a program or library */
	ROOT_RELRO,	    /* read-only after relocation */
	ROOT_ANONYMOUS,	    /* other private memory: what a program mapped itself */
	ROOT_SHARED,	    /* shared memory */
	ROOT_KINDS,
	/* Not roots: memory that is dead, kept to tell who pointed to a lost block last. */
	ROOT_DEAD_STACK = ROOT_KINDS, /* below a stack pointer, or the stack of an ended thread */
};

struct root_range {
	uint64_t start;	     /* 0 for registers */
	const uint8_t *copy; /* `bytes` bytes, a multiple of 8; at any address, as `start` is
				(operands in code). Borrowed from the image or from roots.words */
	uint64_t bytes;
	uint32_t mapping; /* index in the image; UINT32_MAX: none (registers) */
	int32_t tid;	  /* of the thread for registers, stacks and TLS; 0: none */
	enum root_kind kind;
};

struct roots {
	struct root_range *range;
	uint32_t ranges, range_room;
	struct root_range *dead; /* kind ROOT_DEAD_STACK */
	uint32_t deads, dead_room;
	uint64_t **words; /* arrays made here (registers, dtv blocks), owned */
	uint32_t word_arrays;
};

#define ROOTS_NONE ((struct roots){ 0 })
void roots_release(struct roots *r) _nonnull_all_;
#define _cleanup_roots_ _cleanup_(roots_release)

/* Appends to .range, or to .dead for ROOT_DEAD_STACK; empty ranges are left out. 0 or -ENOMEM. */
int roots_add(struct roots *r, const struct root_range *range) _must_check_ _nonnull_all_;
/* An array of words that roots_release frees; zeroed. NULL when memory is short. */
uint64_t *roots_words(struct roots *r, uint32_t words) _must_check_ _nonnull_all_;

/* "registers", "stack", "tls", "data", "relro", "anonymous", "shared", "dead stack". */
const char *root_kind_name(enum root_kind kind);
