/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "source/proc_children.h"

static void test_parse(void **state)
{
	int32_t pid[3] = { 0 };
	uint32_t count = 0;

	assert_int_equal(proc_children_parse("", 0, pid, 3, &count), 0);
	assert_int_equal(count, 0);
	/* as the kernel writes it: a blank behind each, no newline */
	assert_int_equal(proc_children_parse("17 4194304 ", 11, pid, 3, &count), 0);
	assert_int_equal(count, 2);
	/* of another thread */
	assert_int_equal(proc_children_parse("5 6 7 ", 6, pid, 3, &count), 0);
	assert_int_equal(count, 5);
	assert_true(pid[0] == 17 && pid[1] == 4194304 && pid[2] == 5);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = { "0 ", "-1 ", "x ", "1x ", "2147483648 ", "1,2 " };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int32_t pid[1];
		uint32_t count = 0;

		assert_int_equal(proc_children_parse(rows[i], strlen(rows[i]), pid, 1, &count),
				 -EPROTO);
		assert_int_equal(count, 0);
	}
}

static void test_of_this_process(void **state)
{
	_cleanup_close_ int proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int32_t pid[4] = { 0 };
	uint32_t count = 0;
	pid_t child = fork();
	int r;

	assert_true(child >= 0 && proc >= 0);
	if (child == 0)
		for (;;)
			pause();
	r = proc_children_read(proc, (int32_t)gettid(), pid, 4, &count);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	if (r == -ENOENT)
		skip_because("a kernel without CONFIG_PROC_CHILDREN");
	assert_int_equal(r, 0);
	assert_int_equal(count, 1);
	assert_int_equal(pid[0], child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_of_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
