/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "vm/run/scenario.h"

static struct scenario s;
static struct scenario_report report;

static int parse(const char *text, const char *const *settings, uint32_t count)
{
	return scenario_parse(text_of(text, strlen(text)), settings, count, &s, &report);
}

static void test_defaults(void **state)
{
	assert_int_equal(parse("[run a]\n", NULL, 0), 0);
	assert_true(s.memory_bytes == 512 * MIB && s.cpus == 2 && s.nodes == 1);
	assert_int_equal(s.plan.run_count, 1);
	assert_string_equal(s.plan.run[0].name, "a");
	assert_int_equal(s.plan.run[0].console_loglevel, 7);
	assert_int_equal(s.plan.run[0].oom_dump_tasks, 1);
	assert_false(s.plan.run[0].timed);
	assert_true(s.plan.magic == PLAN_MAGIC);
}

static void test_everything(void **state)
{
	assert_int_equal(
		parse("[machine]\nmemory = 1G\ncpus = 4\nnodes = 2\nswap = 64M\nzram = none\n"
		      "kernel = 6.1\nconsole_baud = none\ncmdline = a=1\ncmdline = b\n"
		      "file = x/y /bin/y\nbulkhead = yes\ntimeout = 2min\n"
		      "[sysctl]\nvm.swappiness = 10\n"
		      "[run]\ntasks = 5\nbefore = true\nsysctl = vm.overcommit_memory = 1\n"
		      "[run a]\nleak_rate = 50M\nkills = 2\nseconds = 3\n"
		      "[run b]\ntasks = 6\nafter = dmesg\n"
		      "[program p]\ncommand = leaker\ncgroup = x/y\nset = memory.max=1M\n"
		      "start = leak\nrun = b\noom_score_adj = -999\ncount = 3\n",
		      NULL, 0),
		0);
	assert_true(s.memory_bytes == GIB && s.swap_bytes == 64 * MIB && s.zram_bytes == 0);
	assert_true(s.plan.swap_disk && s.plan.zram_mib == 0);
	assert_int_equal(s.console_baud, 0);
	assert_string_equal(s.cmdline, "a=1 b");
	assert_string_equal(s.file[0].guest, "/bin/y");
	assert_true(s.bulkhead && s.timeout_seconds == 120);
	assert_int_equal(s.plan.run[0].tasks, 5);
	assert_true(s.plan.run[0].leak_bytes_per_second == 50 * (int64_t)MIB);
	assert_true(s.plan.run[0].timed && s.plan.run[0].seconds == 3);
	assert_int_equal(s.plan.run[1].tasks, 6);
	assert_false(s.plan.run[1].timed);
	/* [run]'s command and sysctl, then those of each run. */
	assert_int_equal(s.plan.command_count, 4);
	assert_int_equal(s.plan.command[1].run, 0);
	assert_int_equal(s.plan.command[2].run, 1);
	assert_int_equal(s.plan.command[3].when, PLAN_AFTER);
	assert_int_equal(s.plan.sysctl[0].run, PLAN_ALL_RUNS);
	assert_string_equal(s.plan.sysctl[2].key, "vm.overcommit_memory");
	assert_string_equal(s.plan.sysctl[2].value, "1");
	assert_true(s.plan.program[0].with_leakers && s.plan.program[0].count == 3);
	assert_string_equal(s.plan.program[0].set[0], "memory.max=1M");
}

static void test_settings(void **state)
{
	static const char *const all[] = { "run.tasks=7", "run b.tasks=8", "machine.memory=256M",
					   "sysctl.vm.panic_on_oom=1" };
	static const char *const bad[] = {
		"run", "run.tasks",	 "run.no=1", "run c.tasks=1", "machine.cpus=99",
		".=",  "program.count=1"
	};

	assert_int_equal(parse("[run a]\n[run b]\n", all, ARRAY_SIZE(all)), 0);
	assert_int_equal(s.plan.run[0].tasks, 7);
	assert_int_equal(s.plan.run[1].tasks, 8);
	assert_true(s.memory_bytes == 256 * MIB);
	assert_string_equal(s.plan.sysctl[0].key, "vm.panic_on_oom");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse("[run a]\n", &bad[i], 1), -EINVAL);
		assert_int_equal(report.error[0].line, 0);
	}
}

/* Each with the line that is wrong. */
static void test_rejected(void **state)
{
	static const struct {
		unsigned line;
		const char *text;
	} rows[] = {
		{ 0, "" },
		{ 0, "[machine]\nmemory = 512M\n" },
		{ 2, "[machine]\nmemory = 1K\n[run a]\n" },
		{ 2, "[machine]\nspeed = 1\n[run a]\n" },
		{ 1, "[engine]\n[run a]\n" },
		{ 1, "[program]\n[run a]\n" },
		{ 2, "[run a]\n[run a]\n" },
		{ 2, "[run a]\ntasks = 4001\n" },
		{ 2, "[run a]\ntasks = many\n" },
		{ 2, "[run a]\nconsole_loglevel = 0\n" },
		{ 2, "[run a]\nbefore = sleep 1 ; true\n" },
		{ 2, "[run a]\nsysctl = vm.swappiness\n" },
		{ 2, "[run a]\nsysctl = ../../etc/passwd=1\n" },
		{ 2, "[machine]\nfile = only-one\n[run a]\n" },
		{ 2, "[machine]\nfile = a relative\n[run a]\n" },
		{ 2, "[run a]\nthis is no key\n" },
		{ 0, "[run a]\n[program p]\ncount = 1\n" },
		{ 0, "[run a]\n[program p]\ncommand = x\nset = a=b\n" },
		{ 4, "[run a]\n[program p]\ncommand = x\nset = memory.max\n" },
		{ 0, "[run a]\n[program p]\ncommand = x\nrun = b\n" },
		{ 0, "[machine]\nmemory = 65M\nnodes = 2\n[run a]\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(rows[i].text, NULL, 0), -EINVAL);
		assert_int_equal(report.error[0].line, rows[i].line);
	}
}

static void test_capacity(void **state)
{
	char text[8192] = "";

	for (int i = 0; i < PLAN_RUNS + 1; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "[run %d]\n", i);
	assert_int_equal(parse(text, NULL, 0), -EINVAL);
	assert_int_equal(s.plan.run_count, PLAN_RUNS);
	assert_int_equal(report.error[0].line, PLAN_RUNS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_everything),
		cmocka_unit_test(test_settings), cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_capacity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
