/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "unit.h"

#include "judge/storm_bench.h"

static const struct kernel_version linux_6_1 = { 6, 1 }, linux_6_12 = { 6, 12 };

static struct storm_setting setting(uint32_t tasks, bool dump, uint64_t loglevel)
{
	return (struct storm_setting){ .baud = 19200,
				       .loglevel = loglevel,
				       .memory_bytes = 512 * MIB,
				       .tasks = tasks,
				       .allocators = 8,
				       .leakers = 1,
				       .cpus = 2,
				       .dump_tasks = dump };
}

/* Task tables that the bench measured, to the byte: 213 rows and the heads. */
static void test_task_table(void **state)
{
	const struct storm_setting s = setting(200, true, 7);
	struct storm_expectation e;

	storm_expect(&s, linux_6_1, &e);
	assert_near(e.task_table_seconds.mid * 1920, 21418, 0.5);
	storm_expect(&s, linux_6_12, &e);
	assert_near(e.task_table_seconds.mid * 1920, 27410, 0.5);
}

static void test_several_leakers(void **state)
{
	struct storm_setting s = setting(200, true, 7);
	struct storm_expectation one, four;

	storm_expect(&s, linux_6_1, &one);
	s.leakers = 4;
	storm_expect(&s, linux_6_1, &four);
	assert_near(four.print_seconds.mid / one.print_seconds.mid, 4, 0.1);
	assert_true(four.all_stalls_seconds.mid > four.print_seconds.mid);
	assert_near(four.stall_seconds.mid, one.stall_seconds.mid, 0.5);
}

static void test_met(void **state)
{
	struct storm_expectation e = { .print_seconds = { .known = true, .mid = 10 } };
	struct storm_measured m = { .there = true, .valid = true, .print_seconds = 10.9 };

	assert_true(storm_met(&e, &m));
	m.print_seconds = 11.2; /* 10 is 10.7 % less */
	assert_false(storm_met(&e, &m));
	m.print_seconds = 9.1;
	assert_true(storm_met(&e, &m));
	m.print_seconds = 9.0; /* 10 is 11 % more */
	assert_false(storm_met(&e, &m));
	m.print_seconds = 0;
	assert_false(storm_met(&e, &m));
	e.print_seconds.mid = 0;
	assert_true(storm_met(&e, &m));
	/* not known is not nothing */
	m.print_seconds = NAN;
	assert_false(storm_met(&e, &m));
}

static void test_what_counts(void **state)
{
	const struct storm_measured good = { .there = true,
					     .valid = true,
					     .print_seconds = 0,
					     .stall_seconds = NAN,
					     .bytes = 5000,
					     .kills = opt_u64_of(1) };
	struct storm_measured m = good;

	assert_null(storm_invalid_because(&m));
	m.kills = opt_u64_of(0);
	assert_string_equal(storm_invalid_because(&m), "no OOM kill was seen");
	m.kills = opt_u64_none(ABSENT);
	assert_string_equal(storm_invalid_because(&m), "no OOM kill was seen");
	m = good;
	m.bytes = 0;
	assert_non_null(storm_invalid_because(&m));
	m.bytes = NAN;
	assert_non_null(storm_invalid_because(&m));
	m = good;
	m.print_seconds = NAN;
	assert_non_null(storm_invalid_because(&m));
	m = good;
	m.valid = false;
	memcpy(m.why, "lines are missing", sizeof("lines are missing"));
	assert_string_equal(storm_invalid_because(&m), "lines are missing");
	m.there = false;
	m.why[0] = '\0';
	assert_non_null(storm_invalid_because(&m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_task_table),
		cmocka_unit_test(test_several_leakers),
		cmocka_unit_test(test_met),
		cmocka_unit_test(test_what_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
