/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/leak_options.h"

#include "base/text.h"

/* More would not be read by anybody, and each needs memory. */
#define LISTED_MAX 100000
#define THREADS_MAX 64

enum {
	LEAK_HEURISTICS = OPTION_LONG,
	LEAK_GROUPS,
	LEAK_ROOTS,
	LEAK_THREADS,
	LEAK_CONTENTS,
	LEAK_REACHABLE,
	LEAK_UNALIGNED,
	LEAK_SUPPRESSIONS,
	LEAK_VERBOSE = 'v',
};

static const struct argp_option options[] = {
	{ "groups", LEAK_GROUPS, "N", 0,
	  "tell the N biggest groups of lost blocks (20; with --json 1000)", 0 },
	{ "roots", LEAK_ROOTS, "N", 0,
	  "also tell the N places that lead to most of what is still reachable", 0 },
	{ "show-reachable", LEAK_REACHABLE, NULL, 0,
	  "also tell groups of blocks that are still reachable", 0 },
	{ "contents", LEAK_CONTENTS, NULL, 0,
	  "show the first bytes of a block of each group: they may hold secrets", 0 },
	{ "suppressions", LEAK_SUPPRESSIONS, "FILE", 0,
	  "do not count lost C++ objects whose type a line 'leak:PATTERN' of FILE names "
	  "(LeakSanitizer's form)",
	  0 },
	{ "leak-check-heuristics", LEAK_HEURISTICS, "LIST", 0,
	  "interior pointers that count as start pointers: all (default), none, or of stdstring, "
	  "length64, newarray, multipleinheritance",
	  0 },
	{ "unaligned", LEAK_UNALIGNED, NULL, 0,
	  "look for pointers at every address, not only at multiples of 8 (packed structures)", 0 },
	{ "threads", LEAK_THREADS, "N", 0, "analyse with N threads (2)", 0 },
	{ "verbose", LEAK_VERBOSE, NULL, 0, "tell also how sure it is and what it cost", 0 },
	{ 0 },
};

static const struct {
	const char *name;
	uint32_t set;
} heuristic[] = {
	{ "all", HEURISTIC_ALL },
	{ "none", 0 },
	{ "stdstring", HEURISTIC_STDSTRING },
	{ "length64", HEURISTIC_LENGTH64 },
	{ "newarray", HEURISTIC_NEWARRAY },
	{ "multipleinheritance", HEURISTIC_MULTIPLEINHERITANCE },
};

static uint32_t heuristics(struct argp_state *state, const char *list)
{
	struct text rest = text_string(list), word;
	uint32_t set = 0;

	while (text_next_field(&rest, ',', &word)) {
		size_t i = 0;

		while (i < ARRAY_SIZE(heuristic) && !text_is(word, heuristic[i].name))
			i++;
		if (i == ARRAY_SIZE(heuristic)) {
			argp_error(state, "--leak-check-heuristics: all, none, or a list of "
					  "stdstring, length64, newarray, multipleinheritance");
			return 0;
		}
		set |= heuristic[i].set;
	}
	return set;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct leak_options *o = state->input;

	switch (key) {
	case LEAK_HEURISTICS:
		o->heuristics = heuristics(state, arg);
		return 0;
	case LEAK_GROUPS:
		o->groups_given = true;
		o->groups = (uint32_t)option_u64(state, "--groups", arg, 0, LISTED_MAX);
		return 0;
	case LEAK_ROOTS:
		o->roots = (uint32_t)option_u64(state, "--roots", arg, 1, LISTED_MAX);
		return 0;
	case LEAK_THREADS:
		o->threads = (uint32_t)option_u64(state, "--threads", arg, 1, THREADS_MAX);
		return 0;
	case LEAK_CONTENTS:
		o->contents = true;
		return 0;
	case LEAK_REACHABLE:
		o->reachable = true;
		return 0;
	case LEAK_UNALIGNED:
		o->unaligned = true;
		return 0;
	case LEAK_SUPPRESSIONS:
		o->suppressions_file = arg;
		return 0;
	case LEAK_VERBOSE:
		o->verbose = true;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { .argp = &argp_report }, { 0 } };

const struct argp argp_leak = { .options = options, .parser = parse, .children = children };
