/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adaptive console quieting from a shortage to the file: /proc/sys/kernel/printk and the state file
 * are files of a temporary tree, decisions are caught instead of told. What the kernel makes of it
 * is tested in a virtual machine (tests/vm).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "cmd/guard_change.h"
#include "source/guard_config.h"

static char dir[] = "/tmp/test-guard-quiet-XXXXXX";
static char level_file[96], ignore_file[96], state_file[96];
static struct process_table table;
static struct guard guard;
static struct decision told[16];
static size_t told_count;

const struct process_table *__wrap_sampler_table(const struct sampler *s);
void __wrap_guard_tell(struct guard *g);

const struct process_table *__wrap_sampler_table(const struct sampler *s)
{
	(void)s;
	return &table;
}

void __wrap_guard_tell(struct guard *g)
{
	assert_true(told_count < ARRAY_SIZE(told));
	told[told_count++] = g->decision;
}

static void put(const char *file, const char *text)
{
	_cleanup_close_ int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static void expect_levels(const char *want)
{
	char buf[64];
	size_t len;

	assert_int_equal(file_read_at(AT_FDCWD, level_file, buf, sizeof(buf), &len), 0);
	assert_string_equal(buf, want);
}

static int make_tree(void **state)
{
	static const char *const dirs[] = {
		"",	"/proc",       "/proc/sys",	     "/proc/sys/kernel",
		"/sys", "/sys/module", "/sys/module/printk", "/sys/module/printk/parameters",
	};
	char path[96];

	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 1; i < ARRAY_SIZE(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dir, dirs[i]);
		if (mkdir(path, 0700) < 0)
			return -1;
	}
	(void)snprintf(level_file, sizeof(level_file), "%s/proc/sys/kernel/printk", dir);
	(void)snprintf(ignore_file, sizeof(ignore_file),
		       "%s/sys/module/printk/parameters/ignore_loglevel", dir);
	(void)snprintf(state_file, sizeof(state_file), "%s/state", dir);
	return 0;
}

static int remove_tree(void **state)
{
	static const char *const names[] = {
		"/proc/sys/kernel/printk",
		"/proc/sys/kernel",
		"/proc/sys",
		"/proc",
		"/sys/module/printk/parameters/ignore_loglevel",
		"/sys/module/printk/parameters",
		"/sys/module/printk",
		"/sys/module",
		"/sys",
		"/state",
		"",
	};
	char path[96];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dir, names[i]);
		(void)remove(path);
	}
	return access(dir, F_OK) == 0 ? -1 : 0;
}

/* A host of 1000 MiB whose only console takes about ten seconds for a report. */
static void start(void)
{
	struct guard_console *c;

	root_close(&guard.root);
	guard = (struct guard){ .root = ROOT_CLOSED, .helper = { .fd = -1 } };
	guard_policy_default(&guard.policy);
	assert_int_equal(root_open(dir, &guard.root, NULL), 0);
	assert_int_equal(changes_load(&guard.changes, state_file, "boot", NULL), 0);
	table = (struct process_table){ .host.page_bytes = 4096 };
	table.host.meminfo.total_bytes = 1000 * MIB;
	table.counts.read = 140;
	c = &guard.console;
	c->list.count = 1;
	c->list.console[0] = (struct console){ .name = "ttyS1",
					       .kind = CONSOLE_UART,
					       .registered = KNOWN,
					       .enabled = true,
					       .bits_per_second = opt_u64_of(19200),
					       .baud_source = BAUD_CMDLINE,
					       .bits_per_character = 10 };
	c->shape = (struct oom_report_shape){ .kernel = { 6, 1 },
					      .comm_bytes = 10,
					      .cpus = 2,
					      .nodes = 1,
					      .zones = 3,
					      .memory_bytes = 1000 * MIB,
					      .dump_tasks = true,
					      .timestamps = true };
	told_count = 0;
}

static void look(uint64_t left_mib, double now)
{
	table.host.meminfo.available_bytes = left_mib * MIB;
	guard_update_domains(&guard, now);
	guard_quiet_scanned(&guard);
	guard_quiet_attend(&guard, now);
}

/* The cheap clock: no scan, so nothing has been priced anew since the last one. */
static void glance(uint64_t left_mib, double now)
{
	table.host.meminfo.available_bytes = left_mib * MIB;
	guard_update_domains(&guard, now);
	guard_quiet_attend(&guard, now);
}

static int begin(void **state)
{
	(void)unlink(ignore_file);
	put(level_file, "7\t4\t1\t7\n");
	(void)unlink(state_file);
	start();
	return 0;
}

static void test_lowered_and_put_back(void **state)
{
	look(900, 1000);
	assert_int_equal(told_count, 0);
	/* 900 MiB above the shortage of 100 are nothing to a burst: looked at ten times a second */
	assert_true(guard_quiet_look_seconds(&guard) < 0.2);
	look(90, 1100);
	expect_levels("4\t4\t1\t7\n");
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].action, RUNG_QUIET);
	assert_int_equal(told[0].reason, DECISION_SHORT);
	assert_int_equal(told[0].result, RESULT_DONE);
	assert_non_null(strstr(told[0].detail, "kernel/printk 7 -> 4"));
	assert_non_null(strstr(told[0].detail, "a report would print for "));
	/* short, then not, but for less than restore_after */
	look(90, 1101);
	look(900, 1110);
	look(900, 1130);
	assert_int_equal(told_count, 1);
	look(900, 1131);
	expect_levels("7\t4\t1\t7\n");
	assert_int_equal(told_count, 2);
	assert_int_equal(told[1].action, RUNG_UNQUIET);
	assert_int_equal(told[1].reason, DECISION_NOT_SHORT);
	assert_int_equal(told[1].result, RESULT_DONE);
	/* and again */
	look(90, 1200);
	expect_levels("4\t4\t1\t7\n");
}

/* Between two scans as well: put back, short again, lowered again; and what an operator raised. */
static void test_the_cheap_clock_suffices(void **state)
{
	look(90, 1000);
	look(90, 1010);
	expect_levels("4\t4\t1\t7\n");
	glance(900, 1040);
	expect_levels("7\t4\t1\t7\n");
	assert_true(guard_quiet_look_seconds(&guard) < 0.2);
	glance(90, 1041);
	expect_levels("4\t4\t1\t7\n");
	assert_int_equal(told_count, 3);
	begin(NULL);
	put(level_file, "4\t4\t1\t7\n");
	look(90, 1000);
	assert_int_equal(told_count, 0);
	put(level_file, "7\t4\t1\t7\n");
	glance(90, 1001);
	expect_levels("4\t4\t1\t7\n");
}

static void test_a_level_that_is_ignored_is_left_alone(void **state)
{
	put(ignore_file, "Y\n");
	look(90, 1000);
	guard.policy.quiet = QUIET_YES;
	look(90, 1001);
	assert_int_equal(told_count, 0);
	expect_levels("7\t4\t1\t7\n");
	/* switched off meanwhile, as doctor --fix does */
	put(ignore_file, "N\n");
	glance(90, 1002);
	expect_levels("4\t4\t1\t7\n");
}

static void test_put_back_on_stop_and_after_a_crash(void **state)
{
	look(90, 1000);
	expect_levels("4\t4\t1\t7\n");
	/* what a SIGKILL leaves: the file, and nothing else */
	start();
	guard_take_back_all(&guard, DECISION_RECOVERED);
	expect_levels("7\t4\t1\t7\n");
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].action, RUNG_UNQUIET);
	assert_int_equal(told[0].reason, DECISION_RECOVERED);
	assert_false(told[0].has_chosen);
	look(90, 1000);
	guard_take_back_all(&guard, DECISION_STOPPING);
	expect_levels("7\t4\t1\t7\n");
	/* once only */
	told_count = 0;
	guard_take_back_all(&guard, DECISION_STOPPING);
	assert_int_equal(told_count, 0);
}

/* An operator's level is the operator's: neither overwritten, nor taken for guard's. */
static void test_somebody_elses_level_stays(void **state)
{
	put(level_file, "3\t4\t1\t7\n");
	look(90, 1000);
	assert_int_equal(told_count, 0);
	expect_levels("3\t4\t1\t7\n");
	put(level_file, "7\t4\t1\t7\n");
	look(90, 1001);
	expect_levels("4\t4\t1\t7\n");
	put(level_file, "8\t4\t1\t7\n");
	look(900, 1100);
	expect_levels("8\t4\t1\t7\n");
	assert_int_equal(told_count, 2);
	assert_non_null(strstr(told[1].detail, "left alone"));
}

static void test_nothing_to_protect(void **state)
{
	guard.console.list.console[0].bits_per_second = opt_u64_of(4000000);
	look(90, 1000);
	assert_int_equal(told_count, 0);
	assert_true(guard_quiet_look_seconds(&guard) > 1e9);
	guard.policy.quiet = QUIET_YES;
	look(90, 1001);
	assert_int_equal(told_count, 1);
	begin(NULL);
	guard.policy.quiet = QUIET_NO;
	look(90, 1000);
	assert_int_equal(told_count, 0);
	expect_levels("7\t4\t1\t7\n");
}

static void test_dry_run_tells_once(void **state)
{
	guard.policy.dry_run = true;
	look(90, 1000);
	look(80, 1001);
	expect_levels("7\t4\t1\t7\n");
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].result, RESULT_DRY_RUN);
	look(900, 1100);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[1].result, RESULT_DRY_RUN);
}

/* A change that cannot be recorded is not made, and not tried again at every look. */
static void test_no_record_no_change(void **state)
{
	(void)snprintf(guard.changes.file, sizeof(guard.changes.file), "/proc/no/state");
	look(90, 1000);
	look(90, 1001);
	expect_levels("7\t4\t1\t7\n");
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].result, RESULT_FAILED);
	(void)snprintf(guard.changes.file, sizeof(guard.changes.file), "%s", state_file);
	look(90, 1031);
	expect_levels("4\t4\t1\t7\n");
}

static void test_unreadable_level(void **state)
{
	put(level_file, "garbage\n");
	look(90, 1000);
	assert_int_equal(told_count, 0);
	expect_levels("garbage\n");
}

/* The changes made for a suspect are taken back with it; the console's is not one of those. */
static void test_a_suspects_end_does_not_restore(void **state)
{
	const struct suspect s = { .id = { 42, 7 }, .used = true };

	look(90, 1000);
	guard_take_back_changes(&guard, &s);
	expect_levels("4\t4\t1\t7\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lowered_and_put_back, begin),
		cmocka_unit_test_setup(test_the_cheap_clock_suffices, begin),
		cmocka_unit_test_setup(test_a_level_that_is_ignored_is_left_alone, begin),
		cmocka_unit_test_setup(test_put_back_on_stop_and_after_a_crash, begin),
		cmocka_unit_test_setup(test_somebody_elses_level_stays, begin),
		cmocka_unit_test_setup(test_nothing_to_protect, begin),
		cmocka_unit_test_setup(test_dry_run_tells_once, begin),
		cmocka_unit_test_setup(test_no_record_no_change, begin),
		cmocka_unit_test_setup(test_unreadable_level, begin),
		cmocka_unit_test_setup(test_a_suspects_end_does_not_restore, begin),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
