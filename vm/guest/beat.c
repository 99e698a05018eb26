/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BEAT_SECONDS 0.01

/* One cache line each, shared with the process that writes it. */
struct beat {
	volatile double last;
	volatile double largest[BEAT_PHASES];
} __attribute__((aligned(64)));

struct shared {
	volatile int phase;
	struct beat beat[2 + PLAN_CPUS]; /* allocating, idle, one a CPU */
};

static struct shared *shared;
static size_t beat_count;

static void pin(size_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/*
 * One more page each time, as a process that works does. Giving it back at once would not do: while
 * the leaker waits for the OOM killer, what the others give back may last for such a beat, and the
 * stall of everybody else goes unseen. Past the limit it has to.
 */
#define BEAT_PAGES_KEPT 8192

static void take_a_page(void)
{
	static int kept;
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	*(volatile char *)page = 1;
	if (kept == BEAT_PAGES_KEPT)
		(void)munmap(page, 4096);
	else
		kept++;
}

static void beat_for_ever(struct beat *b, bool allocates)
{
	double now = guest_now(), before;

	(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	(void)guest_write("/proc/self/oom_score_adj", "-1000");
	for (;;) {
		guest_sleep(BEAT_SECONDS);
		if (allocates)
			take_a_page();
		before = now;
		now = guest_now();
		if (now - before > b->largest[shared->phase])
			b->largest[shared->phase] = now - before;
		b->last = now;
	}
}

#define ANY_CPU SIZE_MAX

static void start_one(size_t index, const char *name, size_t cpu)
{
	if (fork() != 0)
		return;
	(void)prctl(PR_SET_NAME, name);
	if (cpu != ANY_CPU)
		pin(cpu);
	beat_for_ever(&shared->beat[index], index == 0);
}

void beat_start(void)
{
	size_t cpus = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	char name[16];

	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		guest_fail("no memory for", "the heartbeats");
	memset(shared, 0, sizeof(*shared));
	for (size_t i = 0; i < 2 + PLAN_CPUS; i++)
		shared->beat[i].last = guest_now();
	start_one(0, "hb-alloc", ANY_CPU);
	start_one(1, "hb-sleep", ANY_CPU);
	for (size_t cpu = 0; cpu < cpus && cpu < PLAN_CPUS; cpu++) {
		(void)snprintf(name, sizeof(name), "hb-pin%zu", cpu);
		start_one(2 + cpu, name, cpu);
	}
	beat_count = 2 + (cpus < PLAN_CPUS ? cpus : PLAN_CPUS);
	(void)beat_settle();
}

void beat_phase(enum beat_phase phase)
{
	for (size_t i = 0; i < beat_count; i++)
		shared->beat[i].largest[phase] = 0;
	shared->phase = (int)phase;
}

bool beat_settle(void)
{
	double from = guest_now();
	bool settled = true;

	for (size_t i = 0; i < beat_count; i++)
		while (shared->beat[i].last <= from && guest_now() < from + 10)
			guest_sleep(BEAT_SECONDS);
	for (size_t i = 0; i < beat_count; i++)
		settled = settled && shared->beat[i].last > from;
	return settled;
}

/* Of the current phase, the gap that is still open counts as far as it goes. */
static double largest(const struct beat *b, enum beat_phase phase)
{
	double open = shared->phase == (int)phase ? guest_now() - b->last : 0;
	double closed = b->largest[phase]; /* after b->last: a gap closed in between is in it */

	return open > closed ? open : closed;
}

void beat_largest(enum beat_phase phase, struct beats *ret)
{
	*ret = (struct beats){
		.stall = largest(&shared->beat[0], phase),
		.stall_idle = largest(&shared->beat[1], phase),
		.cpus = (int)beat_count - 2,
	};
	for (int cpu = 0; cpu < ret->cpus; cpu++)
		ret->stall_pinned[cpu] = largest(&shared->beat[2 + cpu], phase);
}
