/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "act/pidfd.h"
#include "act/worker.h"
#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define HELD (64u << 20)

/* A child that holds memory and waits, ready when this returns. */
static pid_t waiting_child(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		char *p = mmap(NULL, HELD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		memset(p, 1, HELD);
		(void)!write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static bool ended_within_5_s(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 5000) == 1 && pidfd_has_exited(pidfd);
}

static void test_life(void **state)
{
	pid_t pid = waiting_child();
	_cleanup_close_ int fd = pidfd_open_process(pid);

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_false(pidfd_has_exited(fd));
	/* it is not dying: nothing is taken from it */
	assert_int_equal(pidfd_mrelease(fd), -EINVAL);
	assert_int_equal(pidfd_signal(fd, SIGKILL), 0);
	assert_true(ended_within_5_s(fd));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(pidfd_has_exited(fd));
	/*
	 * The number may belong to somebody else from here on; the handle still means the one that
	 * ended. That is all there is to reused pids.
	 */
	assert_int_equal(pidfd_signal(fd, SIGKILL), -ESRCH);
	assert_int_equal(pidfd_mrelease(fd), -ESRCH);
	assert_int_equal(pidfd_open_process(pid), -ESRCH);
}

static void test_what_is_none(void **state)
{
	assert_int_equal(pidfd_open_process(0), -EINVAL);
	assert_int_equal(pidfd_open_process(-5), -EINVAL);
	assert_int_equal(pidfd_signal(-1, SIGKILL), -EBADF);
	assert_false(pidfd_has_exited(-1));
}

static struct worker_result result_of(struct worker *w)
{
	struct pollfd p = { .fd = worker_fd(w), .events = POLLIN };
	struct worker_result r = { 0 };

	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(worker_take(w, &r), 1);
	return r;
}

static void test_worker_mrelease(void **state)
{
	static struct worker *w; /* never freed: its thread may hang in a call */
	struct worker_result r;
	struct fault f;
	pid_t pid = waiting_child();
	struct worker_job job = { .kind = WORKER_MRELEASE, .tag = 7 };
	_cleanup_close_ int fd = pidfd_open_process(pid);

	assert_int_equal(worker_start(&w, &f), 0);
	assert_int_equal(worker_take(w, &r), 0);
	assert_int_equal(pidfd_signal(fd, SIGKILL), 0);
	job.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	assert_true(job.fd >= 0);
	assert_int_equal(worker_submit(w, &job), 0);
	r = result_of(w);
	assert_int_equal(r.tag, 7);
	assert_int_equal(r.kind, WORKER_MRELEASE);
	/* 0, or the child was quicker than the worker, or the kernel is older than 5.15 */
	assert_true(r.result == 0 || r.result == -ESRCH || r.result == -ENOSYS);
	/* the worker has closed what it was given */
	assert_true(fcntl(job.fd, F_GETFD) < 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	worker_stop(w, 1);
}

/* Busy with a FIFO that nobody reads: the next job is refused at once, its descriptor closed. */
static void test_worker_busy(void **state)
{
	char dir[] = "/tmp/test-worker-XXXXXX";
	struct worker_job job = { .kind = WORKER_KNOB_WRITE, .file = "fifo", .value = "1" };
	static struct worker *w;
	struct fault f;
	int dirfd, reader;

	assert_non_null(mkdtemp(dir));
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkfifoat(dirfd, "fifo", 0600), 0);
	assert_int_equal(worker_start(&w, &f), 0);
	job.fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	assert_int_equal(worker_submit(w, &job), 0);
	job.fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	assert_int_equal(worker_submit(w, &job), -EBUSY);
	assert_true(fcntl(job.fd, F_GETFD) < 0);
	reader = openat(dirfd, "fifo", O_RDONLY | O_CLOEXEC);
	assert_int_equal(result_of(w).result, 0);
	closep(&reader);
	/* and it works on */
	job.fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	(void)snprintf(job.file, sizeof(job.file), "none");
	assert_int_equal(worker_submit(w, &job), 0);
	assert_int_equal(result_of(w).result, -ENOENT);
	worker_stop(w, 1);
	worker_stop(NULL, 1);
	assert_int_equal(unlinkat(dirfd, "fifo", 0), 0);
	closep(&dirfd);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_worker_mrelease),
		cmocka_unit_test(test_worker_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
