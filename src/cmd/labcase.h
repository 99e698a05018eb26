/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cases of the laboratory and their ground truth: the one place where it is written.
 * `bulkhead lab` shows it, and tests/system/test-lab.c holds the programs of lab/ to it.
 * Plain data; a lab program never reads it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "model/leak.h"
#include "model/verdict.h"

enum labcase_harm {
	LABCASE_NONE = 0,
	LABCASE_HARMLESS, /* leaks, but the memory goes back before anybody misses it */
	LABCASE_DANGEROUS,
};

enum labcase_memory {
	LABCASE_HEAP = 0, /* malloc */
	LABCASE_MMAP,	  /* anonymous mappings made without malloc */
	LABCASE_SHM,	  /* mapped tmpfs pages: RssShmem */
	LABCASE_STACK,	  /* stacks of threads */
};

/*
 * The heap while the program waits, and at its exit: blocks and bytes as they were asked for, in
 * valgrind's classes, as a tool that knows everything would say. Without what the runtime allocates
 * for itself: the dtv of each thread (glibc) and the emergency pool (libstdc++, one block).
 */
struct labcase_loss {
	bool known; /* false: it changes all the time, or was not counted */
	struct loss definite, indirect, possible, reachable;
};

/* What the memory does over time. `size` and `rate` are those of the case. */
enum labcase_curve {
	LABCASE_FLAT = 0, /* at `size` from the start */
	LABCASE_ENDS,	  /* at `size`, then the process ends with exit code 0 */
	LABCASE_LINE,	  /* rises by `rate`, without end */
	LABCASE_STEPS,	  /* rises by `size` every interval, without end */
	LABCASE_FILLS,	  /* rises to about `size`, then stays */
	LABCASE_TEETH,	  /* rises to `size`, falls to nothing, again and again */
};

struct labcase {
	const char *name, *program, *summary;

	/* The options it runs with; NULL: the program has none (loss cases have no size). `rate`
	 * and `size` are truth too. */
	const char *size, *rate, *interval;
	const char *extra[2];

	bool leaks;
	enum labcase_harm harm;
	enum labcase_memory memory;
	enum labcase_curve curve;
	enum verdict_class verdict; /* a perfect judge's, once it has seen enough */
	/* Where valgrind 3.19 puts the leaked blocks; "none": it does not see them. Measured. */
	const char *valgrind;
	struct labcase_loss loss;
};

extern const struct labcase labcases[];
extern const size_t labcase_count;

/* NULL when there is none of this name. */
const struct labcase *labcase_find(const char *name) _nonnull_all_;

#define LABCASE_ARGS 8
/* The options of the case as an argument list without the program's name; NULL-terminated.
 * Returns how many. The texts belong to the table. */
size_t labcase_args(const struct labcase *c, const char *ret_args[LABCASE_ARGS + 1]) _nonnull_all_;

/* "none", "harmless", "dangerous"; "heap", ...; "flat", ...: the words of the JSON output. */
const char *labcase_harm_name(enum labcase_harm harm);
const char *labcase_memory_name(enum labcase_memory memory);
const char *labcase_curve_name(enum labcase_curve curve);
