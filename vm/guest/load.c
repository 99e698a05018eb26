/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <linux/mempolicy.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LEAK_STEP (1 << 20)
#define ALLOCATOR_STEP (64 << 10)
#define LOAD_NUMBERS 3

/* A scenario may give a program another name: the victim of a report is told by it. */
static void take_name(const char *name)
{
	const char *given = getenv(LOAD_NAME_VARIABLE);

	(void)prctl(PR_SET_NAME, given ? given : name);
}

void load_worker(int number)
{
	char name[16];

	/* 11 characters, so that every row of the task table has one length. */
	(void)snprintf(name, sizeof(name), "worker-%04d", number);
	(void)prctl(PR_SET_NAME, name);
	for (;;)
		pause();
}

void load_allocator(void)
{
	take_name("allocator");
	for (;;) {
		void *p = mmap(NULL, ALLOCATOR_STEP, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		guest_sleep(0.02);
		if (p != MAP_FAILED)
			(void)munmap(p, ALLOCATOR_STEP);
	}
}

static void __attribute__((noreturn)) leak(long long bytes_per_second, long long limit_bytes)
{
	double start = guest_now();
	long long held = 0;

	for (;;) {
		void *p = MAP_FAILED;

		if (limit_bytes == 0 || held < limit_bytes)
			p = mmap(NULL, LEAK_STEP, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (p == MAP_FAILED)
			guest_sleep(0.02);
		else
			held += LEAK_STEP;
		if (bytes_per_second > 0) {
			double due = start + (double)held / (double)bytes_per_second;

			if (due > guest_now())
				guest_sleep(due - guest_now());
		}
	}
}

void load_leaker(long long bytes_per_second, long long limit_bytes)
{
	take_name("leaker");
	leak(bytes_per_second, limit_bytes);
}

static void run_leaker(const long long *number)
{
	leak(number[0], number[1]);
}

static void run_allocator(const long long *number)
{
	(void)number;
	load_allocator();
}

/* NODE [BYTES_A_SECOND [LIMIT_BYTES]]: may use the memory of that node only (MPOL_BIND). */
static void run_bound(const long long *number)
{
	unsigned long nodes = 1UL << (number[0] & 31);

	if (syscall(SYS_set_mempolicy, MPOL_BIND, &nodes, 8 * sizeof(nodes)) < 0)
		load_give_up("set_mempolicy");
	leak(number[1], number[2]);
}

/* A leaker whose memory the OOM reaper may not take: it stays until the process is gone. */
static void run_locked(const long long *number)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		load_give_up("mlockall");
	leak(number[0], number[1]);
}

/* PROCESSES BYTES: a fork bomb with an end. Each holds its bytes; those that died are replaced. */
static void run_forker(const long long *number)
{
	(void)signal(SIGCHLD, SIG_IGN);
	for (long long n = 0; n < number[0]; n++) {
		pid_t pid = fork();

		if (pid == 0)
			leak(0, number[1]);
		if (pid < 0)
			guest_sleep(0.02);
	}
	for (;;)
		pause();
}

static const struct {
	const char *name;
	void (*run)(const long long *number);
} loads[] = {
	{ "leaker", run_leaker },
	{ "allocator", run_allocator },
	{ "bound-leaker", run_bound },
	{ "locked-leaker", run_locked },
	{ "forker", run_forker },
	{ "socket-filler", load_socket_filler },
	{ "pipe-filler", load_pipe_filler },
	{ "fragmenter", load_fragmenter },
};

void load_give_up(const char *what)
{
	perror(what);
	_exit(1);
}

void load_install(const char *folder)
{
	char path[64];

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, loads[i].name);
		(void)symlink("/init", path);
	}
}

int load_run(const char *name, int argc, char **argv)
{
	long long number[LOAD_NUMBERS] = { 0 };

	for (int i = 1; i < argc && i <= LOAD_NUMBERS; i++) {
		if (sscanf(argv[i], "%lld", &number[i - 1]) != 1) {
			(void)fprintf(stderr, "%s: '%s' is not a number\n", name, argv[i]);
			return 2;
		}
	}
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (strcmp(name, loads[i].name) == 0) {
			if (strlen(name) < 16)
				take_name(name);
			loads[i].run(number);
		}
	}
	(void)fprintf(stderr, "%s: no such program in a guest\n", name);
	return 2;
}
