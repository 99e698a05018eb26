/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/leak_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* More would not be read by anybody, and each needs memory. */
#define LISTED_MAX 100000
#define THREADS_MAX 64

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
	struct text rest = text_of(list, strlen(list)), word;
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

int leak_option(int key, char *arg, struct argp_state *state, struct leak_options *o)
{
	switch (key) {
	case LEAK_OPTION_HEURISTICS:
		o->heuristics = heuristics(state, arg);
		return 0;
	case LEAK_OPTION_GROUPS:
		o->groups_given = true;
		o->groups = (uint32_t)option_u64(state, "--groups", arg, 0, LISTED_MAX);
		return 0;
	case LEAK_OPTION_ROOTS:
		o->roots = (uint32_t)option_u64(state, "--roots", arg, 1, LISTED_MAX);
		return 0;
	case LEAK_OPTION_THREADS:
		o->threads = (uint32_t)option_u64(state, "--threads", arg, 1, THREADS_MAX);
		return 0;
	case LEAK_OPTION_CONTENTS:
		o->contents = true;
		return 0;
	case LEAK_OPTION_REACHABLE:
		o->reachable = true;
		return 0;
	case LEAK_OPTION_UNALIGNED:
		o->unaligned = true;
		return 0;
	case LEAK_OPTION_SUPPRESSIONS:
		o->suppressions_file = arg;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case LEAK_OPTION_NO_COLOR:
		(void)setenv("NO_COLOR", "1", 1);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
