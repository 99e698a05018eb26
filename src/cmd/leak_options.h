/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that scan and check share, with valgrind's names where valgrind has them. */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "cmd/common.h"
#include "model/leak.h"

struct leak_options {
	struct common_options common;
	uint32_t heuristics; /* enum leak_heuristic */
	uint32_t groups;     /* how many groups are told, when groups_given */
	bool groups_given;
	uint32_t roots; /* --roots; 0: none */
	uint32_t threads;
	bool contents, reachable, unaligned, verbose;
	const char *suppressions_file; /* NULL: none */
};
#define LEAK_OPTIONS_DEFAULT ((struct leak_options){ .heuristics = HEURISTIC_ALL, .threads = 2 })

/*
 * A child for the argp of scan and check, with --json and --no-color; its input is a struct
 * leak_options.
 */
extern const struct argp argp_leak;
