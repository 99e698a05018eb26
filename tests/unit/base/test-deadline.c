/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/clock.h"
#include "base/deadline.h"
#include "base/fd.h"

static int say(int out, void *arg)
{
	return fd_write_all(out, arg, strlen(arg));
}

static int refuse(int out, void *arg)
{
	(void)!write(out, "half", 4);
	return -ENOENT;
}

static int hang(int out, void *arg)
{
	for (;;)
		(void)pause();
	return 0;
}

static int die(int out, void *arg)
{
	(void)kill(getpid(), SIGKILL);
	return 0;
}

static void test_answer(void **state)
{
	char text[] = "an answer", buf[32];
	size_t len = 0;

	assert_int_equal(deadline_run(5, say, text, buf, sizeof(buf), &len), 0);
	assert_int_equal(len, strlen(text));
	assert_string_equal(buf, text);
}

static void test_failures(void **state)
{
	char text[] = "longer than the buffer", buf[8];
	size_t len = 77;

	assert_int_equal(deadline_run(5, refuse, NULL, buf, sizeof(buf), &len), -ENOENT);
	assert_int_equal(deadline_run(5, say, text, buf, sizeof(buf), &len), -EFBIG);
	assert_int_equal(deadline_run(5, die, NULL, buf, sizeof(buf), &len), -EIO);
	assert_int_equal(len, 77);
}

/* The parent goes on at the deadline, and leaves no child behind. */
static void test_hang(void **state)
{
	char buf[8];
	size_t len;
	double begin = clock_boot_seconds(), took;

	assert_int_equal(deadline_run(0.05, hang, NULL, buf, sizeof(buf), &len), -ETIMEDOUT);
	took = clock_boot_seconds() - begin;
	assert_true(took >= 0.05 && took < 2);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
