/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "vm/run/oomreport.h"

static struct oom_story story;

static void tell(struct records *r, const char *const *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(records_add(r, text_of(rows[i], strlen(rows[i]))), 0);
	oom_story(r, &story);
}

#define PREFIX_AND_END 17

/* Shortened lines of a report of Debian's 6.1. */
#define INVOKED                                                                                    \
	"4,1,1000000,-;leaker invoked oom-killer: gfp_mask=0x140dca(X), order=0, oom_score_adj=0"
#define REPORT                                                                                     \
	INVOKED, "4,2,1000100,-;CPU: 0 PID: 9 Comm: leaker Not tainted",                           \
		"4,3,1000200,-;Call Trace:", "4,4,1000300,-; <TASK>",                              \
		"4,5,1000400,-;RIP: 0033:0x448913",                                                \
		"4,6,1000500,-;Mem-Info:", "4,7,1000600,-;active_anon:1\\x0a free:2",              \
		"6,8,1000700,-;Tasks state (memory values in pages):",                             \
		"6,9,1000800,-;[  pid  ]   uid  tgid total_vm      rss name",                      \
		"6,10,1000900,-;[     97]     0    97      423      111 worker-0000",              \
		"6,11,1001000,-;[     98]     0    98      423      111 worker-0001",              \
		"6,12,1001100,-;oom-kill:constraint=CONSTRAINT_NONE,task=leaker,pid=9,uid=0"
#define KILLED                                                                                     \
	"3,13,1001200,-;Out of memory: Killed process 9 (leaker) total-vm:1692kB, anon-rss:384kB"

static void test_parts(void **state)
{
	static const char *const rows[] = {
		"6,0,900000,-;before", REPORT, KILLED,
		"6,14,1001300,-;oom_reaper: reaped process 9 (leaker)"
	};
	_cleanup_records_ struct records r = { 0 };
	const struct oom_report *o = &story.report[0];

	tell(&r, rows, ARRAY_SIZE(rows));
	assert_int_equal(story.report_count, 1);
	assert_true(o->complete && o->has_table);
	assert_int_equal(o->first, 1);
	assert_int_equal(o->last, 13);
	assert_int_equal(o->tasks, 2);
	assert_int_equal(o->part_bytes[OOM_STACK],
			 3 * PREFIX_AND_END + strlen("Call Trace: <TASK>RIP: 0033:0x448913"));
	assert_int_equal(o->part_bytes[OOM_MEM_INFO],
			 3 * PREFIX_AND_END + strlen("Mem-Info:active_anon:1 free:2"));
	assert_int_equal(o->table_first, 8);
	assert_int_equal(o->table_last, 11);
	assert_int_equal(o->part_bytes[OOM_OTHER], 0);
	assert_int_equal(story.victim_count, 1);
	assert_true(story.victim[0].pid == 9);
	assert_memory_equal(r.text + story.victim[0].comm, "leaker", 6);
	assert_int_equal(story.victim[0].comm_len, 6);
}

/* Over 21 s of printing, RCU's stall detector prints into the table. */
static void test_interleaved(void **state)
{
	static const char *const rows[] = {
		INVOKED,
		"6,2,2,-;Tasks state (memory values in pages):",
		"6,3,3,-;[     97]     0    97      423      111 worker-0000",
		"3,4,4,-;rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
		"3,5,5,-;rcu: \\x090-...0: (1 GPs behind) idle=1",
		"6,6,6,-;Sending NMI from CPU 1 to CPUs 0:",
		"6,7,7,-;[     98]     0    98      423      111 worker-0001",
		KILLED,
	};
	_cleanup_records_ struct records r = { 0 };

	tell(&r, rows, ARRAY_SIZE(rows));
	assert_int_equal(story.rcu_stalls, 1);
	assert_int_equal(story.report[0].tasks, 2);
	assert_int_equal(story.report[0].part_bytes[OOM_OTHER],
			 record_console_bytes(&r, &r.record[3]) +
				 record_console_bytes(&r, &r.record[4]) +
				 record_console_bytes(&r, &r.record[5]));
	assert_int_equal(oom_report_bytes(&story.report[0]),
			 record_console_bytes(&r, &r.record[0]) +
				 record_console_bytes(&r, &r.record[1]) +
				 record_console_bytes(&r, &r.record[2]) +
				 story.report[0].part_bytes[OOM_OTHER] +
				 record_console_bytes(&r, &r.record[6]) +
				 record_console_bytes(&r, &r.record[7]));
}

static void test_several_and_group(void **state)
{
	static const char *const rows[] = {
		INVOKED,
		"3,2,2,-;Memory cgroup out of memory: Killed process 7 (a) b) total-vm:1kB, x",
		"6,3,3,-;Tasks in /jobs/a are going to be killed due to memory.oom.group set",
		"3,4,4,-;Memory cgroup out of memory: Killed process 8 (c) total-vm:1kB, x",
		INVOKED,
		"6,6,6,-;Out of memory: OOM victim 167 (busybox) is already exiting. Skip killing "
		"the task",
		INVOKED,
		"4,8,8,-;Call Trace:",
	};
	_cleanup_records_ struct records r = { 0 };

	tell(&r, rows, ARRAY_SIZE(rows));
	assert_int_equal(story.report_count, 3);
	assert_true(story.report[0].complete && story.report[1].complete);
	assert_false(story.report[2].complete);
	assert_int_equal(story.victim_count, 2);
	assert_int_equal(story.victim[0].comm_len, 4); /* "a) b" */
	assert_true(story.victim[1].pid == 8);
}

static void test_nothing(void **state)
{
	static const char *const rows[] = { "6,0,1,-;quiet", "3,1,2,-;Killed process x (" };
	_cleanup_records_ struct records r = { 0 };

	oom_story(&r, &story);
	assert_int_equal(story.report_count, 0);
	tell(&r, rows, ARRAY_SIZE(rows));
	assert_int_equal(story.report_count + story.victim_count, 0);
}

static void test_bounded(void **state)
{
	_cleanup_records_ struct records r = { 0 };

	for (int i = 0; i < OOM_REPORTS_MAX + 5; i++)
		assert_int_equal(records_add(&r, TEXT(INVOKED)), 0);
	oom_story(&r, &story);
	assert_int_equal(story.report_count, OOM_REPORTS_MAX);
	assert_int_equal(story.reports_lost, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_several_and_group),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
