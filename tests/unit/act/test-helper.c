/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real helper process and a real process to save evidence of. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "act/helper.h"
#include "base/clock.h"
#include "base/fd.h"

static char base[] = "/tmp/test-helper-XXXXXX";
static char evidence[64];
static int proc_fd = -1;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(base))
		return -1;
	(void)snprintf(evidence, sizeof(evidence), "%s/evidence", base);
	proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return mkdir(evidence, 0700) < 0 || proc_fd < 0;
}

static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char name[600];

		(void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (e->d_name[0] != '.' && unlink(name) < 0)
			remove_tree(name);
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(path);
}

static int tear_down(void **state)
{
	(void)state;
	closep(&proc_fd);
	remove_tree(base);
	return access(base, F_OK) == 0;
}

static struct helper start(const char *directory, uint64_t keep)
{
	struct helper_config config = { .proc_fd = proc_fd, .sys_fd = -1, .evidence_keep = keep };
	struct helper h;
	struct fault f;

	(void)snprintf(config.evidence_dir, sizeof(config.evidence_dir), "%s", directory);
	assert_int_equal(helper_start(&config, &h, &f), 0);
	return h;
}

static void stop(struct helper *h)
{
	helper_stop(h);
	assert_int_equal(waitpid(h->pid, NULL, 0), h->pid); /* it ends by itself */
}

static int send_evidence(const struct helper *h, const char *name, int process_fd)
{
	struct helper_request r = { .kind = HELPER_EVIDENCE, .tag = 99, .payload_len = 4 };

	(void)snprintf(r.name, sizeof(r.name), "%s", name);
	return helper_send(h, &r, "{}\n\n", process_fd);
}

static struct helper_reply reply_of(const struct helper *h)
{
	struct pollfd p = { .fd = h->fd, .events = POLLIN };
	struct helper_reply reply;

	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(helper_take(h, &reply), 1);
	return reply;
}

static int self_dir(void)
{
	int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_evidence(void **state)
{
	struct helper h = start(evidence, 32);
	_cleanup_close_ int self = self_dir();
	struct helper_reply reply;
	char text[4096], want[32], path[512];
	size_t len;

	assert_int_equal(helper_take(&h, &reply), 0); /* nothing waits */
	assert_int_equal(send_evidence(&h, "20261123T081502Z-7-x", self), 0);
	reply = reply_of(&h);
	assert_int_equal(reply.result, 0);
	assert_int_equal(reply.tag, 99);
	assert_int_equal(reply.kind, HELPER_EVIDENCE);
	assert_true(reply.saved >= 10);
	/* of the process whose directory was sent, not of the helper */
	(void)snprintf(path, sizeof(path), "%s/status", reply.path);
	assert_int_equal(file_read_at(AT_FDCWD, path, text, sizeof(text), &len), 0);
	(void)snprintf(want, sizeof(want), "\nPid:\t%d\n", getpid());
	assert_non_null(strstr(text, want));
	(void)snprintf(path, sizeof(path), "%s/smaps_rollup", reply.path);
	assert_int_equal(file_read_at(AT_FDCWD, path, text, sizeof(text), &len), 0);
	assert_non_null(strstr(text, "Rss:"));
	(void)snprintf(path, sizeof(path), "%s/decision.json", reply.path);
	assert_int_equal(file_read_at(AT_FDCWD, path, text, sizeof(text), &len), 0);
	assert_string_equal(text, "{}\n\n");
	stop(&h);
}

/* The process ended meanwhile: what is left is saved, the rest is counted. */
static void test_process_is_gone(void **state)
{
	struct helper h = start(evidence, 32);
	struct helper_reply reply;
	char name[32];
	pid_t pid = fork();
	_cleanup_close_ int dir = -1;

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	(void)snprintf(name, sizeof(name), "/proc/%d", pid);
	dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(send_evidence(&h, "20261123T081503Z-7-x", dir), 0);
	reply = reply_of(&h);
	assert_int_equal(reply.result, 0);
	assert_true(reply.missing >= 10);
	assert_true(reply.saved >= 1);
	stop(&h);
}

static void test_missing_directory(void **state)
{
	struct helper h = start("/proc/none", 32);
	_cleanup_close_ int self = self_dir();

	assert_int_equal(send_evidence(&h, "20261123T081504Z-7-x", self), 0);
	assert_int_equal(reply_of(&h).result, -ENOENT);
	/* and it serves on */
	assert_int_equal(send_evidence(&h, "20261123T081504Z-7-x", self), 0);
	assert_int_equal(reply_of(&h).result, -ENOENT);
	stop(&h);
}

/* procfs has no free space: as a full disk. */
static void test_full_disk(void **state)
{
	struct helper h = start("/proc", 32);
	_cleanup_close_ int self = self_dir();

	assert_int_equal(send_evidence(&h, "20261123T081504Z-7-x", self), 0);
	assert_int_equal(reply_of(&h).result, -ENOSPC);
	stop(&h);
}

static uint32_t entries(const char *path, const char *prefix)
{
	DIR *d = opendir(path);
	struct dirent *e;
	uint32_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.' && strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	(void)closedir(d);
	return n;
}

/* Only the oldest of its own making go; what a person keeps there stays. */
static void test_keeps_the_newest(void **state)
{
	struct helper h = start(evidence, 3);
	_cleanup_close_ int self = self_dir();
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/notes", evidence);
	assert_int_equal(mkdir(path, 0700), 0);
	for (int i = 0; i < 6; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "20270101T00000%dZ-7-x", i);
		assert_int_equal(send_evidence(&h, name, self), 0);
		assert_int_equal(reply_of(&h).result, 0);
	}
	assert_int_equal(entries(evidence, "2027"), 3);
	assert_int_equal(entries(evidence, "20270101T000003Z"), 1);
	assert_int_equal(entries(evidence, "2026"), 0);
	assert_int_equal(entries(evidence, "notes"), 1);
	/* the same name again is refused, not mixed */
	assert_int_equal(send_evidence(&h, "20270101T000005Z-7-x", self), 0);
	assert_int_equal(reply_of(&h).result, -EEXIST);
	stop(&h);
}

static void test_killed(void **state)
{
	struct helper h = start(evidence, 3);
	struct pollfd p = { .fd = h.fd, .events = POLLIN };
	struct helper_reply reply;

	assert_int_equal(kill(h.pid, SIGKILL), 0);
	assert_int_equal(waitpid(h.pid, NULL, 0), h.pid);
	assert_int_equal(poll(&p, 1, 5000), 1); /* the guard's loop wakes */
	assert_int_equal(helper_take(&h, &reply), -EPIPE);
	assert_int_equal(send_evidence(&h, "x", -1), -EPIPE);
	helper_stop(&h);
	assert_int_equal(send_evidence(&h, "x", -1), -EPIPE);
	assert_int_equal(helper_take(&h, &reply), -EPIPE);
	helper_stop(&h);
}

/* It hangs, on a lock of the target perhaps: requests are refused at once in the end. */
static void test_hung(void **state)
{
	struct helper h = start(evidence, 3);
	int r = 0;

	assert_int_equal(kill(h.pid, SIGSTOP), 0);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = send_evidence(&h, "20261123T081504Z-7-x", -1);
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(kill(h.pid, SIGKILL), 0);
	stop(&h);
}

static int send_command(const struct helper *h, const char *script, const char *variable)
{
	struct helper_request r = { .kind = HELPER_COMMAND, .argc = 3 };
	char payload[1024];
	size_t len = sizeof("/bin/sh\0-c");

	memcpy(payload, "/bin/sh\0-c", len);
	len += (size_t)snprintf(payload + len, sizeof(payload) - len, "%s", script) + 1;
	len += (size_t)snprintf(payload + len, sizeof(payload) - len, "%s", variable) + 1;
	r.payload_len = (uint32_t)len;
	return helper_send(h, &r, payload, -1);
}

/* A hostile name is data in a variable, whatever it says. */
static void test_command(void **state)
{
	struct helper h = start(evidence, 3);
	char script[512], path[128], text[256] = "";
	size_t len = 0;
	double end = clock_boot_seconds() + 10;

	(void)snprintf(path, sizeof(path), "%s/told", base);
	(void)snprintf(script, sizeof(script),
		       "printf %%s \"$BULKHEAD_COMM\" >%s.new && mv %s.new %s", path, path, path);
	assert_int_equal(send_command(&h, script, "BULKHEAD_COMM=$(touch x);'\"\n`id`"), 0);
	assert_int_equal(reply_of(&h).result, 0);
	while (file_read_at(AT_FDCWD, path, text, sizeof(text), &len) < 0 &&
	       clock_boot_seconds() < end)
		(void)poll(NULL, 0, 10);
	assert_string_equal(text, "$(touch x);'\"\n`id`");
	stop(&h);
}

static void test_command_without_argv(void **state)
{
	struct helper h = start(evidence, 3);
	struct helper_request r = { .kind = HELPER_COMMAND, .argc = 9, .payload_len = 2 };

	assert_int_equal(helper_send(&h, &r, "a", -1), 0);
	assert_int_equal(reply_of(&h).result, -EINVAL);
	r.argc = 0;
	assert_int_equal(helper_send(&h, &r, "a", -1), 0);
	assert_int_equal(reply_of(&h).result, -EINVAL);
	stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_process_is_gone),
		cmocka_unit_test(test_missing_directory),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_keeps_the_newest),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_hung),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_without_argv),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
