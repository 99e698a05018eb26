/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "source/sampler.h"

static struct sampler_config small(void)
{
	struct sampler_config c = sampler_config_guard();

	c.slow_seconds = 1000;
	return c;
}

static struct sampler *open_live(const struct root *root, struct sampler_config c)
{
	struct sampler *s = NULL;
	struct fault f = { 0 };

	assert_int_equal(sampler_open(root, &c, &s, &f), 0);
	return s;
}

static const struct process_table *pass(struct sampler *s, double now)
{
	struct fault f = { 0 };
	const struct process_table *t = sampler_table(s);

	if (sampler_pass(s, now, &f) < 0)
		fail_msg("%s", f.what);
	assert_int_equal(t->counts.listed, t->counts.read + t->counts.kthreads +
						   t->counts.vanished + t->counts.unreadable +
						   t->counts.over_capacity);
	return t;
}

static uint32_t slot_of(const struct process_table *t, pid_t pid)
{
	for (uint32_t i = 0; i < t->high; i++)
		if (t->state[i] != SLOT_FREE && t->process[i].id.pid == pid)
			return i;
	return UINT32_MAX;
}

static pid_t start_child(const char *comm)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_NAME, comm);
		for (;;)
			pause();
	}
	/* The name is there when the child waits; ask until it is. */
	for (int i = 0; i < 1000; i++) {
		char path[64], got[32] = "";
		_cleanup_close_ int fd = -1;

		(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, got, sizeof(got) - 1) > 0 &&
		    strncmp(got, comm, strlen(comm)) == 0)
			return pid;
		(void)usleep(1000);
	}
	fail_msg("the child did not get its name");
	return pid;
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_life_of_a_child(void **state)
{
	static const char hostile[] = ") R 1\n\033[2J(";
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct sampler *s;
	const struct process_table *t;
	uint32_t self, i;
	pid_t child;

	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, small());
	t = pass(s, 100);
	self = slot_of(t, getpid());
	assert_true(self != UINT32_MAX);
	assert_int_equal(t->state[self], SLOT_NEW);
	assert_true(t->process[self].fields & PROCESS_ANON);
	assert_true(t->process[self].anon_bytes > 0);
	assert_int_equal(t->process[self].ppid, getppid());
	assert_int_equal(t->process[self].uid, geteuid());

	child = start_child(hostile);
	t = pass(s, 101);
	assert_int_equal(slot_of(t, getpid()), self);
	assert_int_equal(t->state[self], SLOT_LIVE);
	i = slot_of(t, child);
	assert_true(i != UINT32_MAX);
	assert_int_equal(t->state[i], SLOT_NEW);
	assert_string_equal(t->process[i].comm, hostile);
	assert_int_equal(t->process[i].ppid, getpid());
	assert_true(t->process[i].first_seen_seconds == 101);
	assert_true(sampler_dirfd(s, i) >= 0);

	end_child(child);
	t = pass(s, 102);
	assert_int_equal(slot_of(t, child), UINT32_MAX);
	assert_int_equal(t->state[i], SLOT_FREE);
	assert_int_equal(sampler_dirfd(s, i), -1);
	sampler_free(s);
}

/* A zombie holds nothing; it is read, and it is no error. */
static void test_zombie(void **state)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct sampler *s;
	const struct process_table *t;
	siginfo_t info;
	uint32_t i;
	pid_t child = start_child("to-be-zombie");

	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, small());
	i = slot_of(pass(s, 1), child);
	assert_true(i != UINT32_MAX);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	t = pass(s, 2);
	assert_int_equal(slot_of(t, child), i);
	assert_true(t->process[i].zombie);
	assert_false(t->process[i].fields & PROCESS_ANON);
	assert_int_equal(process_held_bytes(&t->process[i]), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	sampler_free(s);
}

static void *hold_memory(void *arg)
{
	memset(arg, 1, 8 * MIB);
	(void)pause();
	return NULL;
}

/* The leader is a zombie, a thread holds 8 MiB: a leak must not hide there. */
static void test_leader_exited(void **state)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct sampler *s;
	const struct process_table *t = NULL;
	uint32_t i = UINT32_MAX;
	pid_t child = fork();

	if (child == 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, hold_memory, malloc(8 * MIB)))
			_exit(1);
		pthread_exit(NULL);
	}
	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, small());
	for (int tries = 0; tries < 200; tries++) {
		t = pass(s, tries);
		i = slot_of(t, child);
		assert_true(i != UINT32_MAX);
		if (t->process[i].anon_bytes >= 8 * MIB)
			break;
		(void)usleep(10000);
	}
	(void)usleep(20000);
	t = pass(s, 1000);
	assert_false(t->process[i].zombie);
	assert_true(t->process[i].anon_bytes >= 8 * MIB);
	end_child(child);
	sampler_free(s);
}

static void test_without_descriptors(void **state)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct sampler_config c = small();
	struct sampler *s;
	const struct process_table *t;
	pid_t child = start_child("no-dirfd");
	uint32_t i;

	c.max_dirfds = 0;
	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, c);
	i = slot_of(pass(s, 1), child);
	assert_int_equal(sampler_dirfd(s, i), -1);
	t = pass(s, 2);
	assert_int_equal(t->state[i], SLOT_LIVE);
	assert_true(t->process[i].anon_bytes > 0);
	end_child(child);
	t = pass(s, 3);
	assert_int_equal(t->state[i], SLOT_FREE);
	sampler_free(s);
}

/* Descriptors run out in the middle: the sampler gives its own back and loses nobody. */
static void test_descriptors_run_out(void **state)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct rlimit before, low;
	struct sampler *s;
	const struct process_table *t;
	uint32_t i;
	int fd;

	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, small());
	t = pass(s, 1);
	i = slot_of(t, getpid());
	fd = dup(0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = (struct rlimit){ (rlim_t)fd, before.rlim_max };
	assert_int_equal(close(fd), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	t = pass(s, 2);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(t->counts.unreadable, 0);
	assert_int_equal(t->state[i], SLOT_LIVE);
	sampler_free(s);
}

static void test_over_capacity(void **state)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct sampler_config c = small();
	pid_t child[4];
	struct sampler *s;
	const struct process_table *t;

	for (size_t i = 0; i < ARRAY_SIZE(child); i++)
		child[i] = start_child("crowd");
	c.max_processes = 3;
	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, c);
	t = pass(s, 1);
	assert_int_equal(t->counts.read, 3);
	assert_true(t->counts.over_capacity >= 2);
	assert_true(t->counts.kthreads > 3); /* more than the room for them: still told apart */
	for (size_t i = 0; i < ARRAY_SIZE(child); i++)
		end_child(child[i]);
	sampler_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life_of_a_child),
		cmocka_unit_test(test_zombie),
		cmocka_unit_test(test_leader_exited),
		cmocka_unit_test(test_without_descriptors),
		cmocka_unit_test(test_descriptors_run_out),
		cmocka_unit_test(test_over_capacity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
