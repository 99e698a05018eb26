/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "fake.h"
#include "unit.h"

#include "source/conf_files.h"
#include "source/sysctl_d.h"

static void test_assignments(void **state)
{
	static const struct {
		const char *in;
		enum known known;
		uint64_t level;
	} rows[] = {
		{ "kernel.printk = 4 4 1 7\n", KNOWN, 4 },
		{ "kernel/printk=3\n", KNOWN, 3 },
		{ "-kernel.printk=3\n", KNOWN, 3 },
		{ "  kernel.printk\t=\t6 6 1 7", KNOWN, 6 },
		{ "kernel.printk=3\nkernel.printk=7\n", KNOWN, 7 },
		{ "kernel.printk=3\nkernel.printk=x\n", KNOWN, 3 },
		{ "#kernel.printk=3\n;kernel.printk=3\n", ABSENT, 0 },
		{ "kernel.printk\n", ABSENT, 0 },
		{ "kernel.printk =\n", ABSENT, 0 },
		{ "kernel.printk_delay = 3\n", ABSENT, 0 },
		{ "kernel.print = 3\n", ABSENT, 0 },
		{ "kernel.printk = -1\n", ABSENT, 0 },
		{ "=3\n", ABSENT, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sysctl_values v = { 0 };

		sysctl_parse(rows[i].in, strlen(rows[i].in), &v);
		assert_int_equal(v.loglevel.known, rows[i].known);
		assert_int_equal(v.loglevel.value, rows[i].level);
	}
}

/* By name over all directories; the same name in an earlier directory masks. */
static void test_precedence(void **state)
{
	static struct machine m;
	struct fake x = { 0 };

	fake_begin(&x);
	fake_file(&x, "usr/lib/sysctl.d/90-late.conf", "kernel.printk=8\n");
	fake_file(&x, "etc/sysctl.d/10-early.conf", "kernel.printk=4\nvm.oom_dump_tasks=0\n");
	fake_file(&x, "etc/sysctl.d/99-not-a-conf", "kernel.printk=1\n");
	fake_open(&x);
	sysctl_d_read(&x.root, false, &m);
	assert_true(m.persisted_loglevel.value == 8);
	assert_string_equal(m.persisted_file, "/usr/lib/sysctl.d/90-late.conf");
	assert_true(opt_is_known(m.persisted_dump_tasks) && !m.persisted_dump_tasks.value);
	assert_string_equal(m.persisted_dump_tasks_file, "/etc/sysctl.d/10-early.conf");

	fake_file(&x, "run/sysctl.d/90-late.conf", "");
	sysctl_d_read(&x.root, false, &m);
	assert_string_equal(m.persisted_file, "/etc/sysctl.d/10-early.conf");

	fake_file(&x, "etc/sysctl.conf", "kernel.printk=7\n");
	sysctl_d_read(&x.root, false, &m);
	assert_true(m.persisted_loglevel.value == 4);
	sysctl_d_read(&x.root, true, &m);
	assert_true(m.persisted_loglevel.value == 7);
	fake_end(&x);
}

static void test_nothing(void **state)
{
	static struct machine m;
	struct fake x = { 0 };

	fake_begin(&x);
	fake_open(&x);
	sysctl_d_read(&x.root, true, &m);
	assert_int_equal(m.persisted_loglevel.known, ABSENT);
	assert_string_equal(m.persisted_file, "");
	fake_file(&x, "etc/sysctl.d/50-x.conf/is-a-directory", "");
	sysctl_d_read(&x.root, true, &m);
	assert_int_equal(m.persisted_loglevel.known, UNREADABLE);
	assert_string_equal(m.persisted_file, "/etc/sysctl.d/50-x.conf");
	fake_end(&x);
}

/* What we did not see may decide. */
static void test_too_many(void **state)
{
	static struct machine m;
	struct fake x = { 0 };
	char path[64];

	fake_begin(&x);
	fake_file(&x, "etc/sysctl.d/000.conf", "kernel.printk=4\n");
	for (int i = 1; i <= CONF_FILES_MAX; i++) {
		(void)snprintf(path, sizeof(path), "etc/sysctl.d/%03d.conf", i);
		fake_file(&x, path, "");
	}
	fake_open(&x);
	sysctl_d_read(&x.root, false, &m);
	assert_int_equal(m.persisted_loglevel.known, UNREADABLE);
	assert_int_equal(m.persisted_dump_tasks.known, UNREADABLE);
	fake_end(&x);
}

static void test_many_files(void **state)
{
	static const char *const directories[] = { "a", "b" };
	static struct conf_files files;
	struct fake x = { 0 };
	char path[64];

	fake_begin(&x);
	for (int i = 0; i < CONF_FILES_MAX + 5; i++) {
		(void)snprintf(path, sizeof(path), "%c/%03d.conf", i % 2 ? 'a' : 'b', i);
		fake_file(&x, path, "");
	}
	fake_open(&x);
	conf_files_list(x.root.top, directories, ARRAY_SIZE(directories), &files);
	assert_int_equal(files.count, CONF_FILES_MAX);
	assert_true(files.cut);
	for (uint32_t i = 1; i < files.count; i++)
		assert_true(strcmp(files.path[i - 1] + 2, files.path[i] + 2) < 0);
	fake_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_assignments), cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_nothing),	    cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_many_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
