/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs run by act/run_traced: how they end, and what is held then. The programs are
 * traced-victim, with a mode as argument. TAP by cmocka.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit/unit.h"

#include "act/run_traced.h"
#include "base/clock.h"
#include "traced-victim.h"

/* execvp(3) takes strings that it does not change as if it did. */
#define S(literal) ((char *)(uintptr_t)(literal))

static void naps(double seconds)
{
	struct timespec t = { (time_t)seconds, (long)(fmod(seconds, 1) * 1e9) };

	(void)nanosleep(&t, NULL);
}

static char victim[] = TRACED_VICTIM;

#define HELD_MAX 64

struct seen {
	struct {
		int32_t pid, tid[64];
		uint32_t threads, missing, marked, with_xstate;
		int status;
		bool program, ended, memory;
	} held[HELD_MAX];
	uint32_t count, ticks;
	int32_t pid;
	double tick_seconds;
	void (*on_tick)(struct seen *s);
	void (*on_hold)(struct seen *s, const struct run_hold *h);
};

static bool read_word(int32_t pid, uint64_t address, uint64_t *ret)
{
	struct iovec to = { ret, sizeof(*ret) },
		     from = { (void *)(uintptr_t)address, sizeof(*ret) };

	return process_vm_readv(pid, &to, 1, &from, 1, 0) == (ssize_t)sizeof(*ret);
}

/* The stack above the stack pointer, at most 16 KiB, holds the mark. */
static bool stack_is_marked(int32_t pid, const struct image_thread *th)
{
	uint64_t w;

	for (uint64_t i = 0; i < 2048; i++)
		if (!read_word(pid, th->reg[IMAGE_RSP] + 8 * i, &w))
			return false;
		else if (w == MARK)
			return true;
	return false;
}

static void held(void *context, struct run_hold *h)
{
	struct seen *s = context;
	uint64_t word = 0;

	assert_true(s->count < HELD_MAX);
	s->held[s->count].pid = h->pid;
	s->held[s->count].program = h->program;
	s->held[s->count].ended = h->ended;
	s->held[s->count].status = h->status;
	s->held[s->count].threads = h->threads;
	s->held[s->count].missing = h->missing;
	for (uint32_t i = 0; i < h->threads; i++) {
		if (i < 64)
			s->held[s->count].tid[i] = h->thread[i].tid;
		s->held[s->count].marked += stack_is_marked(h->thread[0].tid, &h->thread[i]);
		s->held[s->count].with_xstate += h->thread[i].xstate_bytes >= 576;
	}
	/* Its memory is still in place. */
	s->held[s->count].memory =
		h->threads && read_word(h->thread[0].tid, h->thread[0].reg[IMAGE_RSP], &word);
	s->count++;
	if (s->on_hold)
		s->on_hold(s, h);
}

static double tick(void *context, int32_t pid)
{
	struct seen *s = context;

	s->pid = pid;
	s->ticks++;
	if (s->on_tick)
		s->on_tick(s);
	return s->tick_seconds > 0 ? s->tick_seconds : 0.05;
}

static struct run_options options_of(struct seen *s, char *const *argv)
{
	return (struct run_options){
		.argv = argv, .look_seconds = INFINITY, .tick = tick, .held = held, .context = s
	};
}

static struct run_result run_with(const struct run_options *o)
{
	struct run_result r = { 0 };
	struct fault f = { 0 };

	if (run_traced(o, &r, &f) < 0)
		fail_msg("run_traced: %s", f.what);
	/* No child of ours is left, a zombie neither. */
	if (!o->children && !o->leave_running) {
		assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
		assert_int_equal(errno, ECHILD);
	}
	return r;
}

static struct run_result run_mode(struct seen *s, const char *mode, const char *arg)
{
	char *argv[] = { victim, S(mode), S(arg), NULL };
	struct run_options o = options_of(s, argv);

	return run_with(&o);
}

static void test_how_it_ends(void **state)
{
	static const struct {
		const char *mode, *arg;
		int exit, signal;
		uint32_t threads, marked;
		int asked;
	} rows[] = {
		{ "exit", "0", 0, 0, 1, 0, 0 },
		{ "exit", "7", 7, 0, 1, 0, 0 },
		{ "raise", "11", 0, SIGSEGV, 1, 0, 0 },
		{ "raise", "6", 0, SIGABRT, 1, 0, 0 },
		{ "raise", "15", 0, SIGTERM, 1, 0, SIGTERM },
		{ "raise", "1", 0, SIGHUP, 1, 0, SIGHUP },
		{ "threads", "12", 5, 0, 13, 12, 0 },
		{ "crash-threads", NULL, 0, SIGABRT, 6, 5, 0 },
		{ "spin", "8", 6, 0, 9, 0, 0 },
		{ "last", NULL, 0, 0, 1, 0, 0 },
		{ "exec", "2", 20, 0, 1, 0, 0 },
		{ "exec-thread", NULL, 21, 0, 1, 0, 0 },
		{ "vfork", NULL, 4, 0, 1, 0, 0 },
		{ "forks", "4", 6, 0, 1, 0, 0 },
		{ "stop", NULL, 8, 0, 1, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seen s = { 0 };
		struct run_result r = run_mode(&s, rows[i].mode, rows[i].arg);

		print_message("# %s %s: %.3f s\n", rows[i].mode, rows[i].arg ? rows[i].arg : "",
			      r.lifetime_seconds);
		assert_true(r.status_known);
		if (rows[i].signal) {
			assert_true(WIFSIGNALED(r.status));
			assert_int_equal(WTERMSIG(r.status), rows[i].signal);
		} else {
			assert_true(WIFEXITED(r.status));
			assert_int_equal(WEXITSTATUS(r.status), rows[i].exit);
		}
		assert_int_equal(r.asked, rows[i].asked);
		assert_int_equal(r.held, 1);
		assert_int_equal(s.count, 1);
		assert_true(s.held[0].ended && s.held[0].program && s.held[0].memory);
		assert_int_equal(s.held[0].status, r.status);
		assert_int_equal(s.held[0].threads, rows[i].threads);
		assert_int_equal(s.held[0].missing, 0);
		assert_true(s.held[0].marked >= rows[i].marked);
		assert_int_equal(s.held[0].with_xstate, rows[i].threads);
		if (strcmp(rows[i].mode, "last") != 0)
			assert_int_equal(s.held[0].tid[0], s.held[0].pid);
	}
}

static void test_threads_race_to_the_end(void **state)
{
	uint32_t missing = 0;

	for (int i = 0; i < 40; i++) {
		struct seen s = { 0 };
		struct run_result r = run_mode(&s, "race", "20");

		assert_int_equal(WEXITSTATUS(r.status), 9);
		assert_int_equal(s.count, 1);
		/* Two that call exit_group at the same time do not both stop; but both are counted.
		 */
		assert_int_equal(s.held[0].threads + s.held[0].missing, 20);
		assert_true(s.held[0].threads >= 1);
		missing += s.held[0].missing;
	}
	print_message("# %u of 800 threads missing\n", missing);
}

static void test_many_threads_come_and_go(void **state)
{
	struct seen s = { 0 };
	double begun = clock_boot_seconds();
	struct run_result r = run_mode(&s, "churn", "2000");

	print_message("# 2000 threads, one after the other: %.2f s\n",
		      clock_boot_seconds() - begun);
	assert_int_equal(r.status, 0);
	assert_int_equal(s.held[0].threads, 1);
}

static void test_fast_programs(void **state)
{
	char *argv[] = { S("true"), NULL };

	for (int i = 0; i < 300; i++) {
		struct seen s = { 0 };
		struct run_options o = options_of(&s, argv);
		struct run_result r = run_with(&o);

		assert_int_equal(r.status, 0);
		assert_int_equal(s.count, 1);
	}
}

static void test_children(void **state)
{
	static const struct {
		const char *mode, *arg;
		int exit;
		uint32_t held;
	} rows[] = {
		{ "forks", "6", 15, 7 },
		/* The child shares the memory until it executes, and is held as what it became. */
		{ "vfork", NULL, 4, 2 },
		{ "daemon", "300", 0, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *argv[] = { victim, S(rows[i].mode), S(rows[i].arg), NULL };
		struct seen s = { 0 };
		struct run_options o = options_of(&s, argv);
		struct run_result r;
		uint32_t programs = 0;

		o.children = true;
		r = run_with(&o);
		assert_int_equal(WEXITSTATUS(r.status), rows[i].exit);
		assert_int_equal(r.children_left, 0);
		assert_int_equal(s.count, rows[i].held);
		for (uint32_t k = 0; k < s.count; k++) {
			programs += s.held[k].program;
			assert_true(s.held[k].memory);
		}
		assert_int_equal(programs, 1);
	}
}

/* As of a shell that executes check: `sleep 100 & exec bulkhead check ...`. */
static void test_earlier_child_is_not_waited_for(void **state)
{
	char *forks[] = { victim, S("forks"), S("2"), NULL };
	struct seen s = { 0 };
	struct run_options o = options_of(&s, forks);
	const double begun = clock_boot_seconds();
	const pid_t earlier = fork();

	if (earlier == 0) {
		naps(10);
		_exit(0);
	}
	o.children = true;
	(void)run_with(&o);
	assert_true(clock_boot_seconds() - begun < 5);
	assert_int_equal(s.count, 3);
	(void)kill(earlier, SIGKILL);
	(void)waitpid(earlier, NULL, 0);
}

static void test_daemon_is_not_waited_for(void **state)
{
	struct seen s = { 0 };
	double begun = clock_boot_seconds();
	struct run_result r = run_mode(&s, "daemon", "3000");

	assert_int_equal(r.status, 0);
	assert_int_equal(s.count, 1);
	assert_true(clock_boot_seconds() - begun < 2);
}

static void term_once(struct seen *s)
{
	if (s->ticks == 4)
		(void)kill(s->pid, SIGTERM);
}

static void term_us(struct seen *s)
{
	if (s->ticks == 4)
		(void)kill(getpid(), SIGTERM);
}

static void interrupt_us(struct seen *s)
{
	if (s->ticks == 2)
		(void)kill(getpid(), SIGINT);
}

static void kill_it(struct seen *s)
{
	if (s->ticks == 4)
		(void)kill(s->pid, SIGKILL);
}

static void test_asked_to_end(void **state)
{
	struct seen s = { .on_tick = term_once };
	struct run_result r = run_mode(&s, "term", NULL);

	/* It ends by itself, but because it was told to. */
	assert_int_equal(r.status, 0);
	assert_int_equal(r.asked, SIGTERM);
	assert_true(r.lifetime_seconds >= 0.14);

	s = (struct seen){ .on_tick = term_us };
	r = run_mode(&s, "sigwait", NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.asked, SIGTERM);

	/* Ours alone: the terminal sends it to the program itself. */
	s = (struct seen){ .on_tick = interrupt_us };
	r = run_mode(&s, "sleep", "300");
	assert_int_equal(r.status, 0);
	assert_int_equal(r.asked, 0);
	assert_int_equal(s.count, 1);
}

static void test_killed(void **state)
{
	struct seen s = { .on_tick = kill_it };
	struct run_result r = run_mode(&s, "sleep", "20000");

	assert_true(WIFSIGNALED(r.status));
	assert_int_equal(WTERMSIG(r.status), SIGKILL);
	assert_int_equal(r.asked, SIGKILL);
	assert_int_equal(r.held, 0);
	assert_int_equal(s.count, 0);
}

/* Dropped by the kernel (prepare_signal, SIGNAL_GROUP_EXIT): nothing to gain, nothing to lose. */
static void kill_held(struct seen *s, const struct run_hold *h)
{
	(void)kill(h->pid, SIGKILL);
	naps(0.05);
}

static void test_killed_while_held(void **state)
{
	struct seen s = { .on_hold = kill_held };
	struct run_result r = run_mode(&s, "threads", "4");

	assert_true(r.status_known);
	assert_int_equal(WEXITSTATUS(r.status), 5);
	assert_int_equal(s.count, 1);
}

static void test_look(void **state)
{
	char *sleeps[] = { victim, S("sleep"), S("30000"), NULL };
	struct seen s = { 0 };
	struct run_options o = options_of(&s, sleeps);
	struct run_result r;

	o.look_seconds = 0.3;
	r = run_with(&o);
	assert_int_equal(s.count, 1);
	assert_false(s.held[0].ended);
	assert_int_equal(s.held[0].threads, 1);
	assert_true(r.status_known && WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGTERM);
	assert_near(r.lifetime_seconds, 0.3, 0.25);

	s.count = 0;
	o.leave_running = true;
	r = run_with(&o);
	assert_int_equal(s.count, 1);
	assert_false(r.status_known);
	assert_int_equal(kill(s.pid, 0), 0);
	naps(0.1);
	assert_int_equal(waitpid(s.pid, NULL, WNOHANG), 0);
	(void)kill(s.pid, SIGKILL);
	assert_int_equal(waitpid(s.pid, NULL, 0), s.pid);
}

/* The line of /proc/PID/status that begins with the key, without its newline; "": it is gone. */
static const char *status_line(int32_t pid, const char *key)
{
	static char line[128];
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && strncmp(line, key, strlen(key)) != 0)
		continue;
	if (f)
		(void)fclose(f);
	line[f ? strcspn(line, "\n") : 0] = '\0';
	return line;
}

/* Whoever is its parent now may not have waited for it yet. */
static bool has_ended(int32_t pid)
{
	const char *line = status_line(pid, "State:");

	return !*line || strstr(line, "Z (zombie)");
}

/* Each of them, one after the other, and then they end; or go on, and nobody traces them. */
static void test_look_at_children(void **state)
{
	char *family[] = { victim, S("family"), S("5"), NULL };
	struct seen s = { 0 };
	struct run_options o = options_of(&s, family);
	const double begun = clock_boot_seconds();
	struct run_result r;

	o.children = true;
	o.look_seconds = 0.3;
	r = run_with(&o);
	assert_int_equal(s.count, 6);
	assert_true(r.status_known && WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGTERM);
	assert_int_equal(r.children_left, 0);
	for (uint32_t i = 0; i < s.count; i++) {
		assert_false(s.held[i].ended);
		assert_true(s.held[i].memory);
		assert_true(has_ended(s.held[i].pid));
	}
	assert_true(clock_boot_seconds() - begun < 4);

	s.count = 0;
	o.leave_running = true;
	r = run_with(&o);
	assert_int_equal(s.count, 6);
	assert_false(r.status_known);
	assert_int_equal(r.children_left, 0);
	for (uint32_t i = 0; i < s.count; i++) {
		assert_string_equal(status_line(s.held[i].pid, "TracerPid:"), "TracerPid:\t0");
		(void)kill(s.held[i].pid, SIGKILL);
	}
	assert_int_equal(waitpid(s.pid, NULL, 0), s.pid);
}

/* The program has ended long before. */
static void test_look_at_a_daemon(void **state)
{
	char *daemon[] = { victim, S("daemon"), S("30000"), NULL };
	struct seen s = { 0 };
	struct run_options o = options_of(&s, daemon);
	struct run_result r;

	o.children = true;
	o.look_seconds = 0.3;
	r = run_with(&o);
	assert_int_equal(r.status, 0);
	assert_int_equal(s.count, 2);
	assert_true(s.held[0].program && s.held[0].ended);
	assert_false(s.held[1].program || s.held[1].ended);
	assert_true(has_ended(s.held[1].pid));
}

static void test_signal_mask_is_the_callers(void **state)
{
	sigset_t mine, old, after;
	struct seen s = { 0 };
	struct run_result r;

	(void)sigemptyset(&mine);
	(void)sigaddset(&mine, SIGUSR2);
	(void)sigprocmask(SIG_SETMASK, &mine, &old);
	r = run_mode(&s, "mask", NULL);
	(void)sigprocmask(SIG_SETMASK, &old, &after);
	assert_int_equal(r.status, 0);
	assert_true(sigismember(&after, SIGUSR2) && !sigismember(&after, SIGCHLD));
}

static void test_cannot_execute(void **state)
{
	static const struct {
		const char *path;
		int error;
	} rows[] = {
		{ "/no/such/program", -ENOENT },
		{ "/", -EACCES },
		{ "no-such-program-in-the-path", -ENOENT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *argv[] = { S(rows[i].path), NULL };
		struct seen s = { 0 };
		struct run_options o = options_of(&s, argv);
		struct run_result r;
		struct fault f = { 0 };

		assert_int_equal(run_traced(&o, &r, &f), rows[i].error);
		assert_non_null(strstr(f.what, rows[i].path));
		assert_int_equal(s.count, 0);
		assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	}
}

/* The job of a shell: a process group of its own, in the foreground of the terminal. */
static pid_t start_job(const char *mode)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct seen s = { .on_tick = NULL };
		struct run_result r;

		(void)setpgid(0, 0);
		(void)signal(SIGTTOU, SIG_IGN);
		(void)tcsetpgrp(0, getpgrp());
		(void)signal(SIGTTOU, SIG_DFL);
		r = run_mode(&s, mode, S("5000"));
		_exit(WIFEXITED(r.status) ? WEXITSTATUS(r.status) : 99);
	}
	return pid;
}

/* Its stop by ^Z, and its end after SIGCONT; both within some seconds. */
static int wait_job(pid_t job, int options)
{
	int status = 0;

	for (int i = 0; i < 100; i++) {
		if (waitpid(job, &status, options | WNOHANG) == job)
			return status;
		naps(0.1);
	}
	return -1;
}

/* In a session with a terminal of its own. The exit status tells which step failed. */
static _Noreturn void be_shell(int master, const char *mode)
{
	int status;
	pid_t job;

	(void)setsid();
	(void)dup2(open(ptsname(master), O_RDWR), 0);
	job = start_job(mode);
	naps(0.4);
	if (write(master, "\x1a", 1) != 1)
		_exit(1);
	status = wait_job(job, WUNTRACED);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTSTP)
		_exit(2);
	(void)kill(-job, SIGCONT);
	status = wait_job(job, 0);
	if (!WIFEXITED(status))
		(void)kill(-job, SIGKILL);
	_exit(WIFEXITED(status) && WEXITSTATUS(status) == 8 ? 0 : 3);
}

/* ^Z and fg: the job stops with the program, and both go on. */
static void test_terminal_stop(void **state)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY);
	int status;
	pid_t shell;

	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	shell = fork();
	if (shell == 0)
		be_shell(master, "suspend");
	assert_int_equal(waitpid(shell, &status, 0), shell);
	assert_int_equal(status, 0);
	(void)close(master);
}

/* We die while it runs: it goes on. */
static void test_our_death(void **state)
{
	int fds[2];
	char c = 0;
	pid_t tracer;

	assert_int_equal(pipe(fds), 0);
	tracer = fork();
	if (tracer == 0) {
		char *argv[] = { S("/bin/sh"), S("-c"), S("sleep 0.6; echo >&9"), NULL };
		struct seen s = { .on_tick = NULL };
		struct run_options o = options_of(&s, argv);
		struct run_result r;
		struct fault f;

		(void)dup2(fds[1], 9);
		(void)close(fds[1]);
		(void)!run_traced(&o, &r, &f);
		_exit(0);
	}
	(void)close(fds[1]);
	naps(0.3);
	(void)kill(tracer, SIGKILL);
	assert_int_equal(waitpid(tracer, NULL, 0), tracer);
	assert_int_equal(read(fds[0], &c, 1), 1);
	assert_int_equal(c, '\n');
	(void)close(fds[0]);
}

static double seconds_native(char *const *argv)
{
	double begun = clock_boot_seconds();
	pid_t pid = fork();

	if (pid == 0) {
		(void)execv(argv[0], argv);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
	return clock_boot_seconds() - begun;
}

/* Three million system calls, the least of three runs each: no stop per call. */
static void test_native_speed(void **state)
{
	char *argv[] = { victim, S("syscalls"), S("3000000"), NULL };
	double native = INFINITY, traced = INFINITY;

	for (int i = 0; i < 3; i++) {
		struct seen s = { .tick_seconds = 1 };
		struct run_options o = options_of(&s, argv);
		double begun;

		native = fmin(native, seconds_native(argv));
		begun = clock_boot_seconds();
		(void)run_with(&o);
		traced = fmin(traced, clock_boot_seconds() - begun);
	}
	print_message("# 3,000,000 system calls: native %.3f s, under check %.3f s, ratio %.2f\n",
		      native, traced, traced / native);
	assert_true(traced < 1.5 * native + 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_it_ends),
		cmocka_unit_test(test_threads_race_to_the_end),
		cmocka_unit_test(test_many_threads_come_and_go),
		cmocka_unit_test(test_fast_programs),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_earlier_child_is_not_waited_for),
		cmocka_unit_test(test_daemon_is_not_waited_for),
		cmocka_unit_test(test_asked_to_end),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_killed_while_held),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_look_at_children),
		cmocka_unit_test(test_look_at_a_daemon),
		cmocka_unit_test(test_signal_mask_is_the_callers),
		cmocka_unit_test(test_cannot_execute),
		cmocka_unit_test(test_terminal_stop),
		cmocka_unit_test(test_our_death),
		cmocka_unit_test(test_native_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
