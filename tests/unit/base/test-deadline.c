/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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

	assert_int_equal(deadline_run(5, say, text, -1, buf, sizeof(buf), &len), 0);
	assert_int_equal(len, strlen(text));
	assert_string_equal(buf, text);
}

static void test_failures(void **state)
{
	char text[] = "longer than the buffer", buf[8];
	size_t len = 77;

	assert_int_equal(deadline_run(5, refuse, NULL, -1, buf, sizeof(buf), &len), -ENOENT);
	assert_int_equal(deadline_run(5, say, text, -1, buf, sizeof(buf), &len), -EFBIG);
	assert_int_equal(deadline_run(5, die, NULL, -1, buf, sizeof(buf), &len), -EIO);
	assert_int_equal(len, 77);
}

/* The parent goes on at the deadline, and leaves no child behind. */
static void test_hang(void **state)
{
	char buf[8];
	size_t len;
	double begin = clock_boot_seconds(), took;

	assert_int_equal(deadline_run(0.05, hang, NULL, -1, buf, sizeof(buf), &len), -ETIMEDOUT);
	took = clock_boot_seconds() - begin;
	assert_true(took >= 0.05 && took < 2);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int linger(int out, void *arg)
{
	const int *told = arg;
	const pid_t self = getpid();

	(void)!write(*told, &self, sizeof(self));
	for (;;)
		(void)pause();
	return 0;
}

/*
 * While the child lives, who reads our stdout sees its end once we closed it, a lock of ours is
 * free once we gave it up, and the job still has the descriptor that it was promised. The caller
 * that dies first is a child here.
 */
static void test_survivor_holds_nothing(void **state)
{
	int reader[2], told[2];
	char lock[] = "/tmp/bulkhead-deadline-XXXXXX", c;
	int lock_fd = mkstemp(lock), again;
	struct pollfd end;
	pid_t caller, child;

	assert_true(lock_fd >= 0);
	again = open(lock, O_RDWR | O_CLOEXEC);
	assert_true(again >= 0);
	assert_int_equal(pipe2(reader, O_CLOEXEC), 0);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	assert_int_equal(flock(lock_fd, LOCK_EX | LOCK_NB), 0);
	caller = fork();
	assert_true(caller >= 0);
	if (caller == 0) {
		char buf[8];
		size_t len;

		(void)dup2(reader[1], STDOUT_FILENO);
		(void)close(again);
		(void)!deadline_run(60, linger, &told[1], told[1], buf, sizeof(buf), &len);
		_exit(0);
	}
	(void)close(reader[1]);
	(void)close(told[1]);
	(void)close(lock_fd);
	/* The job runs; now its parent goes, and what it leaves is a child that nobody kills. */
	assert_int_equal(read(told[0], &child, sizeof(child)), sizeof(child));
	assert_int_equal(kill(caller, SIGKILL), 0);
	assert_int_equal(waitpid(caller, NULL, 0), caller);
	end = (struct pollfd){ .fd = reader[0], .events = POLLIN };
	assert_int_equal(poll(&end, 1, 5000), 1);
	assert_int_equal(read(reader[0], &c, 1), 0);
	assert_int_equal(flock(again, LOCK_EX | LOCK_NB), 0);
	/* It lives still: it holds the end of `told`. */
	end = (struct pollfd){ .fd = told[0], .events = POLLIN };
	assert_int_equal(poll(&end, 1, 0), 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	(void)unlink(lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_survivor_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
