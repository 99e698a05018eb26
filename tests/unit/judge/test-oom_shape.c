/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/oom_shape.h"

/* A machine that tells nothing: every assumption but the one that contradicts another. */
static void test_nothing_known(void **state)
{
	static const struct machine unknown;
	struct oom_report_shape shape;
	const uint32_t made = oom_report_shape_of(&unknown, &shape);

	assert_int_equal(made, ((1u << ASSUMED_COUNT) - 1) & ~(1u << ASSUMED_TASKS_INCOMPLETE));
	assert_true(shape.tasks > 0 && shape.cpus == 1 && shape.zones == 3 && shape.dump_tasks);
	for (uint32_t i = 0; i < ASSUMED_COUNT; i++)
		assert_true(strlen(shape_assumption_text(i)) > 10);
}

static void test_everything_known(void **state)
{
	static struct machine m;
	struct oom_report_shape shape;

	m.kernel = (struct kernel_version){ 6, 1 };
	m.tasks = (struct task_census){ .tasks = opt_u64_of(0), .comm_bytes = 8, .complete = true };
	m.cpus = 4;
	m.nodes = 2;
	m.zones = 4;
	m.meminfo_known = KNOWN;
	m.meminfo.total_bytes = GIB;
	m.oom.dump_tasks = opt_u64_of(0);
	m.oom.rcu_stall_seconds = opt_u64_of(60);
	m.printk.timestamps = m.printk.caller = opt_u64_of(1);
	m.printk.console_loglevel = opt_u64_of(4);
	assert_int_equal(oom_report_shape_of(&m, &shape), 0);
	/* none is a number too */
	assert_true(shape.tasks == 0 && !shape.dump_tasks && shape.caller);
	assert_true(shape.rcu_stall_seconds == 60 && shape.memory_bytes == GIB);

	m.oom.rcu_stall_suppress = opt_u64_of(1);
	m.tasks.complete = false;
	assert_int_equal(oom_report_shape_of(&m, &shape), 1u << ASSUMED_TASKS_INCOMPLETE);
	assert_true(shape.rcu_stall_seconds == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_everything_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
