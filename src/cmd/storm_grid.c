/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/storm_grid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* What the bench does before and after the storm itself. */
#define BASELINE_SECONDS 1.5
#define SETTLE_SECONDS 1.0
#define AROUND_SECONDS 6.0
#define BOOT_SECONDS 10.0
/* The newest format when the kernel is not known before the boot; for the estimate only. */
static const struct kernel_version unknown_kernel;

/* A parameter without a list has its default. */
static struct storm_list list_or(const struct storm_list *list, uint64_t otherwise)
{
	if (list->count)
		return *list;
	return (struct storm_list){ .value = { otherwise }, .count = 1 };
}

static bool within(const char *name, const struct storm_list *list, uint64_t min, uint64_t max)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->value[i] < min || list->value[i] > max) {
			complain("%s: the virtual machine takes %" PRIu64 " to %" PRIu64
				 ", not %" PRIu64,
				 name, min, max, list->value[i]);
			return false;
		}
	return true;
}

struct lists {
	struct storm_list baud, tasks, dump, level, cpus, memory, allocators, leakers, repeat;
};

static bool lists_fit(const struct lists *l)
{
	return within("--baud", &l->baud, 300, 4000000) && within("--tasks", &l->tasks, 0, 4000) &&
	       within("--loglevel", &l->level, 1, 15) && within("--cpus", &l->cpus, 1, 8) &&
	       within("--memory", &l->memory, 64 * MIB, 8 * GIB) &&
	       within("--allocators", &l->allocators, 0, 1000) &&
	       within("--leakers", &l->leakers, 1, 1000);
}

/* All runs of one boot: everything that a sysctl or a process changes. */
static void add_runs(const struct lists *l, const struct storm_setting *boot, struct grid *g)
{
	const struct storm_list *const inner[] = { &l->tasks,	   &l->dump,	&l->level,
						   &l->allocators, &l->leakers, &l->repeat };
	uint32_t index[ARRAY_SIZE(inner)] = { 0 };
	size_t turn;

	do {
		struct storm_setting *s = &g->setting[g->count++];

		*s = *boot;
		s->tasks = (uint32_t)l->tasks.value[index[0]];
		s->dump_tasks = l->dump.value[index[1]] != 0;
		s->loglevel = l->level.value[index[2]];
		s->allocators = (uint32_t)l->allocators.value[index[3]];
		s->leakers = (uint32_t)l->leakers.value[index[4]];
		s->repetition = index[5] + 1;
		for (turn = ARRAY_SIZE(inner); turn > 0; turn--) {
			if (++index[turn - 1] < inner[turn - 1]->count)
				break;
			index[turn - 1] = 0;
		}
	} while (turn > 0);
}

static void add_boot(const struct lists *l, struct text kernel, const struct storm_setting *boot,
		     struct grid *g)
{
	const uint32_t first = g->count;

	add_runs(l, boot, g);
	for (uint32_t i = first; i < g->count; i += GRID_BOOT_RUNS)
		g->boot[g->boots++] = (struct grid_boot){
			.kernel = kernel,
			.first = i,
			.count = MIN(g->count - i, (uint32_t)GRID_BOOT_RUNS),
		};
}

static uint64_t size_of(const struct lists *l, uint32_t kernels)
{
	const struct storm_list *const all[] = { &l->baud,	 &l->tasks,   &l->dump,
						 &l->level,	 &l->cpus,    &l->memory,
						 &l->allocators, &l->leakers, &l->repeat };
	uint64_t n = kernels;

	for (size_t i = 0; i < ARRAY_SIZE(all) && n <= GRID_RUNS_MAX; i++)
		n *= all[i]->count;
	return n;
}

int grid_make(const struct storm_options *o, struct grid *ret)
{
	const uint32_t kernels = MAX(o->kernels, 1u);
	struct lists l = { .baud = list_or(&o->baud, 19200),
			   .tasks = list_or(&o->tasks, 200),
			   .dump = list_or(&o->dump_tasks, 1),
			   .level = list_or(&o->loglevel, 7),
			   .cpus = list_or(&o->cpus, 2),
			   .memory = list_or(&o->memory, 512 * MIB),
			   .allocators = list_or(&o->allocators, 8),
			   .leakers = list_or(&o->leakers, 1) };

	/* only its length counts */
	l.repeat.count = (uint32_t)MAX(o->repeat, UINT64_C(1));
	if (!lists_fit(&l))
		return -EINVAL;
	if (size_of(&l, kernels) > GRID_RUNS_MAX) {
		complain("the grid has more than %d runs", GRID_RUNS_MAX);
		return -EINVAL;
	}
	ret->count = ret->boots = 0;
	ret->setting = calloc(size_of(&l, kernels), sizeof(*ret->setting));
	if (!ret->setting) {
		complain("no memory for the grid");
		return -ENOMEM;
	}
	for (uint32_t k = 0; k < kernels; k++)
		for (uint32_t m = 0; m < l.memory.count; m++)
			for (uint32_t c = 0; c < l.cpus.count; c++)
				for (uint32_t b = 0; b < l.baud.count; b++)
					add_boot(&l, o->kernel[k],
						 &(struct storm_setting){
							 .baud = l.baud.value[b],
							 .cpus = (uint32_t)l.cpus.value[c],
							 .memory_bytes = l.memory.value[m] },
						 ret);
	return 0;
}

void grid_release(struct grid *g)
{
	free(g->setting);
	g->setting = NULL;
}

double grid_run_seconds(const struct storm_setting *s)
{
	struct storm_expectation e;

	storm_expect(s, unknown_kernel, &e);
	return AROUND_SECONDS + e.all_stalls_seconds.mid;
}

void grid_scenario(FILE *out, const struct grid *g, const struct grid_boot *b)
{
	const struct storm_setting *first = &g->setting[b->first];
	double timeout = BOOT_SECONDS;

	for (uint32_t i = b->first; i < b->first + b->count; i++)
		timeout += grid_run_seconds(&g->setting[i]);
	/* A busy host takes its time; this is for a guest that hangs. */
	timeout = MIN(120 + 4 * timeout, 86400.0);
	fprintf(out,
		"[machine]\nmemory = %" PRIu64 "M\ncpus = %" PRIu32 "\nconsole_baud = %" PRIu64
		"\ntimeout = %.0f\n\n[run]\nbaseline = %g\nsettle = %g\n",
		first->memory_bytes / MIB, first->cpus, first->baud, timeout, BASELINE_SECONDS,
		SETTLE_SECONDS);
	for (uint32_t i = b->first; i < b->first + b->count; i++) {
		const struct storm_setting *s = &g->setting[i];

		fprintf(out,
			"\n[run r%" PRIu32 "]\ntasks = %" PRIu32 "\nallocators = %" PRIu32
			"\nleakers = %" PRIu32 "\nconsole_loglevel = %" PRIu64
			"\noom_dump_tasks = %d\n",
			i, s->tasks, s->allocators, s->leakers, s->loglevel, s->dump_tasks);
	}
}
