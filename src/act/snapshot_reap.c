/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/snapshot_reap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/inject.h"
#include "act/tracee.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"

/*
 * A thread that has not stopped cannot be let go either, and would hang at its next stop for as
 * long as we live: so the wait is a long one, and one in uninterruptible sleep is not asked.
 */
#define THREAD_SECONDS 10.0
#define THREADS_MAX 64
#define SIGNALS_MAX 16
#define WATCH_SECONDS 60.0
#define WATCH_NAP_USEC 20000

/*
 * Each signal that comes before the call is delivered, and the call made anew in its handler: let
 * go in between, a thread with a timer of 10 kHz would never come to it.
 */
static int ask(int32_t tid, const struct snapshot *s, double deadline, int64_t *ret_result)
{
	int r = -EAGAIN;

	for (int signals = 0; r == -EAGAIN && signals < SIGNALS_MAX; signals++) {
		_cleanup_injection_ struct injection i = { 0 };
		const char *why;

		r = inject_prepare(tid, s->maps, &s->gadgets, &i, &why);
		if (r == 0)
			r = inject_wait(&i, s->inside, deadline, ret_result);
	}
	return r;
}

/* One thread: stopped, asked, let go. */
static int reap_by(int32_t tid, const struct snapshot *s, double *ret_pause)
{
	const double begin = clock_boot_seconds();
	int64_t result = 0;
	bool job;
	int r = seize_thread(tid, THREAD_SECONDS, &job);

	if (r < 0)
		return r;
	r = job ? -ENOTSUP : ask(tid, s, begin + THREAD_SECONDS, &result);
	STEP("let the reaper go");
	tracee_let_go(tid);
	STEP("reaper went");
	*ret_pause = MAX(*ret_pause, clock_boot_seconds() - begin);
	if (r < 0)
		return r;
	return result == s->inside || result == -ECHILD ? 0 : -EAGAIN;
}

/* It is the child of the target, dead, and nobody traces it any more: then only a wait is missing.
 */
static bool is_zombie_of(const struct snapshot *s, int32_t child, bool *ret_gone)
{
	char buf[TRACEE_STATUS_SIZE];
	struct fault f;
	struct text state;
	size_t len;
	_cleanup_close_ int dir = tracee_proc(child, &f);

	*ret_gone = dir < 0 || file_read_once_at(dir, "status", buf, sizeof(buf), &len) < 0 ||
		    tracee_number(buf, "PPid", 0) != (uint64_t)s->pid;
	return !*ret_gone && tracee_field(buf, "State", &state) && state.n && state.p[0] == 'Z' &&
	       tracee_number(buf, "TracerPid", 0) == 0;
}

/* 'R', 'D', 'Z', ...; 'X' when it is gone. */
static char state_of(DIR *task, const char *tid)
{
	char buf[TRACEE_STATUS_SIZE], path[32];
	struct strbuf s = STRBUF(path);
	struct text state;
	size_t len;

	strbuf_printf(&s, "%s/status", tid);
	return file_read_once_at(dirfd(task), path, buf, sizeof(buf), &len) == 0 &&
			       tracee_field(buf, "State", &state) && state.n
		       ? state.p[0]
		       : 'X';
}

static int reap_by_any(const struct snapshot *s, double deadline, double *ret_pause)
{
	struct fault f;
	_cleanup_close_ int dir = tracee_proc(s->pid, &f);
	_cleanup_closedir_ DIR *task = NULL;
	int threads = 0;

	if (dir < 0 || dir_open_at(dir, "task", &task) < 0)
		return -ESRCH;
	for (const struct dirent *d; (d = readdir(task)) && threads < THREADS_MAX;) {
		const char state = state_of(task, d->d_name);
		uint64_t tid;
		int r;

		/* Zombies: of a process that has ended, whose parent may be slow to wait for it. */
		if (text_u64(text_string(d->d_name), &tid) < 0 || strchr("ZX", state))
			continue;
		if (clock_boot_seconds() > deadline)
			return -EAGAIN;
		threads++;
		/* It waits for a disk, or for its vfork: later. */
		if (state == 'D')
			continue;
		r = reap_by((int32_t)tid, s, ret_pause);
		if (r == 0 || r == -EAGAIN)
			return r;
	}
	return threads ? -EAGAIN : -ESRCH;
}

int snapshot_reap(const struct snapshot *s, double deadline, double *ret_pause)
{
	struct memory_image maps = MEMORY_IMAGE_NONE;
	struct snapshot now = *s;
	bool gone;
	int r;

	*ret_pause = 0;
	(void)is_zombie_of(s, s->child, &gone);
	if (gone)
		return 0;
	r = reap_by_any(s, deadline, ret_pause);
	/* It may have executed another program: then everything is elsewhere, but not the zombie.
	 */
	now.maps = &maps;
	if (r == -EAGAIN && s->look(s->pid, &maps, &now.gadgets) == 0)
		r = reap_by_any(&now, deadline, ret_pause);
	memory_image_release(&maps);
	return r;
}

static void watch_child(struct snapshot *s)
{
	const double deadline = clock_boot_seconds() + WATCH_SECONDS;

	s->child = s->watch->child;
	s->inside = s->watch->inside;
	while (s->child && clock_boot_seconds() < deadline) {
		double pause;
		bool gone;

		if (is_zombie_of(s, s->child, &gone)) {
			int r = snapshot_reap(s, deadline, &pause);

			if (r == 0 || r == -ESRCH)
				return;
		}
		if (gone)
			return;
		(void)usleep(WATCH_NAP_USEC);
	}
}

/* Holds nothing of ours but the pipe: who reads our output must see it end with us. */
static void watch_alone(int pipe)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	tracee_step = NULL;
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		(void)dup2(null, fd);
	if (pipe > 3)
		(void)close_range(3, (unsigned)pipe - 1, 0);
	(void)close_range((unsigned)pipe + 1, ~0U, 0);
}

static void watch_main(struct snapshot *s, int pipe)
{
	char byte;

	watch_alone(pipe);
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	watch_child(s);
	_exit(0);
}

int snapshot_watch_start(struct snapshot *s)
{
	int ends[2];
	pid_t pid;
	void *word = mmap(NULL, sizeof(*s->watch), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (word == MAP_FAILED)
		return -ENOMEM;
	s->watch = word;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		watch_main(s, ends[0]);
	(void)close(ends[0]);
	s->pipe = ends[1];
	if (pid < 0)
		return -errno;
	s->watcher = pid;
	return 0;
}

void snapshot_watch_end(struct snapshot *s, bool leave)
{
	/* A word through the pipe would be our end by SIGPIPE, had somebody killed it. */
	if (s->watcher && !leave) {
		(void)kill(s->watcher, SIGKILL);
		while (waitpid(s->watcher, NULL, 0) < 0 && errno == EINTR)
			;
	}
	closep(&s->pipe);
	if (s->watch)
		(void)munmap(s->watch, sizeof(*s->watch));
	s->watch = NULL;
	s->watcher = 0;
}
