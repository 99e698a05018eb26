/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/labcase.h"

/* A heap that is set up and then waits: small, so harmless where anything is lost. */
#define HEAP_CASE(NAME, SUMMARY, LEAKS, HARM, VALGRIND, ...)                                       \
	{                                                                                          \
		.name = NAME, .program = NAME, .summary = SUMMARY, .interval = "0",                \
		.leaks = LEAKS, .harm = HARM, .curve = LABCASE_FLAT, .verdict = VERDICT_STEADY,    \
		.valgrind = VALGRIND, .loss = { .known = true, __VA_ARGS__ },                      \
	}
#define LOSS_CASE(NAME, SUMMARY, VALGRIND, ...)                                                    \
	HEAP_CASE(NAME, SUMMARY, true, LABCASE_HARMLESS, VALGRIND, __VA_ARGS__)
#define KEPT_CASE(NAME, SUMMARY, VALGRIND, ...)                                                    \
	HEAP_CASE(NAME, SUMMARY, false, LABCASE_NONE, VALGRIND, __VA_ARGS__)

const struct labcase labcases[] = {
	{
		.name = "exit-without-free",
		.program = "exit-without-free",
		.summary = "takes a block and ends without freeing it",
		.size = "1G",
		.interval = "1",
		.leaks = true,
		.harm = LABCASE_HARMLESS,
		.curve = LABCASE_ENDS,
		/* Gone within a second: nothing to judge. */
		.verdict = VERDICT_UNKNOWN,
		/* At 64 MiB and 1 GiB. A stale pointer into the block, left by memset, makes it
		 * "possibly"; at 1 MiB there is none and it is "definitely". */
		.valgrind = "possibly_lost",
		/* At its exit; while it runs, main has the pointer. */
		.loss = { .known = true, .definite = { 1073741824, 1 } },
	},
	{
		.name = "exit-with-free",
		.program = "exit-with-free",
		.summary = "healthy: the same, and frees it",
		.size = "1G",
		.interval = "1",
		.curve = LABCASE_ENDS,
		.verdict = VERDICT_UNKNOWN,
		.valgrind = "none",
		.loss = { .known = true },
	},
	{
		.name = "dead-weight",
		.program = "dead-weight",
		.summary = "loses a block once, then lives on for ever",
		.size = "1G",
		.interval = "1",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.curve = LABCASE_FLAT,
		/* It does not grow; only coldness and a look into the heap give it away. */
		.verdict = VERDICT_STEADY,
		.valgrind = "possibly_lost", /* as exit-without-free */
		.loss = { .known = true, .definite = { 1073741824, 1 } },
	},
	{
		.name = "steady-leak",
		.program = "steady-leak",
		.summary = "loses small blocks at an even rate",
		.size = "4M",
		.rate = "8M",
		.interval = "0.05",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		.valgrind = "definitely_lost",
	},
	{
		.name = "fast-leak",
		.program = "steady-leak",
		.summary = "the same, fast enough to be urgent at once",
		.size = "4M",
		.rate = "20M",
		.interval = "0.05",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		.valgrind = "definitely_lost",
	},
	{
		.name = "stubborn-leak",
		.program = "steady-leak",
		.summary = "the same, and ignores SIGTERM",
		.size = "4M",
		.rate = "8M",
		.interval = "0.05",
		.extra = { "--ignore-term" },
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		.valgrind = "definitely_lost",
	},
	{
		.name = "hostile-name",
		.program = "steady-leak",
		.summary = "the same, under a name made to fool parsers and terminals",
		.size = "4M",
		.rate = "8M",
		.interval = "0.05",
		.extra = { "--comm", ") R 1\n\033[31m(x" },
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		.valgrind = "definitely_lost",
	},
	{
		.name = "churn-leak",
		.program = "churn-leak",
		.summary = "leaks slowly under a hundredfold of healthy malloc and free",
		.size = "32M",
		.rate = "256K",
		.interval = "0.05",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		.valgrind = "definitely_lost",
	},
	{
		.name = "step-leak",
		.program = "step-leak",
		.summary = "loses a big block now and then",
		.size = "16M",
		.interval = "5",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.curve = LABCASE_STEPS,
		.verdict = VERDICT_LEAKING,
		.valgrind = "definitely_lost",
	},
	{
		.name = "mmap-leak",
		.program = "mmap-leak",
		.summary = "maps anonymous memory and never unmaps it",
		.size = "1M",
		.rate = "8M",
		.interval = "0.05",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.memory = LABCASE_MMAP,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		.valgrind = "none",
	},
	{
		.name = "shm-leak",
		.program = "shm-leak",
		.summary = "maps shared memory and never unmaps it",
		.size = "1M",
		.rate = "8M",
		.interval = "0.05",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.memory = LABCASE_SHM,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		.valgrind = "none",
	},
	{
		.name = "stuck-threads",
		.program = "stuck-threads",
		.summary = "starts threads that wait for ever, each with its stack",
		.size = "256K",
		.rate = "4M",
		.interval = "0.05",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.memory = LABCASE_STACK,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		/* The 272 bytes of a thread's descriptor table; the stack itself is not seen. */
		.valgrind = "possibly_lost",
	},
	{
		.name = "unjoined-threads",
		.program = "unjoined-threads",
		.summary = "starts threads that end, and never joins them",
		.size = "256K",
		.rate = "2M",
		.interval = "0.05",
		.leaks = true,
		.harm = LABCASE_DANGEROUS,
		.memory = LABCASE_STACK,
		.curve = LABCASE_LINE,
		.verdict = VERDICT_LEAKING,
		.valgrind = "possibly_lost", /* as stuck-threads */
	},
	{
		.name = "bounded-cache",
		.program = "bounded-cache",
		.summary = "healthy: a cache that fills to its bound",
		.size = "64M",
		.rate = "8M",
		.interval = "0.05",
		.curve = LABCASE_FILLS,
		.verdict = VERDICT_STEADY,
		.valgrind = "none",
	},
	{
		.name = "sawtooth",
		.program = "sawtooth",
		.summary = "healthy: fills up and lets go, as a garbage collector does",
		.size = "64M",
		.rate = "16M",
		.interval = "0.05",
		.curve = LABCASE_TEETH,
		.verdict = VERDICT_STEADY,
		.valgrind = "none",
	},
	{
		.name = "large-steady",
		.program = "large-steady",
		.summary = "healthy: one big process that works and does not grow",
		.size = "256M",
		.interval = "0.05",
		.curve = LABCASE_FLAT,
		.verdict = VERDICT_STEADY,
		.valgrind = "none",
	},
	{
		.name = "warmup",
		.program = "warmup",
		.summary = "healthy: grows fast at first, ever slower, then not at all",
		.size = "64M",
		.rate = "16M",
		.interval = "0.05",
		.curve = LABCASE_FILLS,
		.verdict = VERDICT_STEADY,
		.valgrind = "none",
	},
	{
		.name = "fragmentation",
		.program = "fragmentation",
		.summary = "healthy: frees nearly all, but a survivor pins every page",
		.size = "64M",
		.interval = "0.5",
		.curve = LABCASE_FILLS,
		.verdict = VERDICT_STEADY,
		.valgrind = "none",
	},
	{
		.name = "burst",
		.program = "burst",
		.summary = "healthy: takes a lot at once, frees it, ends",
		.size = "512M",
		.rate = "4G",
		.interval = "2",
		.curve = LABCASE_ENDS,
		/* Gone before it can be judged. */
		.verdict = VERDICT_UNKNOWN,
		.valgrind = "none",
	},
	LOSS_CASE("loss-direct", "ten blocks to which nothing points", "definitely_lost",
		  .definite = { 1000, 10 }, .reachable = { 64, 1 }),
	LOSS_CASE("loss-list", "a list whose head is lost", "definitely_lost",
		  .definite = { 24, 1 }, .indirect = { 2376, 99 }),
	KEPT_CASE("loss-tree", "healthy: a tree that main holds by its root", "none",
		  .reachable = { 8160, 255 }),
	LOSS_CASE("loss-cycle", "a ring of blocks that only they hold", "definitely_lost",
		  .definite = { 40, 1 }, .indirect = { 160, 4 }),
	LOSS_CASE("loss-self", "blocks that point to themselves only", "definitely_lost",
		  .definite = { 144, 3 }),
	KEPT_CASE("loss-interior", "blocks held only by a pointer to their middle", "possibly_lost",
		  .possible = { 2032, 3 }),
	LOSS_CASE("loss-globals", "global variables of each kind, one overwritten",
		  "definitely_lost", .definite = { 400, 1 }, .reachable = { 1100, 4 }),
	KEPT_CASE("loss-tls", "healthy: held by thread-local storage", "none",
		  .reachable = { 2224, 8 }),
	LOSS_CASE("loss-stack", "held by the stacks of two threads, one block lost",
		  "definitely_lost", .definite = { 300, 1 }, .reachable = { 300, 2 }),
	LOSS_CASE("loss-arena", "a thread that ended left lost pairs in its arena",
		  "definitely_lost", .definite = { 3200, 40 }, .indirect = { 960, 40 },
		  .reachable = { 1000, 2 }),
	LOSS_CASE("loss-mmapped", "blocks with mappings of their own", "definitely_lost",
		  .definite = { 589824, 3 }, .reachable = { 393216, 2 }),
	LOSS_CASE("loss-realloc", "blocks that realloc has moved", "definitely_lost",
		  .definite = { 40000, 8 }),
	LOSS_CASE("loss-memalign", "blocks with an alignment", "definitely_lost",
		  .definite = { 398016, 10 }, .reachable = { 2048, 1 }),
	LOSS_CASE("loss-gap", "a heap with holes made by a foreign sbrk", "definitely_lost",
		  .definite = { 60000, 60 }, .reachable = { 540000, 540 }),
	LOSS_CASE("loss-brk", "a heap that cannot grow and goes on elsewhere", "definitely_lost",
		  .definite = { 60000, 60 }, .reachable = { 540000, 540 }),
	LOSS_CASE("loss-containers", "C++: a map of strings lost, a vector and new[] kept",
		  "definitely_lost", .definite = { 48, 1 }, .indirect = { 11300, 200 },
		  .reachable = { 1149, 3 }),
	LOSS_CASE("loss-inheritance", "C++: objects known by their second base", "definitely_lost",
		  .definite = { 96, 1 }, .reachable = { 288, 3 }),
	LOSS_CASE("loss-shared", "C++: pairs that hold each other by shared_ptr", "definitely_lost",
		  .definite = { 640, 10 }, .indirect = { 640, 10 }),
	LOSS_CASE("loss-length64", "known by a pointer behind their length, one lost",
		  "definitely_lost", .definite = { 308, 1 }, .reachable = { 624, 3 }),
	KEPT_CASE("loss-register", "healthy: held by a register only", "none",
		  .reachable = { 64, 1 }),
	/* valgrind, and any scan, looks at aligned words only. */
	KEPT_CASE("loss-unaligned", "healthy: held by pointers in a packed struct",
		  "definitely_lost", .reachable = { 400, 4 }),
	LOSS_CASE("loss-unreadable", "a block with unreadable pages, and one lost",
		  "definitely_lost", .definite = { 100, 1 }, .reachable = { 16884, 3 }),
	LOSS_CASE("loss-recycled", "lost, but unwritten recycled blocks point to them",
		  "definitely_lost", .definite = { 768, 16 }, .reachable = { 4096, 16 }),
	LOSS_CASE("loss-stale", "lost, but unwritten stack points to them", "definitely_lost",
		  .definite = { 200, 2 }),
	LOSS_CASE("loss-mixed", "blocks of each of the four classes", "definitely_lost",
		  .definite = { 300, 1 }, .indirect = { 120, 3 }, .possible = { 200, 1 },
		  .reachable = { 200, 2 }),
	/* valgrind cannot see the malloc of a static program. */
	LOSS_CASE("loss-static", "the same in a static program", "none", .definite = { 300, 1 },
		  .indirect = { 120, 3 }, .possible = { 200, 1 }, .reachable = { 200, 2 }),
	{
		.name = "loss-stress",
		.program = "loss-stress",
		.summary = "healthy: four threads that allocate and free all the time",
		.size = "4M",
		.interval = "0",
		.curve = LABCASE_FLAT,
		.verdict = VERDICT_STEADY,
		.valgrind = "none",
	},
};

const size_t labcase_count = ARRAY_SIZE(labcases);

const struct labcase *labcase_find(const char *name)
{
	for (size_t i = 0; i < labcase_count; i++)
		if (strcmp(labcases[i].name, name) == 0)
			return &labcases[i];
	return NULL;
}

size_t labcase_args(const struct labcase *c, const char *ret_args[LABCASE_ARGS + 1])
{
	const struct {
		const char *option, *value;
	} options[] = {
		{ "--size", c->size },
		{ "--rate", c->rate },
		{ "--interval", c->interval },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].value) {
			ret_args[n++] = options[i].option;
			ret_args[n++] = options[i].value;
		}
	for (size_t i = 0; i < ARRAY_SIZE(c->extra) && c->extra[i]; i++)
		ret_args[n++] = c->extra[i];
	ret_args[n] = NULL;
	return n;
}

const char *labcase_harm_name(enum labcase_harm harm)
{
	static const char *const names[] = {
		[LABCASE_NONE] = "none",
		[LABCASE_HARMLESS] = "harmless",
		[LABCASE_DANGEROUS] = "dangerous",
	};

	return names[harm];
}

const char *labcase_memory_name(enum labcase_memory memory)
{
	static const char *const names[] = {
		[LABCASE_HEAP] = "heap",
		[LABCASE_MMAP] = "mmap",
		[LABCASE_SHM] = "shm",
		[LABCASE_STACK] = "stack",
	};

	return names[memory];
}

const char *labcase_curve_name(enum labcase_curve curve)
{
	static const char *const names[] = {
		[LABCASE_FLAT] = "flat",   [LABCASE_ENDS] = "ends",   [LABCASE_LINE] = "line",
		[LABCASE_STEPS] = "steps", [LABCASE_FILLS] = "fills", [LABCASE_TEETH] = "teeth",
	};

	return names[curve];
}
