/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that notices whatever a snapshot may do to it. usage: snapshot-target MODE MIB THREADS,
 * with a struct probe to map at descriptor PROBE_FD. Ends with its parent.
 *
 *   full      every kind of thread: vector registers, errno, a pipe, malloc, signals, blocked calls
 *   plain     MIB of heap, THREADS that write to it and measure gaps
 *   seccomp   as plain, with a filter that kills the process for clone and wait4
 *   nodump    as plain, not dumpable
 *   spawn     makes and joins threads without end
 *   headless  as full, and the leader ends: the others have stacks of pthread_create
 *   short     ends after 20 ms
 *   storm     as plain, with a timer's signal each 100 us
 *   dontfork  as plain, and a forked copy has none of the data
 *   vfork     SIGUSR1: a vfork whose child sleeps for a second
 *   exec      SIGUSR1: executes itself
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "snapshot_probe.h"

static struct probe *probe;
static uint64_t *data;
static size_t words;

static uint64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void on_signal(int signal)
{
	(void)signal;
	probe->received++;
}

/* Queued signals are not merged: each one must arrive. At most 16 wait. */
static void *send_signals(void *arg)
{
	(void)arg;
	for (;;) {
		if (probe->sent - probe->received < 16 &&
		    sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) == 0)
			probe->sent++;
		usleep(500);
	}
	return NULL;
}

/* Eight vector registers keep their value over many turns without a system call. */
static void *keep_vectors(void *arg)
{
	uint64_t in[8][4], out[8][4];

	(void)arg;
	block_signals();
	for (uint64_t turn = 1;; turn++) {
		for (unsigned i = 0; i < 32; i++)
			in[i / 4][i % 4] = turn * 0x9e3779b97f4a7c15u + i;
		__asm__ volatile("vmovdqu 0(%0), %%ymm0\n vmovdqu 32(%0), %%ymm1\n"
				 "vmovdqu 64(%0), %%ymm5\n vmovdqu 96(%0), %%ymm7\n"
				 "vmovdqu 128(%0), %%ymm8\n vmovdqu 160(%0), %%ymm11\n"
				 "vmovdqu 192(%0), %%ymm14\n vmovdqu 224(%0), %%ymm15\n"
				 "mov $100000, %%rcx\n 1: dec %%rcx\n jnz 1b\n"
				 "vmovdqu %%ymm0, 0(%1)\n vmovdqu %%ymm1, 32(%1)\n"
				 "vmovdqu %%ymm5, 64(%1)\n vmovdqu %%ymm7, 96(%1)\n"
				 "vmovdqu %%ymm8, 128(%1)\n vmovdqu %%ymm11, 160(%1)\n"
				 "vmovdqu %%ymm14, 192(%1)\n vmovdqu %%ymm15, 224(%1)\n"
				 :
				 : "r"(in), "r"(out)
				 : "rcx", "memory", "cc", "xmm0", "xmm1", "xmm5", "xmm7", "xmm8",
				   "xmm11", "xmm14", "xmm15");
		if (memcmp(in, out, sizeof(in)) != 0)
			probe->errors++;
		probe->vector_loops++;
	}
	return NULL;
}

static void *keep_errno(void *arg)
{
	(void)arg;
	block_signals();
	for (;;) {
		errno = 77;
		if (syscall(SYS_getppid) < 0 || errno != 77)
			probe->errors++;
		if (close(-1) != -1 || errno != EBADF)
			probe->errors++;
		probe->errno_loops++;
		usleep(100);
	}
	return NULL;
}

static int ends[2];

static void *write_bytes(void *arg)
{
	(void)arg;
	block_signals();
	for (uint8_t byte = 0;; byte++)
		if (write(ends[1], &byte, 1) != 1)
			probe->errors++;
	return NULL;
}

static void *read_bytes(void *arg)
{
	(void)arg;
	block_signals();
	for (uint8_t want = 0, byte;; want++) {
		if (read(ends[0], &byte, 1) != 1 || byte != want)
			probe->errors++;
		if (++probe->pipe_bytes % 64 == 0)
			usleep(1000);
	}
	return NULL;
}

static void *churn(void *arg)
{
	void *slot[64] = { 0 };

	(void)arg;
	block_signals();
	for (unsigned i = 1;; i = i * 1103515245 + 12345) {
		free(slot[i >> 16 & 63]);
		slot[i >> 16 & 63] = malloc(16 + (i >> 8 & 1023));
		if (++probe->malloc_loops % 1000 == 0)
			usleep(500);
	}
	return NULL;
}

static void *sleep_long(void *arg)
{
	(void)arg;
	block_signals();
	for (;;) {
		const uint64_t begin = now_usec();

		if (nanosleep(&(struct timespec){ .tv_sec = SLEEP_SECONDS }, NULL) < 0)
			probe->errors++;
		probe->sleep_usec = now_usec() - begin;
		probe->sleeps++;
	}
	return NULL;
}

static void *block_poll(void *arg)
{
	int none[2];

	(void)arg;
	block_signals();
	if (pipe(none) < 0)
		abort();
	poll(&(struct pollfd){ .fd = none[0], .events = POLLIN }, 1, -1);
	probe->woken++;
	return NULL;
}

static void *block_read(void *arg)
{
	int none[2];
	char byte;

	(void)arg;
	block_signals();
	if (pipe(none) < 0 || read(none[0], &byte, 1) != 0)
		probe->woken++;
	return NULL;
}

static void *block_semaphore(void *arg)
{
	sem_t never;

	(void)arg;
	block_signals();
	sem_init(&never, 0, 0);
	sem_wait(&never);
	probe->woken++;
	return NULL;
}

static void *block_wait(void *arg)
{
	(void)arg;
	block_signals();
	waitpid(-1, NULL, 0);
	probe->woken++;
	return NULL;
}

static void *block_epoll(void *arg)
{
	struct epoll_event e;
	const int fd = epoll_create1(EPOLL_CLOEXEC);

	(void)arg;
	block_signals();
	for (;;)
		if (epoll_wait(fd, &e, 1, -1) < 0 && errno == EINTR)
			probe->epoll_eintr++;
	return NULL;
}

/* sigsuspend has a mask of its own that must not stay. */
static void *block_suspend(void *arg)
{
	sigset_t all;

	(void)arg;
	block_signals();
	sigfillset(&all);
	sigsuspend(&all);
	probe->woken++;
	return NULL;
}

static void *measure_gaps(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;

	block_signals();
	for (uint64_t last = now_usec();;) {
		const uint64_t now = now_usec();

		if (now - last > probe->gap_usec)
			probe->gap_usec = now - last;
		last = now;
		for (int i = 0; i < 16; i++) {
			seed = seed * 1103515245 + 12345;
			/* The same value: the sum must stay. */
			((volatile uint64_t *)data)[seed % words] = data[seed % words];
		}
		probe->gap_loops++;
		usleep(100);
	}
	return NULL;
}

static void start(void *(*run)(void *), uintptr_t arg)
{
	pthread_t t;
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 * 1024);
	if (pthread_create(&t, &small, run, (void *)arg) != 0)
		abort();
}

static void *nothing(void *arg)
{
	return arg;
}

static void spawn_for_ever(void)
{
	for (;;) {
		pthread_t t[4];

		for (int i = 0; i < 4; i++)
			if (pthread_create(&t[i], NULL, nothing, NULL) != 0)
				abort();
		for (int i = 0; i < 4; i++)
			pthread_join(t[i], NULL);
		probe->threads_made += 4;
	}
}

static void forbid_clone(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_wait4, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) < 0)
		abort();
}

static void fill(size_t mib)
{
	probe->data_sum = 0;
	words = mib * 1024 * 1024 / sizeof(*data);
	data = malloc(words * sizeof(*data));
	for (size_t i = 0; i < words; i++) {
		data[i] = (i + 1) * 0x9e3779b97f4a7c15u;
		probe->data_sum += data[i] ^ i;
	}
	probe->data = (uintptr_t)data;
	probe->data_len = words * sizeof(*data);
}

/* Ends with us. Not by PR_SET_PDEATHSIG: that is the death of the thread that forked. */
static void fork_child(void)
{
	int alive[2];
	char byte;

	if (pipe(alive) < 0)
		abort();
	if (fork() != 0)
		return;
	close(alive[1]);
	_exit(read(alive[0], &byte, 1) != 0);
}

static void start_all(void)
{
	static void *(*const runs[])(
		void *) = { send_signals, keep_vectors, keep_errno,   write_bytes, read_bytes,
			    churn,	  sleep_long,	block_poll,   block_read,  block_semaphore,
			    block_wait,	  block_epoll,	block_suspend };

	if (pipe(ends) < 0)
		abort();
	fork_child();
	sigaction(SIGRTMIN, &(struct sigaction){ .sa_handler = on_signal, .sa_flags = SA_RESTART },
		  NULL);
	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++)
		start(runs[i], 0);
}

static void on_timer(int signal)
{
	(void)signal;
}

static void storm(void)
{
	const struct itimerval often = { { 0, 100 }, { 0, 100 } };

	(void)signal(SIGALRM, on_timer);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void keep_from_copies(void)
{
	const uintptr_t begin = (uintptr_t)data & ~4095ul;
	const uintptr_t end = ((uintptr_t)(data + words) + 4095) & ~4095ul;

	if (madvise((void *)begin, end - begin, MADV_DONTFORK) < 0)
		abort();
}

static void vfork_on_signal(void)
{
	pause();
	const pid_t child = vfork();

	if (child == 0) {
		usleep(1000000);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void execute_on_signal(char **argv)
{
	sigset_t none;

	pause();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	probe->ready = 0;
	execv("/proc/self/exe", argv);
	abort();
}

int main(int argc, char **argv)
{
	const char *mode = argc == 4 ? argv[1] : "";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	probe = mmap(NULL, sizeof(*probe), PROT_READ | PROT_WRITE, MAP_SHARED, PROBE_FD, 0);
	if (probe == MAP_FAILED || argc != 4)
		return 2;
	fill((size_t)atoi(argv[2]));
	if (strcmp(mode, "full") == 0 || strcmp(mode, "headless") == 0)
		start_all();
	else
		for (int i = 0; i < atoi(argv[3]); i++)
			start(measure_gaps, (uintptr_t)i + 1);
	if (strcmp(mode, "seccomp") == 0)
		forbid_clone();
	if (strcmp(mode, "nodump") == 0)
		prctl(PR_SET_DUMPABLE, 0);
	if (strcmp(mode, "storm") == 0)
		storm();
	if (strcmp(mode, "dontfork") == 0)
		keep_from_copies();
	(void)signal(SIGUSR1, on_timer);
	usleep(50000);
	probe->ready = 1;
	if (strcmp(mode, "vfork") == 0)
		vfork_on_signal();
	if (strcmp(mode, "exec") == 0)
		execute_on_signal(argv);
	if (strcmp(mode, "headless") == 0)
		pthread_exit(NULL);
	if (strcmp(mode, "spawn") == 0)
		spawn_for_ever();
	if (strcmp(mode, "short") == 0) {
		usleep(20000);
		return 0;
	}
	for (;;)
		pause();
}
