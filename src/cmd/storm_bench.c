/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/storm_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/common.h"

#define PROGRAM "vm-run"

/* Signal handlers have no other way to know. */
static volatile sig_atomic_t bench_pid, interrupted;

static void hand_on(int number)
{
	const int saved = errno;

	interrupted = 1;
	if (bench_pid > 0)
		(void)kill((pid_t)bench_pid, number);
	errno = saved;
}

static void own_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGHUP);
}

/* SA_RESTART: the read goes on and finds the end of what the bench says. */
static void catch_signals(void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
}

void bench_catch_signals(void)
{
	catch_signals(hand_on);
}

static int find(struct strbuf *path)
{
	beside_us(path, "vm/" PROGRAM);
	if (!path->full && path->len && access(path->buf, X_OK) == 0)
		return 0;
	strbuf_clear(path);
	strbuf_puts(path, BULKHEAD_LIBEXEC_DIR "/" PROGRAM);
	if (access(path->buf, X_OK) == 0)
		return 0;
	complain("cannot find '" PROGRAM "' beside this program or in '" BULKHEAD_LIBEXEC_DIR
		 "': 'make' builds it, 'make deps' gets the kernels and QEMU");
	return -ENOENT;
}

/* In the child. Its own process group: a terminal's Ctrl-C comes to us, and once to it. */
static void become_bench(const char *path, struct text kernel, int in, int out, pid_t parent)
{
	char version[128];
	const char *argv[] = { PROGRAM, "--json", "--quiet", "-", NULL, NULL, NULL };

	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(EXITCODE_UNDETERMINED);
	sigset_t own;

	catch_signals(SIG_DFL);
	own_signals(&own);
	(void)sigprocmask(SIG_UNBLOCK, &own, NULL);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* died before it could be told to us */
	if (getppid() != parent)
		_exit(EXITCODE_UNDETERMINED);
	if (kernel.n && text_copy(kernel, version, sizeof(version)) == 0) {
		argv[4] = "--kernel";
		argv[5] = version;
	}
	/* POSIX: execv does not change them; its type is older than const. */
	execv(path, (char *const *)(uintptr_t)argv);
	complain("cannot run '%s': %s", path, strerrordesc_np(errno));
	_exit(EXITCODE_UNDETERMINED);
}

/* A signal finds either no child, and is found in `interrupted`, or one that can be told. */
static pid_t fork_bench(const char *path, struct text kernel, int in, int out)
{
	const pid_t parent = getpid();
	sigset_t own, before;
	pid_t pid;
	int saved;

	own_signals(&own);
	(void)sigprocmask(SIG_BLOCK, &own, &before);
	pid = fork();
	saved = errno;
	if (pid == 0)
		become_bench(path, kernel, in, out, parent);
	if (pid > 0)
		bench_pid = pid;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid > 0 && interrupted)
		(void)kill(pid, SIGTERM);
	errno = saved;
	return pid;
}

int bench_start(struct bench *b, struct text kernel, const char *scenario)
{
	char room[4096 + 64];
	struct strbuf path = STRBUF(room);
	_cleanup_close_ int in_read = -1, in_write = -1, out_read = -1, out_write = -1;
	int in[2], out[2], r = find(&path);

	if (r < 0)
		return r;
	if (pipe2(in, O_CLOEXEC) < 0)
		return -errno;
	in_read = in[0];
	in_write = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	out_read = out[0];
	out_write = out[1];
	b->pid = fork_bench(path.buf, kernel, in_read, out_write);
	if (b->pid < 0)
		return -errno;
	closep(&in_read);
	closep(&out_write);
	b->out = fdopen(out_read, "r");
	if (!b->out) {
		(void)kill(b->pid, SIGTERM);
		(void)bench_end(b);
		return -ENOMEM;
	}
	(void)TAKE_FD(out_read);
	/* It reads all before it writes: this cannot block. One that died says so itself. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)!fd_write_all(in_write, scenario, strlen(scenario));
	(void)signal(SIGPIPE, SIG_DFL);
	return 0;
}

json_t *bench_next(struct bench *b)
{
	char *line = NULL;
	size_t size = 0;
	json_t *object = NULL;

	while (!object && getline(&line, &size, b->out) > 0) {
		json_error_t error;

		object = json_loads(line, 0, &error);
		if (!object)
			complain("the bench said what is no JSON: %s", error.text);
	}
	free(line);
	return object;
}

int bench_end(struct bench *b)
{
	siginfo_t info;
	int status;
	pid_t pid;

	if (b->out)
		(void)fclose(b->out);
	/* It stays a zombie, and its number its own, until nobody hands signals to it any more. */
	do
		pid = waitid(P_PID, (id_t)b->pid, &info, WEXITED | WNOWAIT);
	while (pid < 0 && errno == EINTR);
	bench_pid = 0;
	do
		pid = waitpid(b->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	*b = (struct bench){ 0 };
	if (pid < 0)
		return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool bench_interrupted(void)
{
	return interrupted != 0;
}
