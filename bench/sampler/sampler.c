/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one pass of the sampler costs, at each process count given (1,000 and 10,000): CPU per
 * process in a pass where nothing but anon changed, in one that reads all files of every process
 * anew, and without kept descriptors. Target: <= 15 us per process, and linear.
 * Usage: bench-sampler [--passes N] [COUNT...]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "source/sampler.h"

#define COUNT_MAX 30000

static pid_t child[COUNT_MAX];

static void stop_children(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		(void)kill(child[i], SIGKILL);
	for (uint32_t i = 0; i < count; i++)
		(void)waitpid(child[i], NULL, 0);
}

static int start_children(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		child[i] = fork();
		if (child[i] < 0) {
			stop_children(i);
			return -1;
		}
		if (child[i] == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				(void)pause();
		}
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct cost {
	double first_us, median_us; /* CPU per user process */
	struct pass_counts counts;
};

/* The clock moves 1 s a pass, so that the slow refreshes fall in as they do in real use. */
static int measure(struct sampler_config config, uint32_t passes, struct cost *ret)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct sampler *s;
	struct fault f = { 0 };
	double cpu[1000];
	int r = root_open(NULL, &root, &f);

	if (r >= 0)
		r = sampler_open(&root, &config, &s, &f);
	if (r < 0) {
		(void)fprintf(stderr, "%s\n", f.what);
		return r;
	}
	for (uint32_t i = 0; i <= passes; i++) {
		const struct process_table *t = sampler_table(s);

		r = sampler_pass(s, i, &f);
		if (r < 0)
			break;
		ret->counts = t->counts;
		if (i == 0)
			ret->first_us = t->pass_cpu_seconds * 1e6 / t->counts.read;
		else
			cpu[i - 1] = t->pass_cpu_seconds * 1e6 / t->counts.read;
	}
	sampler_free(s);
	qsort(cpu, passes, sizeof(cpu[0]), compare);
	ret->median_us = cpu[passes / 2];
	return r;
}

static int bench(uint32_t count, uint32_t passes)
{
	struct sampler_config config = sampler_config_watch();
	struct cost kept = { 0 }, full = { 0 }, unkept = { 0 };
	int r;

	if (start_children(count) < 0) {
		perror("fork");
		return -1;
	}
	r = measure(config, passes, &kept);
	config.max_dirfds = config.max_statm = 0;
	if (r >= 0)
		r = measure(config, passes, &unkept);
	config = sampler_config_watch();
	config.slow_seconds = 0;
	if (r >= 0)
		r = measure(config, passes, &full);
	stop_children(count);
	if (r < 0)
		return r;
	(void)printf("%9u %9u %9u %14.2f %14.2f %14.2f %14.2f\n", count, kept.counts.read,
		     kept.counts.kthreads, kept.first_us, kept.median_us, full.median_us,
		     unkept.median_us);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t passes = 30, count;
	int at = 1;

	if (argc > 2 && strcmp(argv[1], "--passes") == 0) {
		if (text_u64(text_of(argv[2], strlen(argv[2])), &passes) < 0 || passes < 1 ||
		    passes > 1000)
			return 2;
		at = 3;
	}
	(void)printf("%9s %9s %9s %14s %14s %14s %14s\n", "children", "read", "kthreads",
		     "first us/proc", "pass us/proc", "all files us", "no dirfd us");
	if (at == argc)
		return bench(1000, (uint32_t)passes) < 0 || bench(10000, (uint32_t)passes) < 0;
	for (; at < argc; at++) {
		if (text_u64(text_of(argv[at], strlen(argv[at])), &count) < 0 || count < 1 ||
		    count > COUNT_MAX)
			return 2;
		if (bench((uint32_t)count, (uint32_t)passes) < 0)
			return 1;
	}
	return 0;
}
