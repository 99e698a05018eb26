/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "act/knob.h"
#include "base/fd.h"

static char path[] = "/tmp/test-knob-XXXXXX";
static int dir = -1;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(path))
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlinkat(dir, "knob", 0);
	closep(&dir);
	return rmdir(path);
}

static void put(const char *text, size_t len)
{
	_cleanup_close_ int fd =
		openat(dir, "knob", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(fd_write_all(fd, text, len), 0);
}

static void test_read(void **state)
{
	char value[KNOB_SIZE] = "untouched";
	struct fault f = { 0 };

	put("max\n", 4);
	assert_int_equal(knob_read(dir, "knob", value, &f), 0);
	assert_string_equal(value, "max");
	put("-17", 3);
	assert_int_equal(knob_read(dir, "knob", value, &f), 0);
	assert_string_equal(value, "-17");
	assert_int_equal(knob_read(dir, "none", value, &f), -ENOENT);
	assert_non_null(strstr(f.what, "'none'"));
}

static void test_what_is_no_value(void **state)
{
	char value[KNOB_SIZE];
	struct fault f;

	put("", 0);
	assert_int_equal(knob_read(dir, "knob", value, &f), -EPROTO);
	put("a\0b\n", 4);
	assert_int_equal(knob_read(dir, "knob", value, &f), -EPROTO);
	put("0123456789012345678901234567890123456789\n", 41);
	assert_true(knob_read(dir, "knob", value, &f) < 0);
}

static void test_write(void **state)
{
	char value[KNOB_SIZE];
	struct fault f = { 0 };

	put("0\n", 2);
	assert_int_equal(knob_write(dir, "knob", "5", &f), 0);
	assert_int_equal(knob_read(dir, "knob", value, &f), 0);
	assert_string_equal(value, "5");
	assert_int_equal(knob_write(dir, "none", "5", &f), -ENOENT);
	assert_int_equal(knob_write(dir, "none", "5", NULL), -ENOENT);
}

/* On the real thing: up, and back to where it was, also without CAP_SYS_RESOURCE. */
static void test_oom_score_adj(void **state)
{
	char name[32], before[KNOB_SIZE], now[KNOB_SIZE];
	struct fault f;
	pid_t pid = fork();
	int process, status;

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	(void)snprintf(name, sizeof(name), "/proc/%d", pid);
	process = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(process >= 0);
	assert_int_equal(knob_read(process, "oom_score_adj", before, &f), 0);
	assert_int_equal(knob_write(process, "oom_score_adj", "900", &f), 0);
	assert_int_equal(knob_read(process, "oom_score_adj", now, &f), 0);
	assert_string_equal(now, "900");
	assert_int_equal(knob_write(process, "oom_score_adj", before, &f), 0);
	assert_int_equal(knob_write(process, "oom_score_adj", "1001", &f), -EINVAL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* the directory names the life, not the number */
	assert_int_equal(knob_read(process, "oom_score_adj", now, &f), -ESRCH);
	closep(&process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_what_is_no_value),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_oom_score_adj),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
