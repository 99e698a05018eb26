/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/labcase.h"

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
