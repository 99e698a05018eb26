/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that scan and check share, with valgrind's names where valgrind has them. */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "cmd/common.h"
#include "model/leak.h"
#include "source/suppressions.h"

struct leak_options {
	uint32_t heuristics; /* enum leak_heuristic */
	uint32_t groups;     /* how many groups are told, when groups_given */
	bool groups_given;
	uint32_t roots; /* --roots; 0: none */
	uint32_t threads;
	bool contents, reachable, unaligned, verbose;
	const char *suppressions_file; /* NULL: none */
};
#define LEAK_OPTIONS_DEFAULT ((struct leak_options){ .heuristics = HEURISTIC_ALL, .threads = 2 })

/* Keys of the rows; a command's own keys start at LEAK_OPTION_OWN. */
enum {
	LEAK_OPTION_HEURISTICS = OPTION_OWN,
	LEAK_OPTION_GROUPS,
	LEAK_OPTION_ROOTS,
	LEAK_OPTION_THREADS,
	LEAK_OPTION_CONTENTS,
	LEAK_OPTION_REACHABLE,
	LEAK_OPTION_UNALIGNED,
	LEAK_OPTION_SUPPRESSIONS,
	LEAK_OPTION_NO_COLOR,
	LEAK_OPTION_OWN,
};

/* clang-format off */
#define LEAK_OPTION_ROWS                                                                           \
	{ "groups", LEAK_OPTION_GROUPS, "N", 0,                                                    \
	  "tell the N biggest groups of lost blocks (20; with --json 1000)", 0 },                                    \
	{ "roots", LEAK_OPTION_ROOTS, "N", 0,                                                      \
	  "also tell the N places that lead to most of what is still reachable", 0 },              \
	{ "show-reachable", LEAK_OPTION_REACHABLE, NULL, 0,                                        \
	  "also tell groups of blocks that are still reachable", 0 },                              \
	{ "contents", LEAK_OPTION_CONTENTS, NULL, 0,                                               \
	  "show the first bytes of a block of each group: they may hold secrets", 0 },             \
	{ "suppressions", LEAK_OPTION_SUPPRESSIONS, "FILE", 0,                                     \
	  "do not count lost C++ objects whose type a line 'leak:PATTERN' of FILE names "          \
	  "(LeakSanitizer's form)", 0 },                                                           \
	{ "leak-check-heuristics", LEAK_OPTION_HEURISTICS, "LIST", 0,                              \
	  "interior pointers that count as start pointers: all (default), none, or of stdstring, " \
	  "length64, newarray, multipleinheritance", 0 },                                          \
	{ "unaligned", LEAK_OPTION_UNALIGNED, NULL, 0,                                             \
	  "look for pointers at every address, not only at multiples of 8 (packed structures)",    \
	  0 },                                                                                     \
	{ "threads", LEAK_OPTION_THREADS, "N", 0, "analyse with N threads (2)", 0 },               \
	{ "verbose", 'v', NULL, 0, "tell also how sure it is and what it cost", 0 },               \
	{ "no-color", LEAK_OPTION_NO_COLOR, NULL, 0,                                               \
	  "no colour (as NO_COLOR in the environment)", 0 }
/* clang-format on */

/* In an argp parser's default case: 0 when taken, else ARGP_ERR_UNKNOWN. */
int leak_option(int key, char *arg, struct argp_state *state, struct leak_options *o)
	_nonnull_(3, 4);
