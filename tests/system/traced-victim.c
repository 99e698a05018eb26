/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs that test-run_traced runs: a mode and its number as arguments. Never sanitised,
 * since LeakSanitizer does not work in a program that is traced.
 */
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "traced-victim.h"

/* execvp(3) takes strings that it does not change as if it did. */
#define S(literal) ((char *)(uintptr_t)(literal))

static void naps(double seconds)
{
	struct timespec t = { (time_t)seconds, (long)(fmod(seconds, 1) * 1e9) };

	(void)nanosleep(&t, NULL);
}

static void *sleeper(void *arg)
{
	/* Its stack pointer must lead to this. */
	volatile uint64_t on_stack[4] = { MARK, (uintptr_t)arg, MARK, MARK };

	for (;;)
		pause();
	return (void *)(uintptr_t)on_stack[1];
}

static void *ends_later(void *arg)
{
	/* One after the other: glibc's last thread calls exit_group, and kills those that have not
	 * quite ended. */
	naps(0.1 + 0.1 * (double)(uintptr_t)arg);
	return arg;
}

static void *racer(void *arg)
{
	pthread_barrier_wait(arg);
	exit(9);
}

static void *spinner(void *arg)
{
	for (;;)
		(void)sched_yield();
	return arg;
}

static void threads(void *(*f)(void *), uintptr_t count, void *arg)
{
	for (uintptr_t i = 0; i < count; i++) {
		pthread_t t;

		if (pthread_create(&t, NULL, f, arg ? arg : (void *)i) != 0)
			abort();
	}
}

static void *executes(void *arg)
{
	(void)execl("/proc/self/exe", "x", "exit", "21", NULL);
	return arg;
}

static int as_vfork(void)
{
	char *const argv[] = { S("true"), NULL };
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		(void)execv("/bin/true", argv);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 4 : 1;
}

static int as_forks(int children)
{
	int status, sum = 0;

	for (int i = 0; i < children; i++)
		if (fork() == 0)
			_exit(i);
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	return sum;
}

static volatile sig_atomic_t got;

static void on_signal(int signal)
{
	got = signal;
}

/* Waits for the signal that it blocks, as services do. */
static int as_sigwait(void)
{
	sigset_t set;
	int signal = 0;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)sigwait(&set, &signal);
	return signal == SIGTERM ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : NULL;
	const int n = arg ? (int)strtol(arg, NULL, 10) : 0;

	if (strcmp(mode, "exit") == 0)
		return n;
	if (strcmp(mode, "raise") == 0) {
		(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		(void)raise(n);
	} else if (strcmp(mode, "crash-threads") == 0) {
		(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		threads(sleeper, 5, NULL);
		naps(0.1);
		abort();
	} else if (strcmp(mode, "threads") == 0) {
		threads(sleeper, (uintptr_t)n, NULL);
		naps(0.1);
		return 5;
	} else if (strcmp(mode, "spin") == 0) {
		threads(spinner, (uintptr_t)n, NULL);
		naps(0.05);
		return 6;
	} else if (strcmp(mode, "race") == 0) {
		pthread_barrier_t b;

		(void)pthread_barrier_init(&b, NULL, (unsigned int)n);
		threads(racer, (uintptr_t)n - 1, &b);
		(void)racer(&b);
	} else if (strcmp(mode, "last") == 0) {
		threads(ends_later, 3, NULL);
		pthread_exit(NULL);
	} else if (strcmp(mode, "churn") == 0) {
		for (int i = 0; i < n; i++) {
			pthread_t t;

			if (pthread_create(&t, NULL, (void *(*)(void *))(void *)getpid, NULL) != 0)
				return 1;
			(void)pthread_join(t, NULL);
		}
	} else if (strcmp(mode, "exec") == 0) {
		(void)execl("/proc/self/exe", "x", n > 1 ? "exec" : "exit", n > 1 ? "1" : "20",
			    NULL);
	} else if (strcmp(mode, "exec-thread") == 0) {
		threads(sleeper, 3, NULL);
		threads(executes, 1, NULL);
		for (;;)
			pause();
	} else if (strcmp(mode, "vfork") == 0) {
		return as_vfork();
	} else if (strcmp(mode, "forks") == 0) {
		return as_forks(n);
	} else if (strcmp(mode, "family") == 0) {
		for (int i = 0; i < n; i++)
			if (fork() == 0)
				for (;;)
					pause();
		for (;;)
			pause();
	} else if (strcmp(mode, "daemon") == 0) {
		if (fork() == 0) {
			(void)setsid();
			naps(n / 1000.0);
			_exit(0);
		}
	} else if (strcmp(mode, "sleep") == 0) {
		naps(n / 1000.0);
	} else if (strcmp(mode, "term") == 0) {
		(void)signal(SIGTERM, on_signal);
		while (!got)
			pause();
		return 0;
	} else if (strcmp(mode, "sigwait") == 0) {
		return as_sigwait();
	} else if (strcmp(mode, "stop") == 0) {
		/* A child continues us: ^Z and fg. */
		const pid_t me = getpid();

		if (fork() == 0) {
			naps(0.3);
			(void)kill(me, SIGCONT);
			_exit(0);
		}
		(void)raise(SIGSTOP);
		return 8;
	} else if (strcmp(mode, "suspend") == 0) {
		/* As less and vi: it puts the terminal in order, and stops itself. */
		(void)signal(SIGTSTP, on_signal);
		while (!got)
			pause();
		(void)signal(SIGTSTP, SIG_DFL);
		(void)raise(SIGTSTP);
		return 8;
	} else if (strcmp(mode, "mask") == 0) {
		sigset_t s;

		(void)sigprocmask(SIG_SETMASK, NULL, &s);
		return sigismember(&s, SIGINT) || sigismember(&s, SIGCHLD) ||
		       !sigismember(&s, SIGUSR2);
	} else if (strcmp(mode, "syscalls") == 0) {
		for (int i = 0; i < n; i++)
			(void)syscall(SYS_getppid);
	} else {
		return 99;
	}
	return 0;
}
