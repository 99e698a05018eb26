/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/seize.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include "act/tracee.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/root.h"
#include "base/strbuf.h"

/* AMX makes 11 KiB of it; the kernel cuts what does not fit. */
#define XSTATE_MAX 16384
/* Threads that come while the others are being stopped are their children: it ends. */
#define ROUNDS_MAX 1000
#define TRACER_NAPS 15
#define NO_TRACER_NAPS 3
#define TRACER_NAP_USEC 20000

static bool is_known(const struct seized *s, int32_t tid)
{
	for (uint32_t i = 0; i < s->threads; i++)
		if (s->tid[i] == tid)
			return true;
	return false;
}

static int remember(struct seized *s, int32_t tid)
{
	if (s->threads == s->room) {
		const uint32_t room = s->room ? 2 * s->room : 16;
		int32_t *tids = reallocarray(s->tid, room, sizeof(*tids));
		bool *jobs;

		if (!tids)
			return -ENOMEM;
		s->tid = tids;
		jobs = reallocarray(s->job_stopped, room, sizeof(*jobs));
		if (!jobs)
			return -ENOMEM;
		s->job_stopped = jobs;
		s->room = room;
	}
	s->job_stopped[s->threads] = false;
	s->tid[s->threads++] = tid;
	return 0;
}

/* Keeps the leader first. */
static void forget(struct seized *s, uint32_t i)
{
	const uint32_t rest = --s->threads - i;

	memmove(&s->tid[i], &s->tid[i + 1], rest * sizeof(*s->tid));
	memmove(&s->job_stopped[i], &s->job_stopped[i + 1], rest * sizeof(*s->job_stopped));
}

/* 'R', 'D', 'Z', ...; 'X' when it is gone. */
static char state_of(int dir, int32_t tid)
{
	char buf[TRACEE_STATUS_SIZE], path[40];
	struct strbuf s = STRBUF(path);
	struct text state;
	size_t len;

	strbuf_printf(&s, "task/%d/status", tid);
	if (file_read_once_at(dir, path, buf, sizeof(buf), &len) < 0 ||
	    !tracee_field(buf, "State", &state) || !state.n)
		return 'X';
	return state.p[0];
}

/* 0 also when the thread has ended: a leader may be a zombie while others live. */
static int seize_one(struct seized *s, int dir, int32_t tid)
{
	int r = remember(s, tid);

	if (r < 0)
		return r;
	STEP("seize");
	if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0) {
		r = -errno;
		s->threads--;
		return state_of(dir, tid) == 'Z' || state_of(dir, tid) == 'X' ? 0 : r;
	}
	STEP("interrupt");
	/* It fails when the thread has ended: the wait for its stop sees that, and reaps it. */
	(void)ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	return 0;
}

/* Every thread that is not known yet. */
static int seize_listed(struct seized *s, int dir)
{
	_cleanup_closedir_ DIR *task = NULL;
	int r = dir_open_at(dir, "task", &task);

	for (const struct dirent *d; r == 0 && (d = readdir(task));) {
		uint64_t tid;

		if (text_u64(text_string(d->d_name), &tid) < 0 || tid > INT32_MAX)
			continue;
		if (!is_known(s, (int32_t)tid))
			r = seize_one(s, dir, (int32_t)tid);
	}
	return r == -ENOENT ? -ESRCH : r;
}

static int settle_from(struct seized *s, int dir, uint32_t first, double deadline)
{
	for (uint32_t i = first; i < s->threads;) {
		int r = tracee_settle(s->tid[i], deadline, &s->job_stopped[i]);

		/* A leader that ended just now is reported only after the last of its threads. */
		if (r == -ETIMEDOUT && state_of(dir, s->tid[i]) == 'Z')
			r = -ESRCH;
		if (r == -ESRCH) {
			forget(s, i);
			continue;
		}
		if (r < 0)
			return r;
		i++;
	}
	return 0;
}

static int seize_all(struct seized *s, int dir, double deadline)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		const uint32_t before = s->threads;
		int r = seize_listed(s, dir);

		if (r < 0)
			return r;
		if (s->threads == before)
			return before ? 0 : -ESRCH;
		r = settle_from(s, dir, before, deadline);
		if (r < 0)
			return r;
	}
	return -ETIMEDOUT;
}

static bool is_traced(int dir)
{
	char buf[TRACEE_STATUS_SIZE];
	size_t len;

	return file_read_once_at(dir, "status", buf, sizeof(buf), &len) == 0 &&
	       tracee_number(buf, "TracerPid", 0) != 0;
}

static int seize_once(int32_t pid, int dir, double timeout, struct seized *ret)
{
	struct seized s = { .pid = pid, .since_seconds = clock_boot_seconds() };
	double pause;
	int r = seize_all(&s, dir, s.since_seconds + timeout);

	if (r == 0)
		*ret = s;
	else
		seized_release(&s, &pause);
	return r;
}

/*
 * Another scan holds it for milliseconds, and may have let go of it when the question comes who
 * traces it: no tracer for a while is another reason.
 */
static int seize_patiently(int32_t pid, int dir, double timeout, struct seized *ret)
{
	for (int nap = 0;; nap++) {
		int r = seize_once(pid, dir, timeout, ret);

		if (r != -EPERM || nap == TRACER_NAPS || (nap >= NO_TRACER_NAPS && !is_traced(dir)))
			return r;
		(void)usleep(TRACER_NAP_USEC);
	}
}

int seize(int32_t pid, double timeout, struct seized *ret, struct fault *f)
{
	_cleanup_close_ int dir = tracee_proc(pid, f);
	int r = dir < 0 ? dir : seize_check(dir, pid, f);

	if (r < 0)
		return r;
	r = seize_patiently(pid, dir, timeout, ret);
	if (r == 0)
		return 0;
	if (r == -EPERM)
		return seize_explain(dir, pid, r, f);
	if (r == -ETIMEDOUT)
		return fault_set(f, r,
				 "process %d did not stop: a thread of it is in uninterruptible "
				 "sleep; try again, or look at /proc/%d/stack",
				 pid, pid);
	if (r == -ESRCH)
		return fault_set(f, r, "process %d has ended", pid);
	return fault_errno(f, r, "cannot stop process %d", pid);
}

void seized_release(struct seized *s, double *ret_pause)
{
	for (uint32_t i = 0; i < s->threads; i++) {
		STEP("detach");
		tracee_let_go(s->tid[i]);
	}
	*ret_pause = clock_boot_seconds() - s->since_seconds;
	free(s->tid);
	free(s->job_stopped);
	*s = (struct seized){ 0 };
}

int seize_thread(int32_t tid, double timeout, bool *ret_job)
{
	int r;

	STEP("seize one");
	if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0)
		return -errno;
	(void)ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	STEP("one interrupted");
	r = tracee_settle(tid, clock_boot_seconds() + timeout, ret_job);
	if (r < 0)
		tracee_let_go(tid);
	return r;
}

int thread_registers(int32_t tid, struct image_thread *ret)
{
	struct image_thread t = { .tid = tid };
	struct iovec state = { .iov_len = XSTATE_MAX };

	_Static_assert(sizeof(t.reg) == sizeof(struct user_regs_struct), "sys/user.h");
	if (ptrace(PTRACE_GETREGS, tid, 0, t.reg) < 0)
		return -errno;
	t.in_syscall = (int64_t)t.reg[IMAGE_ORIG_RAX] >= 0;
	t.xstate = malloc(XSTATE_MAX);
	if (!t.xstate)
		return -ENOMEM;
	state.iov_base = t.xstate;
	if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_X86_XSTATE, &state) == 0) {
		t.xstate_bytes = (uint32_t)state.iov_len;
	} else {
		const int err = errno;

		free(t.xstate);
		t.xstate = NULL;
		if (err == ESRCH) /* killed in the stop */
			return -ESRCH;
	}
	*ret = t;
	return 0;
}

static int32_t tracer_of(const char *status, char *comm, size_t size)
{
	const uint64_t tracer = tracee_number(status, "TracerPid", 0);
	struct strbuf s = { .buf = comm, .size = size };
	char buf[64];
	size_t len;
	struct fault f;
	_cleanup_close_ int dir = tracer ? tracee_proc((int32_t)tracer, &f) : -1;

	comm[0] = '\0';
	if (dir >= 0 && file_read_once_at(dir, "comm", buf, sizeof(buf), &len) == 0)
		strbuf_escape(&s,
			      text_trim(text_of(buf, len && buf[len - 1] == '\n' ? len - 1 : len)));
	return (int32_t)tracer;
}

/* False also when one cannot be read: that is no proof. */
static bool differ(int a, int b, const char *path)
{
	char x[64] = "", y[64] = "";

	return readlinkat(a, path, x, sizeof(x) - 1) > 0 &&
	       readlinkat(b, path, y, sizeof(y) - 1) > 0 && strcmp(x, y) != 0;
}

static void read_scope(char *scope, size_t size)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	char buf[32];
	size_t len;

	scope[0] = '\0';
	if (root_open(NULL, &root, NULL) == 0 &&
	    file_read_once_at(root.proc, "sys/kernel/yama/ptrace_scope", buf, sizeof(buf), &len) ==
		    0 &&
	    text_copy(text_trim(text_of(buf, len ? len - 1 : 0)), scope, size) < 0)
		scope[0] = '\0';
}

static uint32_t effective_uid(const char *status)
{
	struct text value, word;
	uint64_t uid = UINT32_MAX;

	if (tracee_field(status, "Uid", &value) && text_next_word(&value, &word) &&
	    text_next_word(&value, &word) && text_u64(word, &uid) < 0)
		uid = UINT32_MAX;
	return (uint32_t)uid;
}

int seize_explain(int dir, int32_t pid, int err, struct fault *f)
{
	struct seize_refusal why = { .pid = pid, .err = err, .own_uid = geteuid() };
	char status[TRACEE_STATUS_SIZE];
	struct fault ignored;
	_cleanup_close_ int self = tracee_proc(getpid(), &ignored);
	struct stat st;
	size_t len;

	if (file_read_once_at(dir, "status", status, sizeof(status), &len) < 0)
		return fault_set(f, -ESRCH, "process %d has ended", pid);
	why.target_uid = effective_uid(status);
	why.tracer = tracer_of(status, why.tracer_comm, sizeof(why.tracer_comm));
	why.other_user_namespace = self >= 0 && differ(dir, self, "ns/user");
	/* proc_pid(5): the files of a process that is not dumpable belong to root. */
	why.dumpable = fstatat(dir, "stat", &st, 0) < 0 || st.st_uid == why.target_uid;
	read_scope(why.scope, sizeof(why.scope));
	return seize_refused(&why, f);
}
