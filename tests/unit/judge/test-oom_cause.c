/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "judge/oom_case.h"
#include "oom_sample.h"

/* 8000 MiB of which processes hold `anon`: a daemon of 50 MiB, and whom a test adds. */
static struct oom_report *machine(uint64_t anon)
{
	struct oom_report *r = sample();

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	sample_machine(r, 8000, anon);
	sample_task(r, 1, "systemd", 4 * PAGES_PER_MIB, 0);
	sample_task(r, 300, "daemon", 50 * PAGES_PER_MIB, 0);
	return r;
}

static void holds(struct oom_report *r, int64_t pid, const char *comm, int64_t mib, int adj)
{
	sample_task(r, pid, comm, mib * PAGES_PER_MIB, adj);
}

static void dies(struct oom_report *r, int64_t pid, const char *comm, uint64_t mib)
{
	sample_victim(r, pid, comm, mib * MIB);
}

static void check(const struct oom_story *s, enum oom_cause cause, double low, double high)
{
	if (s->cause != cause || s->confidence < low || s->confidence > high)
		fail_msg("%s %.2f, not %s %.2f to %.2f", oom_cause_name(s->cause), s->confidence,
			 oom_cause_name(cause), low, high);
}

static void test_empty(void **state)
{
	const struct oom_story *s = sample_story(sample());

	check(s, OOM_CAUSE_CANNOT_TELL, 0, 0);
	assert_string_equal(s->suspect, "");
	assert_true(has_reason(s, OOM_REASON_NO_TABLE));
	assert_true(has_reason(s, OOM_REASON_NO_MEMORY_INFO));
	assert_false(opt_is_known(s->victim_bytes));
}

static void test_leaker_killed(void **state)
{
	struct oom_report *r = machine(7500);
	const struct oom_story *s;

	holds(r, 400, "leaker", 7200, 0);
	dies(r, 400, "leaker", 7200);
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.6, 0.8);
	assert_string_equal(s->suspect, "leaker");
	assert_int_equal(s->suspect_pid.value, 400);
	assert_int_equal(s->victim_bytes.value, 7200 * MIB);
	assert_true(s->reason[0].id == OOM_REASON_VICTIM_LARGEST);
	assert_near(s->reason[0].number[1], 7200.0 / 7500, 0.01);
	assert_true(has_reason(s, OOM_REASON_ONE_REPORT_ONLY));
	assert_true(has_advice(s, OOM_ADVICE_FIND_LEAK) && has_advice(s, OOM_ADVICE_GUARD));
}

/* The same, seen to grow in an earlier report: what was likely is nearly certain. */
static void test_growth_counts(void **state)
{
	struct oom_report *r = machine(7500);
	const struct oom_story *s;

	sample_at(r, 100);
	holds(r, 400, "leaker", 3000, 0);
	oom_history_add(&sample_store()->history, r);
	sample_at(r, 5000);
	r->task[2].rss_anon = r->task[2].rss = 7200 * PAGES_PER_MIB;
	dies(r, 400, "leaker", 7200);
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.85, 0.95);
	assert_true(has_reason(s, OOM_REASON_GREW_BETWEEN));
	assert_false(has_reason(s, OOM_REASON_ONE_REPORT_ONLY));
}

/* A larger one was protected by its oom_score_adj. */
static void test_innocent_killed(void **state)
{
	struct oom_report *r = machine(7500);
	const struct oom_story *s;

	holds(r, 400, "hog", 6500, -999);
	holds(r, 500, "victim", 600, 0);
	dies(r, 500, "victim", 600);
	s = sample_story(r);
	check(s, OOM_CAUSE_INNOCENT_KILLED, 0.6, 0.9);
	assert_string_equal(s->suspect, "hog");
	assert_int_equal(s->suspect_pid.value, 400);
	assert_int_equal(s->why, OOM_WHY_OTHERS_PROTECTED);
	assert_true(has_reason(s, OOM_REASON_LARGER_PROCESS));
	assert_true(has_reason(s, OOM_REASON_PROTECTED));
	assert_true(has_advice(s, OOM_ADVICE_PROTECT));
}

static void test_innocent_by_raised_adj(void **state)
{
	struct oom_report *r = machine(7500);
	const struct oom_story *s;

	holds(r, 400, "hog", 6500, 0);
	holds(r, 500, "browser-tab", 300, 900);
	dies(r, 500, "browser-tab", 300);
	s = sample_story(r);
	check(s, OOM_CAUSE_INNOCENT_KILLED, 0.6, 0.95);
	assert_int_equal(s->why, OOM_WHY_ADJ_RAISED);
	assert_true(has_reason(s, OOM_REASON_ADJ));
	assert_true(has_reason(s, OOM_REASON_VICTIM_SMALL));
}

/* None of the many is large; together they are. */
static void test_service_of_many(void **state)
{
	struct oom_report *r = machine(7600);
	const struct oom_story *s;

	for (int i = 0; i < 60; i++)
		holds(r, 1000 + i * 50, "worker", 110, 0);
	holds(r, 500, "database", 700, 0);
	dies(r, 500, "database", 700);
	s = sample_story(r);
	check(s, OOM_CAUSE_INNOCENT_KILLED, 0.25, 0.6);
	assert_string_equal(s->suspect, "worker");
	assert_true(has_reason(s, OOM_REASON_SERVICE_LARGER));
}

static void test_kernel_leak(void **state)
{
	struct oom_report *r = machine(300);
	const struct oom_story *s;

	sample_pages(r, OOM_SLAB_UNRECLAIMABLE, 7000);
	holds(r, 400, "sshd", 60, 0);
	dies(r, 400, "sshd", 60);
	s = sample_story(r);
	check(s, OOM_CAUSE_KERNEL_LEAK, 0.65, 0.95);
	assert_string_equal(s->suspect, "");
	assert_true(s->reason[0].id == OOM_REASON_SLAB);
	assert_true(has_advice(s, OOM_ADVICE_READ_SLABINFO));
	/* the kernel's own list of its caches */
	r->memory.slab[0] = (struct oom_slab){ "kmalloc-64", GIB, 6 * GIB };
	r->memory.slab_count = 1;
	s = sample_story(r);
	check(s, OOM_CAUSE_KERNEL_LEAK, 0.85, 0.95);
	assert_true(has_reason(s, OOM_REASON_SLAB_CACHE));
}

/* Nothing printed accounts for most of the memory. */
static void test_unaccounted(void **state)
{
	struct oom_report *r = machine(300);

	holds(r, 400, "sshd", 60, 0);
	dies(r, 400, "sshd", 60);
	check(sample_story(r), OOM_CAUSE_KERNEL_LEAK, 0.4, 0.75);
	/* of it a profile names the owner; user memory is no owner */
	r->memory.allocation_count = 2;
	r->memory.allocation[0] = (struct oom_allocation){ 7 * GIB, 1, "mm/memory.c:1 func:x" };
	r->memory.allocation[1] = (struct oom_allocation){ 5 * GIB, 1, "drivers/gpu/y.c:2" };
	check(sample_story(r), OOM_CAUSE_KERNEL_LEAK, 0.75, 0.95);
	assert_string_equal(sample_story(r)->reason[0].subject, "drivers/gpu/y.c:2");
}

/* It has all that processes have, and a seventh of the machine: what no process has is larger. What
 * it has is locked, so that no list of the report counts it. */
static void test_kernel_beside_largest(void **state)
{
	struct oom_report *r = machine(1000);
	const struct oom_story *s;

	sample_pages(r, OOM_FREE, 800);
	holds(r, 400, "app", 1100, 0);
	dies(r, 400, "app", 1100);
	s = sample_story(r);
	check(s, OOM_CAUSE_KERNEL_LEAK, 0.45, 0.75);
	/* the same process where nothing is as large */
	sample_pages(r, OOM_INACTIVE_FILE, 5500);
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.45, 0.9);
	assert_true(s->reason[0].id == OOM_REASON_VICTIM_LARGEST);
	assert_near(s->reason[0].number[1], 1100.0 / 1154, 1e-9);
}

static void test_shmem(void **state)
{
	struct oom_report *r = machine(6000);
	const struct oom_story *s;

	sample_pages(r, OOM_SHMEM, 5500);
	sample_pages(r, OOM_SLAB_UNRECLAIMABLE, 700);
	holds(r, 400, "sshd", 60, 0);
	dies(r, 400, "sshd", 60);
	s = sample_story(r);
	check(s, OOM_CAUSE_SHMEM, 0.65, 0.95);
	assert_true(has_advice(s, OOM_ADVICE_TMPFS));
}

static void test_hugepages(void **state)
{
	struct oom_report *r = machine(1200);
	const struct oom_story *s;

	r->memory.hugepages_count = 1;
	r->memory.hugepages[0] = (struct oom_hugepages){ 0, 2 * MIB, 3200, 3200, 0 };
	holds(r, 400, "app", 350, 0);
	dies(r, 400, "app", 350);
	s = sample_story(r);
	check(s, OOM_CAUSE_INNOCENT_KILLED, 0.3, 0.7);
	assert_string_equal(s->suspect, "");
	assert_true(has_advice(s, OOM_ADVICE_HUGEPAGES));
}

/* One process fills its cgroup: a leak or a limit too small, one report cannot tell. */
static void test_memcg_one_report(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	sample_memcg(r, "/system.slice/app.service", 1000, 10);
	holds(r, 400, "app", 980, 0);
	dies(r, 400, "app", 980);
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.3, 0.6);
	assert_true(has_reason(s, OOM_REASON_ONE_REPORT_ONLY));
	assert_true(has_advice(s, OOM_ADVICE_RAISE_LIMIT));
}

static void test_limit_too_small(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	sample_memcg(r, "/system.slice/app.service", 24, 2);
	for (int i = 0; i < 4; i++)
		holds(r, 400 + i, "app", 5, 0);
	dies(r, 400, "app", 5);
	s = sample_story(r);
	check(s, OOM_CAUSE_LIMIT_TOO_SMALL, 0.5, 0.95);
	assert_true(has_reason(s, OOM_REASON_LIMIT_SMALL));
	assert_true(has_reason(s, OOM_REASON_AT_LIMIT));
	assert_true(has_advice(s, OOM_ADVICE_RAISE_LIMIT));
}

/* Killed at the same size, soon after each start. */
static void test_limit_again_and_again(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	sample_memcg(r, "/app", 500, 10);
	holds(r, 400, "app", 480, 0);
	dies(r, 400, "app", 480);
	for (int i = 0; i < 5; i++) {
		sample_at(r, 1000 + i * 40);
		r->task[0].pid = r->task[0].tgid = r->victim[0].pid = 400 + i;
		oom_history_add(&sample_store()->history, r);
	}
	sample_at(r, 1200);
	r->task[0].pid = r->task[0].tgid = r->victim[0].pid = 450;
	s = sample_story(r);
	check(s, OOM_CAUSE_LIMIT_TOO_SMALL, 0.4, 0.8);
	assert_true(has_reason(s, OOM_REASON_KILLED_BEFORE));
	assert_true(has_reason(s, OOM_REASON_SAME_SIZE_AGAIN));
	/* the same once a day: it fills up */
	memset(&sample_store()->history, 0, sizeof(struct oom_history));
	for (int i = 0; i < 5; i++) {
		sample_at(r, 86400.0 * i);
		oom_history_add(&sample_store()->history, r);
	}
	r->task[0].pid = r->task[0].tgid = r->victim[0].pid = 460;
	sample_at(r, 86400 * 5);
	check(sample_story(r), OOM_CAUSE_LEAKER_KILLED, 0.3, 0.7);
}

static void test_cpuset(void **state)
{
	struct oom_report *r = machine(1500);
	const struct oom_story *s;

	r->constraint = OOM_CONSTRAINT_CPUSET;
	sample_pages(r, OOM_INACTIVE_FILE, 1300);
	sample_pages(r, OOM_FREE, 5000);
	(void)snprintf(r->cpuset, sizeof(r->cpuset), "/batch");
	(void)snprintf(r->mems_allowed, sizeof(r->mems_allowed), "0");
	sample_zone(r, 0, "Normal", 1000, 4000, 8000);
	sample_zone(r, 1, "Normal", 5000000, 4000, 8000);
	for (int i = 0; i < 8; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "job%d", i);
		holds(r, 400 + i, name, 170, 0);
	}
	dies(r, 400, "job0", 170);
	s = sample_story(r);
	check(s, OOM_CAUSE_LIMIT_TOO_SMALL, 0.4, 0.8);
	assert_true(has_reason(s, OOM_REASON_HOST_HAS_MEMORY));
	assert_true(has_advice(s, OOM_ADVICE_CPUSET));
	r->constraint = OOM_CONSTRAINT_MEMPOLICY;
	(void)snprintf(r->trigger.nodemask, sizeof(r->trigger.nodemask), "0");
	s = sample_story(r);
	assert_true(has_advice(s, OOM_ADVICE_MEMPOLICY) && !has_advice(s, OOM_ADVICE_CPUSET));
}

/* A quarter of the machine is what the cpuset has, and one process fills it. */
static void test_cpuset_leaker(void **state)
{
	struct oom_report *r = machine(1500);

	sample_pages(r, OOM_INACTIVE_FILE, 1300);
	sample_pages(r, OOM_FREE, 5000);
	r->constraint = OOM_CONSTRAINT_CPUSET;
	(void)snprintf(r->mems_allowed, sizeof(r->mems_allowed), "3");
	for (int node = 0; node < 4; node++)
		sample_zone(r, node, "Normal", node == 3 ? 1000 : 1600000, 4000, 8000)
			->counters.value[OOM_PRESENT] = opt_u64_of(2000 * MIB);
	r->task_count = 0; /* the table has only who may use node 3 */
	holds(r, 400, "batch", 1400, 0);
	holds(r, 401, "shell", 10, 0);
	dies(r, 400, "batch", 1400);
	check(sample_story(r), OOM_CAUSE_LEAKER_KILLED, 0.4, 0.8);
}

/* What looks a little like a verdict, and is none. */
static void test_not_quite(void **state)
{
	struct oom_report *r = machine(7000);
	const struct oom_story *s;

	/* 250 workers, a tenth of the memory: the hog is it */
	for (int i = 0; i < 250; i++)
		holds(r, 1000 + i * 20, "worker", 3, 0);
	holds(r, 400, "hog", 6000, 0);
	dies(r, 400, "hog", 6000);
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.4, 0.8);
	/* slab, shmem and page tables of a usual size beside it */
	sample_pages(r, OOM_SLAB_UNRECLAIMABLE, 600);
	sample_pages(r, OOM_PAGETABLES, 200);
	sample_pages(r, OOM_SHMEM, 300);
	check(sample_story(r), OOM_CAUSE_LEAKER_KILLED, 0.4, 0.8);
	/* a protected process that is no larger than the victim */
	r->task[0].oom_score_adj = -1000;
	r->task[0].rss = r->task[0].rss_anon = 500 * PAGES_PER_MIB;
	check(sample_story(r), OOM_CAUSE_LEAKER_KILLED, 0.4, 0.8);
	/* growth below the noise is no growth */
	sample_at(r, 100);
	oom_history_add(&sample_store()->history, r);
	sample_at(r, 4000);
	assert_false(has_reason(sample_story(r), OOM_REASON_GREW_BETWEEN));
}

static void test_outlier(void **state)
{
	struct oom_report *r = machine(7000);

	for (int i = 0; i < 20; i++)
		holds(r, 1000 + i * 20, "worker", 150, 0);
	holds(r, 400, "worker", 2500, 0);
	dies(r, 400, "worker", 2500);
	check(sample_story(r), OOM_CAUSE_LEAKER_KILLED, 0.3, 0.8);
	assert_true(has_reason(sample_story(r), OOM_REASON_OUTLIER));
	r->task[r->task_count - 1].rss_anon = r->task[r->task_count - 1].rss = 200 * PAGES_PER_MIB;
	assert_false(has_reason(sample_story(r), OOM_REASON_OUTLIER));
}

/* One of sixty equals that fill the machine together: neither small nor innocent. */
static void test_one_of_a_family(void **state)
{
	struct oom_report *r = machine(7600);
	const struct oom_story *s;

	for (int i = 0; i < 60; i++)
		holds(r, 1000 + i * 50, "tab", 120, 300);
	dies(r, 1000, "tab", 120);
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.25, 0.6);
	assert_string_equal(s->suspect, "tab");
	assert_true(has_reason(s, OOM_REASON_SERVICE_LARGER));
	assert_false(has_reason(s, OOM_REASON_VICTIM_SMALL));
}

/* Four of one name and size hold the memory: it makes no difference which of them asked last. */
static void test_one_of_equals(void **state)
{
	struct oom_report *r = machine(7600);
	const struct oom_story *s;

	for (int i = 0; i < 4; i++)
		holds(r, 1000 + i * 50, "job", 1850 + 20 * i, 0);
	dies(r, 1000, "job", 1850);
	r->message = OOM_MESSAGE_ALLOCATING_TASK;
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.25, 0.6);
	assert_true(has_reason(s, OOM_REASON_SERVICE_LARGER));
	/* one of them is several times the others: it was another one */
	r->task[3].rss = r->task[3].rss_anon = 6000 * PAGES_PER_MIB;
	s = sample_story(r);
	check(s, OOM_CAUSE_INNOCENT_KILLED, 0.25, 0.9);
	assert_int_equal(s->suspect_pid.value, r->task[3].pid);
}

/* Whom to look at when nothing speaks for anything: nobody, if all are small. */
static void test_suspect_of_no_verdict(void **state)
{
	struct oom_report *r = sample();

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	holds(r, 300, "web", 10, 0);
	holds(r, 400, "worker", 9, 0);
	r->memory.pages_ram = opt_u64_of(UINT64_C(2048) * PAGES_PER_MIB);
	r->memory.pages_reserved = opt_u64_of(0);
	dies(r, 400, "worker", 9);
	r->victim[0].anon_rss_bytes = opt_u64_none(ABSENT);
	r->victim[0].row = OOM_NO_TASK;
	check(sample_story(r), OOM_CAUSE_CANNOT_TELL, 0, 0);
	assert_string_equal(sample_story(r)->suspect, "");
	assert_false(has_advice(sample_story(r), OOM_ADVICE_FIND_LEAK));
	r->task[0].rss = r->task[0].rss_anon = 300 * PAGES_PER_MIB;
	check(sample_story(r), OOM_CAUSE_CANNOT_TELL, 0, 0);
	assert_string_equal(sample_story(r)->suspect, "web");
	assert_true(has_advice(sample_story(r), OOM_ADVICE_FIND_LEAK));
}

/* The second kill tells of the first, whatever the verdict rests on. */
static void test_killed_before(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	for (int i = 0; i < 2; i++) {
		struct oom_history h = sample_store()->history;

		r = sample();
		sample_store()->history = h;
		r->constraint = OOM_CONSTRAINT_MEMCG;
		sample_at(r, 1000 + i * 340);
		dies(r, 400 + i, "pulp", 5000 + i * 10);
		s = sample_story(r);
		assert_int_equal(has_reason(s, OOM_REASON_SAME_SIZE_AGAIN), i);
		if (!i)
			oom_history_add(&sample_store()->history, r);
	}
	for (uint32_t i = 0; i < s->reason_count; i++)
		if (s->reason[i].id == OOM_REASON_SAME_SIZE_AGAIN ||
		    s->reason[i].id == OOM_REASON_KILLED_BEFORE)
			assert_near(s->reason[i].number[1], 340, 1e-6);
	assert_true(has_reason(s, OOM_REASON_KILLED_BEFORE));
	/* There the size alone is a guess; without it the kill before is all that the text tells.
	 */
	r->victim[0].anon_rss_bytes = opt_u64_none(ABSENT);
	s = sample_story(r);
	check(s, OOM_CAUSE_CANNOT_TELL, 0, 0);
	assert_true(s->reason[0].id == OOM_REASON_KILLED_BEFORE);
}

static void test_fork_bomb(void **state)
{
	struct oom_report *r = machine(6000);
	const struct oom_story *s;

	for (int i = 0; i < 3000; i++)
		holds(r, 20000 + i, "bomb", 1, 0);
	holds(r, 400, "database", 900, 0);
	dies(r, 400, "database", 900);
	s = sample_story(r);
	check(s, OOM_CAUSE_FORK_BOMB, 0.5, 0.95);
	assert_string_equal(s->suspect, "bomb");
	assert_true(has_reason(s, OOM_REASON_MANY_PROCESSES));
	assert_true(has_advice(s, OOM_ADVICE_PIDS_MAX));
}

static void test_fragmentation(void **state)
{
	struct oom_report *r = machine(3000);
	struct oom_zone *z = sample_zone(r, 0, "Normal", 900000, 4000, 8000);

	z->buddy = (struct oom_buddy){ .known = true, .orders = 11, .blocks = { 200000, 12000 } };
	sample_pages(r, OOM_INACTIVE_FILE, 3900);
	sample_pages(r, OOM_FREE, 900);
	r->trigger.gfp_mask = opt_u64_of(0xcc0);
	r->trigger.order = opt_i64_of(3);
	holds(r, 400, "app", 900, 0);
	dies(r, 400, "app", 900);
	check(sample_story(r), OOM_CAUSE_FRAGMENTATION, 0.6, 0.95);
	assert_true(sample_story(r)->reason[0].id == OOM_REASON_ORDER);
	assert_near(sample_story(r)->reason[0].number[1], 32768, 0);
	assert_near(sample_story(r)->reason[0].number[3], 8192, 0);
	assert_true(has_advice(sample_story(r), OOM_ADVICE_COMPACTION));
	/* the kernel has most of what is not free: memory was not short all the same */
	sample_pages(r, OOM_INACTIVE_FILE, 0);
	sample_pages(r, OOM_SLAB_UNRECLAIMABLE, 3900);
	sample_pages(r, OOM_FREE, 2000);
	check(sample_story(r), OOM_CAUSE_FRAGMENTATION, 0.6, 0.95);
	/* almost nothing is free: what fills the memory is why */
	sample_pages(r, OOM_SLAB_UNRECLAIMABLE, 6500);
	sample_pages(r, OOM_FREE, 200);
	sample_pages(r, OOM_INACTIVE_ANON, 600);
	sample_pages(r, OOM_ACTIVE_ANON, 0);
	r->memory.slab[0] = (struct oom_slab){ "kmalloc-64", GIB, 6 * GIB };
	r->memory.slab_count = 1;
	check(sample_story(r), OOM_CAUSE_KERNEL_LEAK, 0.4, 0.95);
}

static void test_burst(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	sample_memcg(r, "/backup", 1000, 800);
	r->memcg.cgroup[0].stat[OOM_MEMCG_DIRTY] = opt_u64_of(300 * MIB);
	r->memcg.cgroup[0].stat[OOM_MEMCG_WRITEBACK] = opt_u64_of(200 * MIB);
	holds(r, 400, "tar", 90, 0);
	holds(r, 401, "gzip", 60, 0);
	dies(r, 400, "tar", 90);
	s = sample_story(r);
	check(s, OOM_CAUSE_BURST, 0.4, 0.8);
	assert_true(has_advice(s, OOM_ADVICE_DIRTY));
}

/* With swap: of RAM and the swap in use, so that no part is more than the whole. */
static void test_shares_with_swap(void **state)
{
	struct oom_report *r = machine(7500);
	const struct oom_story *s;

	r->memory.swap_total_bytes = opt_u64_of(8000 * MIB);
	r->memory.swap_free_bytes = opt_u64_of(0);
	sample_task(r, 400, "leaker", 7000 * PAGES_PER_MIB, 0)->swapents = 7500 * PAGES_PER_MIB;
	dies(r, 400, "leaker", 7000);
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.6, 0.95);
	assert_true(s->reason[0].id == OOM_REASON_VICTIM_LARGEST);
	assert_near(s->reason[0].number[0], 14500.0 * MIB, 1);
	assert_near(s->reason[0].number[1], 14500.0 / 15500, 1e-9);
	assert_near(s->reason[0].number[2], 14500.0 / 16000, 1e-9);
	/* drift: more than all swap is in use, by the victim's row */
	r->task[2].swapents = 9000 * PAGES_PER_MIB;
	s = sample_story(r);
	for (int i = 1; i <= 2; i++)
		assert_in_range(s->reason[0].number[i] * 1000, 900, 1000);
}

/* The swap of others does not make the kernel's part of RAM smaller. */
static void test_kernel_beside_swap(void **state)
{
	struct oom_report *r = machine(400);

	sample_pages(r, OOM_SLAB_UNRECLAIMABLE, 7000);
	r->memory.swap_total_bytes = opt_u64_of(8000 * MIB);
	r->memory.swap_free_bytes = opt_u64_of(0);
	holds(r, 400, "sshd", 60, 0);
	dies(r, 400, "sshd", 60);
	check(sample_story(r), OOM_CAUSE_KERNEL_LEAK, 0.65, 0.95);
}

static void test_swap_drift(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	sample_kernel(r, 4, 8, COLUMNS_4_0);
	sample_memcg(r, "/x", 244, 0);
	r->memcg.swap = (struct oom_charge){ 0 };
	r->memcg.memsw = (struct oom_charge){ opt_u64_of(301 * MIB), opt_u64_of(300 * MIB) };
	sample_task(r, 5, "app", 240 * PAGES_PER_MIB, 0)->swapents = 57 * PAGES_PER_MIB;
	dies(r, 5, "app", 240);
	s = sample_story(r);
	assert_true(has_reason(s, OOM_REASON_SWAP_FULL));
	for (uint32_t i = 0; i < s->reason_count; i++)
		for (int k = 0; k < OOM_REASON_NUMBERS; k++)
			assert_false(s->reason[i].number[k] < 0);
}

static enum oom_advice_id first_advice(const struct oom_report *r, enum oom_cause cause)
{
	const struct oom_story *s = sample_story(r);

	check(s, cause, 0.25, 0.95);
	assert_true(s->advice_count > 0);
	return s->advice[0].id;
}

/* What to do about the kernel's memory depends on what it is. */
static void test_kernel_advice(void **state)
{
	struct oom_report *r = machine(300);

	dies(r, 300, "daemon", 50);
	assert_int_equal(first_advice(r, OOM_CAUSE_KERNEL_LEAK), OOM_ADVICE_KERNEL_PAGES);
	sample_pages(r, OOM_PAGETABLES, 5000);
	assert_int_equal(first_advice(r, OOM_CAUSE_KERNEL_LEAK), OOM_ADVICE_PAGETABLES);
	sample_pages(r, OOM_PAGETABLES, 8);
	sample_pages(r, OOM_SLAB_UNRECLAIMABLE, 5000);
	assert_int_equal(first_advice(r, OOM_CAUSE_KERNEL_LEAK), OOM_ADVICE_READ_SLABINFO);
	r = sample();
	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_memcg(r, "/x", 500, 0);
	r->memcg.cgroup[0].stat[OOM_MEMCG_ANON] = opt_u64_of(10 * MIB);
	r->memcg.cgroup[0].stat[OOM_MEMCG_SOCK] = opt_u64_of(480 * MIB);
	assert_int_equal(first_advice(r, OOM_CAUSE_KERNEL_LEAK), OOM_ADVICE_SOCKETS);
	assert_true(has_reason(sample_story(r), OOM_REASON_SOCKETS));
}

/* Counted by the cgroup, or charged to it at least: no balloon, and no driver of the machine. */
static void test_kernel_of_cgroup(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	sample_kernel(r, 5, 15, COLUMNS_4_15);
	sample_memcg(r, "/x", 500, 0);
	r->memcg.cgroup[0].stat[OOM_MEMCG_ANON] = opt_u64_of(10 * MIB);
	s = sample_story(r);
	check(s, OOM_CAUSE_KERNEL_LEAK, 0.4, 0.75);
	assert_int_equal(s->reason[0].id, OOM_REASON_CGROUP_UNNAMED);
	r->memcg.kmem = (struct oom_charge){ opt_u64_of(480 * MIB), opt_u64_of(UINT64_MAX) };
	s = sample_story(r);
	check(s, OOM_CAUSE_KERNEL_LEAK, 0.4, 0.75);
	assert_int_equal(s->reason[0].id, OOM_REASON_CGROUP_KERNEL);
	assert_near(s->reason[0].number[0], 480.0 * MIB, 1);
	assert_false(has_reason(s, OOM_REASON_CGROUP_UNNAMED));
}

/* Memory was free, but not for this request. */
static void test_zone_ran_out(void **state)
{
	struct oom_report *r = machine(300);
	const struct oom_story *s;

	sample_pages(r, OOM_FREE, 7000);
	r->trigger.gfp_mask = opt_u64_of(0xcc4); /* GFP_KERNEL|GFP_DMA32 of 5.1 */
	r->trigger.order = opt_i64_of(0);
	sample_zone(r, 0, "DMA32", 100, 4000, 8000);
	sample_zone(r, 0, "Normal", 7000 * 1024, 4000, 8000);
	holds(r, 400, "app", 20, 0);
	dies(r, 400, "app", 20);
	s = sample_story(r);
	check(s, OOM_CAUSE_INNOCENT_KILLED, 0.4, 0.8);
	assert_int_equal(s->reason[0].id, OOM_REASON_ZONE_LOW);
	assert_int_equal(s->advice[0].id, OOM_ADVICE_ZONE);
	assert_string_equal(s->advice[0].subject, "DMA32");
	/* what is free is CMA */
	r->trigger.gfp_mask = opt_u64_of(0xcc0);
	r->memory.zone[1].counters.value[OOM_FREE_CMA] = opt_u64_of(6999 * MIB);
	s = sample_story(r);
	check(s, OOM_CAUSE_INNOCENT_KILLED, 0.4, 0.8);
	assert_int_equal(s->reason[0].id, OOM_REASON_CMA_FREE);
	assert_int_equal(s->advice[0].id, OOM_ADVICE_CMA);
	/* a page fault tells no request at all */
	r->trigger.gfp_mask = opt_u64_of(0);
	s = sample_story(r);
	check(s, OOM_CAUSE_INNOCENT_KILLED, 0.4, 0.8);
	assert_int_equal(s->reason[0].id, OOM_REASON_PAGE_FAULT);
	assert_int_equal(s->advice[0].id, OOM_ADVICE_PAGE_FAULT);
}

/* A cpuset is widened, a policy is not; the kernel prints only the last name of a cpuset's path. */
static void test_advice_of_nodes(void **state)
{
	static const struct {
		enum oom_constraint constraint;
		const char *cpuset, *subject;
		enum oom_advice_id advice;
	} rows[] = {
		{ OOM_CONSTRAINT_CPUSET, "narrow", "narrow", OOM_ADVICE_CPUSET },
		{ OOM_CONSTRAINT_CPUSET, "/", "", OOM_ADVICE_CPUSET },
		{ OOM_CONSTRAINT_MEMPOLICY, "/", "asker", OOM_ADVICE_MEMPOLICY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oom_report *r = machine(2000);
		const struct oom_story *s;

		sample_pages(r, OOM_FREE, 5900);
		r->constraint = rows[i].constraint;
		(void)snprintf(r->cpuset, sizeof(r->cpuset), "%s", rows[i].cpuset);
		(void)snprintf(r->mems_allowed, sizeof(r->mems_allowed), "1");
		(void)snprintf(r->trigger.nodemask, sizeof(r->trigger.nodemask), "1");
		(void)snprintf(r->trigger.comm, sizeof(r->trigger.comm), "asker");
		sample_zone(r, 0, "Normal", 5000 * 1024, 4000, 8000);
		sample_zone(r, 1, "Normal", 100, 4000, 8000);
		s = sample_story(r);
		check(s, OOM_CAUSE_LIMIT_TOO_SMALL, 0.25, 0.95);
		assert_int_equal(s->advice[0].id, rows[i].advice);
		assert_string_equal(s->advice[0].subject, rows[i].subject);
	}
}

static void test_limit_of_version(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	sample_kernel(r, 5, 10, COLUMNS_4_15);
	sample_memcg(r, "/x", 32, 0);
	s = sample_story(r);
	assert_int_equal(s->advice[0].id, OOM_ADVICE_RAISE_LIMIT);
	assert_near(s->advice[0].number[1], 2, 0);
	r->memcg.swap = (struct oom_charge){ 0 };
	assert_true(isnan(sample_story(r)->advice[0].number[1]));
	r->memcg.memsw.usage_bytes = opt_u64_of(32 * MIB);
	assert_near(sample_story(r)->advice[0].number[1], 1, 0);
}

/* Ten reports in five seconds are all that the kernel prints; then the kill alone. */
static void test_rate_limited(void **state)
{
	for (int printed = 9; printed <= 10; printed++) {
		struct oom_report *r = sample();
		const struct oom_story *s;

		sample_kernel(r, 6, 1, COLUMNS_4_15);
		sample_memcg(r, "/x", 32, 0);
		dies(r, 5, "app", 31);
		for (int i = 0; i < printed; i++) {
			sample_at(r, 10 + i * 0.4);
			oom_history_add(&sample_store()->history, r);
		}
		r->parts = OOM_PART_KILL;
		r->cut_at_start = true;
		sample_at(r, 14.9);
		s = sample_story(r);
		assert_int_equal(s->rate_limited, printed == 10);
		assert_int_equal(has_advice(s, OOM_ADVICE_FULL_LOG), printed < 10);
		/* the first of the ten is more than 5 s ago */
		sample_at(r, 15.1);
		assert_false(sample_story(r)->rate_limited);
	}
}

static void test_manual(void **state)
{
	struct oom_report *r = machine(7500);

	holds(r, 400, "leaker", 7200, 0);
	dies(r, 400, "leaker", 7200);
	r->trigger.order = opt_i64_of(-1);
	check(sample_story(r), OOM_CAUSE_MANUAL, 0.5, 0.95);
	assert_true(has_reason(sample_story(r), OOM_REASON_SYSRQ));
}

/* A report that is only its last line: trigger and victim, as the study prints it. */
static void test_fragment(void **state)
{
	struct oom_report *r = sample();
	const struct oom_story *s;

	r->trigger.known = true;
	r->trigger.gfp_mask = opt_u64_of(0x100dca);
	(void)snprintf(r->trigger.gfp_flags, sizeof(r->trigger.gfp_flags),
		       "GFP_HIGHUSER_MOVABLE|__GFP_ZERO");
	r->trigger.order = r->trigger.oom_score_adj = opt_i64_of(0);
	r->parts = OOM_PART_TRIGGER | OOM_PART_KILL;
	sample_victim(r, 77, "prog", 6900 * MIB)->total_vm_bytes = opt_u64_of(7700 * MIB);
	s = sample_story(r);
	check(s, OOM_CAUSE_LEAKER_KILLED, 0.25, 0.5);
	assert_string_equal(s->suspect, "prog");
	assert_int_equal(s->victim_bytes.value, 6900 * MIB);
	assert_true(has_reason(s, OOM_REASON_CHOSEN_BY_KERNEL));
	assert_true(has_reason(s, OOM_REASON_NO_TABLE));
	assert_true(has_reason(s, OOM_REASON_ONE_REPORT_ONLY));
	/* a small victim, nothing else known: anything may have filled the machine */
	r->victim[0].anon_rss_bytes = opt_u64_of(20 * MIB);
	check(sample_story(r), OOM_CAUSE_CANNOT_TELL, 0, 0);
	/* a name without a size */
	r->victim[0].anon_rss_bytes = opt_u64_none(ABSENT);
	check(sample_story(r), OOM_CAUSE_CANNOT_TELL, 0, 0);
	/* the only one in the text: that is why it is there, not what makes it a suspect */
	assert_string_equal(sample_story(r)->suspect, "");
	assert_false(has_advice(sample_story(r), OOM_ADVICE_FIND_LEAK));
}

/* Nobody died: the largest is whom to look at. */
static void test_no_victim(void **state)
{
	struct oom_report *r = machine(7500);

	holds(r, 400, "hog", 7000, 0);
	r->no_killable = true;
	check(sample_story(r), OOM_CAUSE_CANNOT_TELL, 0, 0);
	assert_string_equal(sample_story(r)->suspect, "hog");
	assert_true(has_reason(sample_story(r), OOM_REASON_NO_KILLABLE));
	assert_true(has_advice(sample_story(r), OOM_ADVICE_FIND_LEAK));
}

static uint32_t draw(uint32_t below)
{
	static uint32_t seed = 7;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* All that is set to anything: within bounds, and no crash. The sanitizer watches the arithmetic.
 */
static void test_any_report(void **state)
{
	uint32_t causes = 0;

	for (int round = 0; round < 3000; round++) {
		struct oom_report *r = machine(0);
		const struct oom_story *s;

		for (int c = 0; c < OOM_COUNTER_COUNT; c++) {
			if (draw(4))
				sample_pages(r, (enum oom_counter)c, draw(8000));
			else if (!(draw(3)))
				r->memory.pages.value[c] = opt_u64_of(UINT64_MAX);
			else
				r->memory.pages.value[c] = opt_u64_none(ABSENT);
		}
		for (uint32_t i = draw(200); i > 0; i--)
			holds(r, draw(300), draw(2) ? "a" : "b", draw(9000) - 10,
			      (int)(draw(2001)) - 1000);
		for (uint32_t i = draw(3); i > 0; i--)
			dies(r, draw(300), draw(2) ? "a" : "", draw(9000));
		if (r->victim_count && draw(2))
			r->victim[0].anon_rss_bytes = opt_u64_of(draw(2) ? UINT64_MAX : 0);
		r->constraint = (enum oom_constraint)(draw(5));
		r->columns = draw(1 << 17);
		r->trigger.order = opt_i64_of((int64_t)(draw(20)) - 1);
		r->trigger.gfp_mask = opt_u64_of(draw(1 << 24));
		r->group_kill = draw(2);
		r->memcg.memory.limit_bytes = opt_u64_of(draw(2) ? 0 : UINT64_MAX);
		r->memcg.cgroup_count = draw(3);
		sample_at(r, draw(100000));
		s = sample_story(r);
		assert_true(s->confidence >= 0 && s->confidence <= 0.95);
		assert_int_equal(s->cause == OOM_CAUSE_CANNOT_TELL, s->confidence == 0);
		assert_true(s->reason_count <= OOM_REASONS && s->advice_count <= OOM_ADVICES);
		assert_true(s->badness.ranked_count <= OOM_RANKED);
		for (uint32_t i = 0; i < s->reason_count; i++)
			assert_non_null(oom_reason_name(s->reason[i].id));
		for (uint32_t i = 1; i < s->badness.ranked_count; i++)
			assert_true(s->badness.ranked[i - 1].points >=
					    s->badness.ranked[i].points ||
				    i + 1 == OOM_RANKED);
		causes |= 1u << s->cause;
		oom_history_add(&sample_store()->history, r);
	}
	/* the draw reached the verdicts, it did not only fail to judge */
	assert_true(__builtin_popcount(causes) >= 5);
}

static void test_names(void **state)
{
	for (int i = 0; i < OOM_CAUSE_COUNT; i++)
		assert_non_null(oom_cause_name((enum oom_cause)i));
	for (int i = 0; i < OOM_REASON_COUNT; i++)
		assert_non_null(oom_reason_name((enum oom_reason_id)i));
	for (int i = 0; i < OOM_ADVICE_COUNT; i++)
		assert_non_null(oom_advice_name((enum oom_advice_id)i));
	for (int i = 0; i < OOM_SHARE_COUNT; i++)
		assert_non_null(oom_share_name((enum oom_share)i));
	for (int i = 0; i < OOM_FAILURE_COUNT; i++)
		assert_non_null(oom_failure_name((enum oom_failure_kind)i));
	for (int i = 0; i < OOM_WHY_COUNT; i++)
		assert_non_null(oom_why_name((enum oom_why_victim)i));
	for (int i = 0; i <= OOM_BADNESS_SIGNED; i++)
		assert_non_null(oom_badness_rule_name((enum oom_badness_rule)i));
}

static void test_evidence(void **state)
{
	struct oom_hypothesis h = { .doubt = 1, .against = 1 };

	assert_near(oom_confidence(&h), 0, 0);
	oom_support(&h, NAN, OOM_REASON_SLAB, NULL, NULL);
	oom_support(&h, -1, OOM_REASON_SLAB, NULL, NULL);
	assert_int_equal(h.reason_count, 0);
	oom_support(&h, 0.5, OOM_REASON_SLAB, NULL, OOM_NUMBERS(1, 2, NAN, NAN));
	oom_support(&h, 0.5, OOM_REASON_NONE, NULL, NULL);
	assert_int_equal(h.reason_count, 1);
	assert_near(oom_confidence(&h), 0.75, 1e-12);
	oom_oppose(&h, 0.5);
	oom_oppose(&h, NAN);
	assert_near(oom_confidence(&h), 0.375, 1e-12);
	oom_support(&h, 7, OOM_REASON_NONE, NULL, NULL);
	assert_near(oom_confidence(&h), 0.5, 1e-12);
	for (int i = 0; i < 100; i++)
		oom_support(&h, 0.1, OOM_REASON_SLAB, "x", NULL);
	assert_int_equal(h.reason_count, OOM_HYPOTHESIS_REASONS);
	assert_near(oom_ramp(3, 2, 4), 0.5, 0);
	assert_near(oom_ramp(NAN, 2, 4), 0, 0);
	assert_near(oom_ramp(INFINITY, 2, 4), 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_leaker_killed),
		cmocka_unit_test(test_growth_counts),
		cmocka_unit_test(test_innocent_killed),
		cmocka_unit_test(test_innocent_by_raised_adj),
		cmocka_unit_test(test_service_of_many),
		cmocka_unit_test(test_kernel_leak),
		cmocka_unit_test(test_unaccounted),
		cmocka_unit_test(test_kernel_beside_largest),
		cmocka_unit_test(test_one_of_equals),
		cmocka_unit_test(test_suspect_of_no_verdict),
		cmocka_unit_test(test_killed_before),
		cmocka_unit_test(test_shmem),
		cmocka_unit_test(test_hugepages),
		cmocka_unit_test(test_memcg_one_report),
		cmocka_unit_test(test_limit_too_small),
		cmocka_unit_test(test_limit_again_and_again),
		cmocka_unit_test(test_cpuset),
		cmocka_unit_test(test_cpuset_leaker),
		cmocka_unit_test(test_not_quite),
		cmocka_unit_test(test_outlier),
		cmocka_unit_test(test_one_of_a_family),
		cmocka_unit_test(test_fork_bomb),
		cmocka_unit_test(test_fragmentation),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_shares_with_swap),
		cmocka_unit_test(test_kernel_beside_swap),
		cmocka_unit_test(test_swap_drift),
		cmocka_unit_test(test_kernel_advice),
		cmocka_unit_test(test_kernel_of_cgroup),
		cmocka_unit_test(test_zone_ran_out),
		cmocka_unit_test(test_advice_of_nodes),
		cmocka_unit_test(test_limit_of_version),
		cmocka_unit_test(test_rate_limited),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_no_victim),
		cmocka_unit_test(test_any_report),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
