/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_scan.h"

#include <pthread.h>

/*
 * No word has a blank at which a mailer could break it, but those whose line holds another word of
 * the table too. All are at least SHORTEST bytes: that is how far the search may jump.
 */
static const char *const words[] = {
	/* trigger, oom-kill:, oom_kill_process, the table's header, oom_reaper, 2.6's oomkilladj */
	"oom-kill",
	"oom_kill",
	"oom_score",
	"total_vm",
	"oom_reap",
	"oomkilladj",
	"oom_adj=",
	/* verdicts */
	"total-vm:",
	"of memory",
	"Killed process",
	"Kill process",
	"kill process",
	"no killable",
	"OOM victim",
	"oom killer",
	"memory.oom.group",
	"panic_on_oom",
	"deadlocked on memory",
	"MPOL_BIND",
	"available memory",
	"anon-rss:",
	/* memcg */
	"a result of limit",
	"reached of cgroup",
	"cgroup stats for",
	/* Mem-Info */
	"Mem-Info",
	"active_anon",
	"pages RAM",
	/* neighbours */
	"allocation failure",
	"allocation stalls",
	"vmalloc error",
	"vmap allocation",
	"to allocate memory",
	"VM_FAULT_OOM",
	"out_of_memory",
	"warn_alloc",
	"dump_header",
	"messages dropped",
	"messages from pid",
	"messages lost due",
	"drop messages due",
	"kernel messages",
	"systemd-oomd",
	"SIGTERM to process",
	"SIGKILL to process",
	"due to memory",
};

#define SHORTEST 8
#define LONGEST 32
/* Of two bytes: small enough for the first-level cache, which is worth the collisions. */
#define PAIRS 4096

_Static_assert(LONGEST <= LOG_SCAN_OVERLAP, "a word may lie over the end of a piece");

struct tables {
	/* How far to go on when these two bytes end the window; 0: a word may be here. */
	uint8_t shift[PAIRS];
	/* Bit i is words[i]: those whose window begins, and ends, with this byte. */
	uint64_t begin[256], end[256];
	uint8_t length[ARRAY_SIZE(words)];
};

_Static_assert(ARRAY_SIZE(words) <= 64, "begin and end are masks");

static struct tables tables;

static uint32_t pair_at(const uint8_t *p)
{
	return ((uint32_t)p[0] << 5 ^ p[1]) % PAIRS;
}

static void make_tables(void)
{
	memset(tables.shift, SHORTEST - 1, sizeof(tables.shift));
	for (uint32_t w = 0; w < ARRAY_SIZE(words); w++) {
		const uint8_t *word = (const uint8_t *)words[w];

		tables.length[w] = (uint8_t)strlen(words[w]);
		tables.begin[word[0]] |= UINT64_C(1) << w;
		tables.end[word[SHORTEST - 1]] |= UINT64_C(1) << w;
		for (uint32_t i = 0; i + 1 < SHORTEST; i++) {
			uint8_t *shift = &tables.shift[pair_at(word + i)];

			if (*shift > SHORTEST - 2 - i)
				*shift = (uint8_t)(SHORTEST - 2 - i);
		}
	}
}

static bool is_word(const uint8_t *p, size_t left, uint64_t candidates)
{
	for (; candidates; candidates &= candidates - 1) {
		const int w = __builtin_ctzll(candidates);
		const size_t n = tables.length[w];

		if (n <= left && memcmp(p, words[w], n) == 0)
			return true;
	}
	return false;
}

ssize_t log_scan(struct text t)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const uint8_t *base = (const uint8_t *)t.p;
	size_t end = SHORTEST; /* of the window */

	(void)pthread_once(&once, make_tables);
	while (end <= t.n) {
		const uint8_t shift = tables.shift[pair_at(base + end - 2)];

		if (shift) {
			end += shift;
			continue;
		}
		if (is_word(base + end - SHORTEST, t.n - (end - SHORTEST),
			    tables.begin[base[end - SHORTEST]] & tables.end[base[end - 1]]))
			return (ssize_t)(end - SHORTEST);
		end++;
	}
	return -1;
}
