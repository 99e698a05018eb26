/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "judge/oom_history.h"
#include "oom_sample.h"

/* A report at `seconds` that kills "db" (pid 10) of that size, beside "web". */
static struct oom_report *killed(double seconds, uint64_t mib)
{
	struct oom_history h = sample_store()->history;
	struct oom_report *r = sample();

	sample_store()->history = h;
	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_at(r, seconds);
	sample_task(r, 10, "db", (int64_t)mib * PAGES_PER_MIB, 0);
	sample_task(r, 11, "web", 10 * PAGES_PER_MIB, 0);
	sample_victim(r, 10, "db", mib * MIB);
	return r;
}

static struct oom_history *history(void)
{
	return &sample_store()->history;
}

static void test_growth(void **state)
{
	struct oom_report *r;
	struct oom_growth g;

	(void)sample();
	r = killed(100, 200);
	assert_false(oom_history_growth(history(), r, 10, "db", &g));
	oom_history_add(history(), r);
	oom_history_add(history(), killed(400, 300));
	r = killed(700, 500);
	assert_true(oom_history_growth(history(), r, 10, "db", &g));
	assert_int_equal(g.before_bytes, 200 * MIB);
	assert_near(g.seconds, 600, 1e-6);
	/* another process of that name, that pid under another name, another machine */
	assert_false(oom_history_growth(history(), r, 12, "db", &g));
	assert_false(oom_history_growth(history(), r, 10, "dc", &g));
	(void)snprintf(r->origin, sizeof(r->origin), "other");
	assert_false(oom_history_growth(history(), r, 10, "db", &g));
}

static void test_kills(void **state)
{
	struct oom_report *r;
	struct oom_kills k;

	(void)sample();
	r = killed(1000, 200);
	k = oom_history_kills(history(), r, "db", 200 * MIB);
	assert_int_equal(k.times, 0);
	assert_true(isnan(k.since_last) && isnan(k.interval));
	oom_history_add(history(), r);
	oom_history_add(history(), killed(1100, 205));
	oom_history_add(history(), killed(1160, 100));
	r = killed(1300, 200);
	k = oom_history_kills(history(), r, "db", 200 * MIB);
	assert_int_equal(k.times, 3);
	assert_int_equal(k.same_size, 2);
	assert_near(k.since_last, 140, 1e-6);
	assert_near(k.interval, 100, 1e-6);
	assert_near(k.since_same, 200, 1e-6);
	/* a cgroup's limit is not the machine's */
	r->constraint = OOM_CONSTRAINT_MEMCG;
	assert_int_equal(oom_history_kills(history(), r, "db", 200 * MIB).times, 0);
	/* another cgroup is another limit; one that is not named is none */
	(void)snprintf(r->memcg.limit_path, sizeof(r->memcg.limit_path), "/a");
	oom_history_add(history(), r);
	assert_int_equal(oom_history_kills(history(), r, "db", 200 * MIB).times, 1);
	(void)snprintf(r->memcg.limit_path, sizeof(r->memcg.limit_path), "/b");
	assert_int_equal(oom_history_kills(history(), r, "db", 200 * MIB).times, 0);
	r->memcg.limit_path[0] = '\0';
	assert_int_equal(oom_history_kills(history(), r, "db", 200 * MIB).times, 1);
	assert_int_equal(oom_history_kills(history(), r, "", 0).times, 0);
}

static void test_a_boot_ends_processes(void **state)
{
	struct oom_report *r;
	struct oom_growth g;
	struct oom_kills k;

	(void)sample();
	oom_history_add(history(), killed(100, 200));
	oom_history_add(history(), killed(900, 200));
	r = killed(950, 300);
	oom_history_next_boot(history(), r);
	assert_true(oom_history_growth(history(), r, 10, "db", &g));
	r = killed(160, 300);
	oom_history_next_boot(history(), r);
	assert_false(oom_history_growth(history(), r, 10, "db", &g));
	k = oom_history_kills(history(), r, "db", 300 * MIB);
	assert_int_equal(k.times, 2);
	assert_true(isnan(k.since_last) && isnan(k.interval));
	/* the same process in the new boot */
	oom_history_add(history(), r);
	r = killed(950, 400);
	oom_history_next_boot(history(), r);
	assert_true(oom_history_growth(history(), r, 10, "db", &g));
	assert_int_equal(g.before_bytes, 300 * MIB);
	assert_near(oom_history_kills(history(), r, "db", 300 * MIB).since_last, 790, 1e-6);
}

static void test_ring_forgets_the_oldest(void **state)
{
	struct oom_growth g;

	(void)sample();
	for (int i = 0; i < OOM_HISTORY + 5; i++)
		oom_history_add(history(), killed(i, (uint64_t)i + 1));
	assert_int_equal(history()->count, OOM_HISTORY);
	assert_true(oom_history_growth(history(), killed(1000, 1), 10, "db", &g));
	assert_int_equal(g.before_bytes, 6 * MIB);
}

static void test_keeps_the_largest(void **state)
{
	struct oom_report *r = sample();
	struct oom_growth g;

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	for (int i = 0; i < 100; i++)
		sample_task(r, i, "t", (i * 37) % 100, 0);
	oom_history_add(history(), r);
	assert_int_equal(history()->past[0].task_count, OOM_HISTORY_TASKS);
	for (int i = 0; i < 100; i++)
		assert_int_equal(oom_history_growth(history(), r, i, "t", &g),
				 (i * 37) % 100 >= 92);
}

static void test_names_killed(void **state)
{
	struct oom_report *r;

	(void)sample();
	r = killed(100, 1);
	(void)snprintf(r->victim[0].comm, sizeof(r->victim[0].comm), "a");
	oom_history_add(history(), r);
	oom_history_add(history(), r);
	r->first.boot_usec.value += 30000000;
	(void)snprintf(r->victim[0].comm, sizeof(r->victim[0].comm), "b");
	oom_history_add(history(), r);
	r = killed(140, 1);
	assert_int_equal(oom_history_names_killed(history(), r, 60), 3);
	assert_int_equal(oom_history_names_killed(history(), r, 20), 2);
	assert_int_equal(oom_history_names_killed(history(), r, 5), 1);
	/* no clock: nothing is said to be near */
	r->first.boot_usec = opt_u64_none(ABSENT);
	assert_int_equal(oom_history_names_killed(history(), r, 60), 1);
}

static void test_between(void **state)
{
	struct oom_stamp a = { .boot_usec = opt_u64_of(5), .wall_usec = opt_u64_of(9000000) },
			 b = { .wall_usec = opt_u64_of(19000000) };

	assert_near(oom_seconds_between(&a, &b), 10, 0);
	assert_true(isnan(oom_seconds_between(&b, &a)));
	b.boot_usec = opt_u64_of(2000005);
	assert_near(oom_seconds_between(&a, &b), 2, 0);
	a.wall_usec = b.wall_usec = a.boot_usec = opt_u64_none(ABSENT);
	assert_true(isnan(oom_seconds_between(&a, &b)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_kills),
		cmocka_unit_test(test_a_boot_ends_processes),
		cmocka_unit_test(test_ring_forgets_the_oldest),
		cmocka_unit_test(test_keeps_the_largest),
		cmocka_unit_test(test_names_killed),
		cmocka_unit_test(test_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
