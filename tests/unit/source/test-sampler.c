/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/alloc_trap.h"
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

	int r;

	/* under the sanitizers an allocation in here aborts */
	alloc_trap_arm();
	r = sampler_pass(s, now, &f);
	alloc_trap_disarm();
	if (r < 0)
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

static void wait_for_comm(pid_t pid, const char *comm)
{
	for (int i = 0; i < 1000; i++) {
		char path[64], got[32] = "";
		_cleanup_close_ int fd = -1;

		(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, got, sizeof(got) - 1) > 0 &&
		    strncmp(got, comm, strlen(comm)) == 0)
			return;
		(void)usleep(1000);
	}
	fail_msg("the child did not get its name");
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
	wait_for_comm(pid, comm);
	return pid;
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Does this process hold a descriptor of /proc/PID, also of one that has ended? */
static bool is_kept(pid_t pid)
{
	char want[32], got[64];

	(void)snprintf(want, sizeof(want), "/proc/%d", pid);
	for (int fd = 0; fd < 1024; fd++) {
		char link[32];
		ssize_t n;

		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, got, sizeof(got) - 1);
		got[MAX(n, 0)] = '\0';
		if (strcmp(got, want) == 0)
			return true;
	}
	return false;
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
	assert_int_equal(t->process[self].session, getsid(0));
	assert_int_equal(t->process[self].uid, geteuid());

	child = start_child(hostile);
	t = pass(s, 101);
	assert_int_equal(slot_of(t, getpid()), self);
	assert_int_equal(t->state[self], SLOT_LIVE);
	i = slot_of(t, child);
	assert_true(i != UINT32_MAX);
	assert_int_equal(t->state[i], SLOT_NEW);
	assert_string_equal(t->process[i].comm, hostile);
	assert_int_equal(t->process[i].session, getsid(0));
	assert_true(is_kept(child));

	end_child(child);
	t = pass(s, 102);
	assert_int_equal(slot_of(t, child), UINT32_MAX);
	assert_int_equal(t->state[i], SLOT_FREE);
	assert_false(is_kept(child));
	sampler_free(s);
}

/* Seen before it took its own name, it is called by that from the next pass on. */
static void test_a_newborn_gets_its_name(void **state)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	const struct process_table *t;
	struct sampler *s;
	pid_t child;
	int go[2];

	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, small());
	(void)pass(s, 100);
	assert_int_equal(pipe(go), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char c;

		(void)!read(go[0], &c, 1);
		(void)execlp("sleep", "sleep", "60", (char *)NULL);
		_exit(127);
	}
	t = pass(s, 101);
	assert_string_not_equal(t->process[slot_of(t, child)].comm, "sleep");
	assert_int_equal(write(go[1], "x", 1), 1);
	wait_for_comm(child, "sleep");
	t = pass(s, 102);
	assert_string_equal(t->process[slot_of(t, child)].comm, "sleep");
	end_child(child);
	(void)close(go[0]);
	(void)close(go[1]);
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

/* A child that does one more thing each time it is told to. */
struct worker {
	pid_t pid;
	int tell, done;
};

static struct worker worker_start(void (*const *step)(void), size_t steps)
{
	struct worker w;
	int tell[2], done[2];

	assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
	assert_int_equal(pipe2(done, O_CLOEXEC), 0);
	w = (struct worker){ fork(), tell[1], done[0] };
	assert_true(w.pid >= 0);
	if (w.pid == 0) {
		char c;

		for (size_t i = 0; i < steps && read(tell[0], &c, 1) == 1; i++) {
			step[i]();
			if (write(done[1], &c, 1) != 1)
				_exit(1);
		}
		for (;;)
			(void)pause();
	}
	(void)close(tell[0]);
	(void)close(done[1]);
	return w;
}

static void worker_step(const struct worker *w)
{
	char c = 'x';

	assert_int_equal(write(w->tell, &c, 1), 1);
	assert_int_equal(read(w->done, &c, 1), 1);
}

static void worker_end(const struct worker *w)
{
	(void)close(w->tell);
	(void)close(w->done);
	end_child(w->pid);
}

static void touch(int flags, size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	for (size_t i = 0; i < bytes; i += 4096)
		((volatile char *)p)[i] = 1;
}

static void grow_anon(void)
{
	touch(MAP_PRIVATE, 16 * MIB);
}

static void grow_shmem(void)
{
	touch(MAP_SHARED, 8 * MIB);
}

/* What statm tells, and what only status tells, both arrive in the next pass. */
static void follow_growth(struct sampler_config c)
{
	static void (*const steps[])(void) = { grow_anon, grow_shmem, grow_anon };
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct worker w = worker_start(steps, ARRAY_SIZE(steps));
	const struct process *p;
	struct process before;
	struct sampler *s;

	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, c);
	(void)pass(s, 1);
	p = &pass(s, 2)->process[slot_of(sampler_table(s), w.pid)];
	before = *p;
	worker_step(&w);
	(void)pass(s, 3);
	/* the counters may lag by the noise of the kernel, far below 1 MiB here */
	assert_true(p->anon_bytes - before.anon_bytes > 15 * MIB);
	assert_true(p->anon_bytes - before.anon_bytes < 17 * MIB);
	assert_true(p->data_bytes - before.data_bytes >= 16 * MIB);
	assert_true(p->data_bytes - before.data_bytes < 17 * MIB);
	assert_true(p->vm_bytes - before.vm_bytes >= 16 * MIB);
	assert_true(p->shmem_bytes - before.shmem_bytes < MIB);
	before = *p;
	worker_step(&w);
	(void)pass(s, 4);
	assert_true(p->shmem_bytes - before.shmem_bytes > 7 * MIB);
	assert_true(p->anon_bytes - before.anon_bytes < MIB);
	before = *p;
	worker_step(&w);
	(void)pass(s, 5);
	assert_true(p->anon_bytes - before.anon_bytes > 15 * MIB);
	assert_true(p->shmem_bytes == before.shmem_bytes);
	worker_end(&w);
	sampler_free(s);
}

static void test_growth_is_seen(void **state)
{
	struct sampler_config c = small();

	follow_growth(c);
	c.max_statm = 0;
	follow_growth(c);
	c.max_dirfds = 0;
	follow_growth(c);
	c.slow_seconds = 0;
	follow_growth(c);
}

/* A child with the pid of one that ended; 0 when this kernel or container does not let us choose.
 */
static pid_t start_child_as(pid_t pid)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uint64_t)(uintptr_t)&pid,
				   .set_tid_size = 1 };
	long r = syscall(SYS_clone3, &args, sizeof(args));

	if (r == 0)
		for (;;)
			(void)pause();
	return r < 0 ? 0 : (pid_t)r;
}

static void reuse_pid(struct sampler_config c)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	const struct process_table *t;
	struct process_id before;
	struct sampler *s;
	uint32_t i;
	pid_t child = start_child("first-life");

	assert_int_equal(root_open(NULL, &root, NULL), 0);
	s = open_live(&root, c);
	(void)pass(s, 1);
	t = pass(s, 2);
	i = slot_of(t, child);
	assert_int_equal(t->state[i], SLOT_LIVE);
	before = t->process[i].id;
	end_child(child);
	(void)usleep(30000); /* starttime counts in ticks of 10 ms */
	if (!start_child_as(child)) {
		sampler_free(s);
		skip_because("no pid can be chosen for a child here (clone3 set_tid)");
	}
	t = pass(s, 3);
	i = slot_of(t, child);
	assert_true(i != UINT32_MAX);
	assert_int_equal(t->state[i], SLOT_NEW);
	assert_false(process_id_equal(before, t->process[i].id));
	end_child(child);
	sampler_free(s);
}

static void test_pid_is_reused(void **state)
{
	reuse_pid(small());
}

static void test_pid_is_reused_without_descriptors(void **state)
{
	struct sampler_config c = small();

	c.max_dirfds = c.max_statm = 0;
	reuse_pid(c);
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
	assert_false(is_kept(child));
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

/* In the child: its own mount of proc where others' processes may be listed but not read. */
static int look_through_hidepid(const char *dir)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct sampler_config c = small();
	struct sampler *s;
	char proc[128];
	bool fine;

	(void)snprintf(proc, sizeof(proc), "%s/proc", dir);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mkdir(proc, 0755) < 0 || mount("proc", proc, "proc", 0, "hidepid=1") < 0)
		return 77;
	if (setgid(65534) < 0 || setuid(65534) < 0 || root_open(dir, &root, NULL) < 0 ||
	    sampler_open(&root, &c, &s, NULL) < 0 || sampler_pass(s, 1, NULL) < 0)
		return 2;
	/* init is somebody else's; we ourselves are not */
	fine = sampler_table(s)->counts.unreadable > 0 && sampler_table(s)->counts.read > 0 &&
	       slot_of(sampler_table(s), 1) == UINT32_MAX &&
	       slot_of(sampler_table(s), getpid()) != UINT32_MAX;
	sampler_free(s);
	return fine ? 0 : 1;
}

static void test_hidepid_is_counted(void **state)
{
	char dir[] = "/tmp/bulkhead-test-XXXXXX", proc[64];
	int status;
	pid_t child;

	if (geteuid() != 0)
		skip_because("only root can mount proc");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	child = fork();
	if (child == 0)
		_exit(look_through_hidepid(dir));
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)snprintf(proc, sizeof(proc), "%s/proc", dir);
	(void)rmdir(proc);
	(void)rmdir(dir);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip_because("proc cannot be mounted here");
	assert_int_equal(WEXITSTATUS(status), 0);
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
		cmocka_unit_test(test_a_newborn_gets_its_name),
		cmocka_unit_test(test_zombie),
		cmocka_unit_test(test_growth_is_seen),
		cmocka_unit_test(test_pid_is_reused),
		cmocka_unit_test(test_pid_is_reused_without_descriptors),
		cmocka_unit_test(test_leader_exited),
		cmocka_unit_test(test_without_descriptors),
		cmocka_unit_test(test_descriptors_run_out),
		cmocka_unit_test(test_over_capacity),
		cmocka_unit_test(test_hidepid_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
