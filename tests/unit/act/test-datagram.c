/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

#include "act/datagram.h"
#include "base/fd.h"

/* A listener at a path, or at an abstract name when it begins with '@'. */
static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(a.sun_path, path, len);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	return fd;
}

static void expect_message(int from, const char *text)
{
	char buf[256];
	ssize_t n = recv(from, buf, sizeof(buf), 0);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, strlen(text));
}

static void test_notify_socket(void **state)
{
	char path[64];
	_cleanup_close_ int listener = -1;
	_cleanup_close_ int fd = -1;

	(void)snprintf(path, sizeof(path), "/tmp/test-datagram-%d", getpid());
	listener = listen_at(path);
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	fd = notify_connect();
	assert_true(fd >= 0);
	assert_int_equal(datagram_send(fd, "READY=1\n", 8), 0);
	expect_message(listener, "READY=1\n");
	assert_int_equal(unlink(path), 0);
	closep(&listener);
	assert_int_equal(datagram_send(fd, "X", 1), -ECONNREFUSED);
	assert_int_equal(notify_connect(), -ENOENT);
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_int_equal(notify_connect(), -ENOENT);
}

static void test_abstract(void **state)
{
	char path[64];
	_cleanup_close_ int listener = -1;
	_cleanup_close_ int fd = -1;

	(void)snprintf(path, sizeof(path), "@test-datagram-%d", getpid());
	listener = listen_at(path);
	fd = datagram_connect(path);
	assert_true(fd >= 0);
	assert_int_equal(datagram_send(fd, "STATUS=x\n", 9), 0);
	expect_message(listener, "STATUS=x\n");
}

/* A listener that does not read: the message is lost and said so, nobody waits. */
static void test_full_socket(void **state)
{
	char path[64];
	_cleanup_close_ int listener = -1;
	_cleanup_close_ int fd = -1;
	int r = 0;

	(void)snprintf(path, sizeof(path), "@test-datagram-full-%d", getpid());
	listener = listen_at(path);
	fd = datagram_connect(path);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = datagram_send(fd, "WATCHDOG=1\n", 11);
	assert_int_equal(r, -EAGAIN);
}

static void test_paths_that_are_none(void **state)
{
	char path[200];

	assert_int_equal(datagram_connect(""), -EINVAL);
	assert_int_equal(datagram_connect("/"), -EINVAL);
	assert_int_equal(datagram_connect("relative"), -EINVAL);
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(datagram_connect(path), -EINVAL);
}

static void test_journal_fields(void **state)
{
	static const char expected[] = "A=plain\n"
				       "B\n\x05\0\0\0\0\0\0\0x\nC=y\n"
				       "D=\n";
	char buf[128];
	struct strbuf s = STRBUF(buf);

	journal_field(&s, "A", "plain", 5);
	/* What looks like another field is only a value, by its length. */
	journal_field(&s, "B", "x\nC=y", 5);
	journal_field(&s, "D", "", 0);
	assert_int_equal(s.len, sizeof(expected) - 1);
	assert_memory_equal(s.buf, expected, sizeof(expected) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notify_socket),  cmocka_unit_test(test_abstract),
		cmocka_unit_test(test_full_socket),    cmocka_unit_test(test_paths_that_are_none),
		cmocka_unit_test(test_journal_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
