/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fd.h"

/* How long a killed child may take to go: it is nothing where it can be killed at all. */
#define REAP_SECONDS 0.1

static int timeout_ms(double until)
{
	double left = until - clock_boot_seconds();

	return left <= 0 ? 0 : (int)MIN(left * 1000 + 1, 1e9);
}

/* Reads to the end of file, or until the deadline. */
static int collect(int in, double until, char *buf, size_t size, size_t *ret_len)
{
	size_t len = 0;

	for (;;) {
		struct pollfd p = { .fd = in, .events = POLLIN };
		int r = poll(&p, 1, timeout_ms(until));
		ssize_t n;

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0)
			continue;
		n = read(in, buf + len, size - len);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == size)
			return -EFBIG;
	}
	buf[len] = '\0';
	*ret_len = len;
	return 0;
}

/* 0 and the wait status, or -ETIMEDOUT when it did not end. */
static int reap(pid_t pid, double seconds, int *ret_status)
{
	double until = clock_boot_seconds() + seconds;

	for (;;) {
		pid_t r = waitpid(pid, ret_status, WNOHANG);

		if (r == pid)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (clock_boot_seconds() >= until)
			return -ETIMEDOUT;
		(void)poll(NULL, 0, 1);
	}
}

static void close_between(unsigned int first, unsigned int last)
{
	struct rlimit limit;

	if (first > last || close_range(first, last, 0) == 0)
		return;
	/* Before Linux 5.9. */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		(void)close((int)fd);
}

/* A child in an uninterruptible wait outlives us, with all that it has open. */
static void let_go(int out, int keep)
{
	const int low = keep < 0 ? out : MIN(out, keep), high = MAX(out, keep);
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fd != out && fd != keep && (null < 0 || dup2(null, fd) < 0))
			(void)close(fd);
	close_between(STDERR_FILENO + 1, (unsigned int)low - 1);
	close_between(MAX(STDERR_FILENO, low) + 1U, (unsigned int)high - 1);
	close_between(MAX(STDERR_FILENO, high) + 1U, UINT_MAX);
}

static _Noreturn void run_child(int out, int keep, int (*job)(int out, void *arg), void *arg)
{
	int r;

	let_go(out, keep);
	r = job(out, arg);

	/* The errno goes by the exit status: those of Linux that a file can give are below 256. */
	_exit(r < 0 ? MIN(-r, 255) : 0);
}

int deadline_run(double seconds, int (*job)(int out, void *arg), void *arg, int keep, char *buf,
		 size_t size, size_t *ret_len)
{
	double until = clock_boot_seconds() + seconds;
	int pipe_fd[2], status = 0, r;
	size_t len = 0;
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return -errno;
	_cleanup_close_ int in = pipe_fd[0];
	_cleanup_close_ int out = pipe_fd[1];

	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		run_child(out, keep, job, arg);
	closep(&out);
	r = collect(in, until, buf, size, &len);
	/* The child is not reaped yet, so the pid is its own still. */
	if (r < 0)
		(void)kill(pid, SIGKILL);
	if (reap(pid, REAP_SECONDS, &status) < 0)
		return r < 0 ? r : -ETIMEDOUT;
	if (r < 0)
		return r;
	if (!WIFEXITED(status))
		return -EIO;
	if (WEXITSTATUS(status))
		return -WEXITSTATUS(status);
	*ret_len = len;
	return 0;
}
