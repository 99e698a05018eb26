/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every lab program shares: the options, the pace and the brake. The allocations themselves,
 * which are what a lab program is there to show, are never hidden in here.
 *
 * Needs nothing but libc, so that a case can be copied out of the tree and compiled alone:
 *   cc -D_GNU_SOURCE -O0 steady-leak.c -lm
 *
 * The brake: a lab program takes memory on purpose, so it stops by itself. It never holds more than
 * --limit (default 1 GiB, or half of the machine's memory where that is less): past it, it only
 * sleeps. Where more is wanted, --limit says so.
 */
#pragma once

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define LAB_KIB (UINT64_C(1) << 10)
#define LAB_MIB (UINT64_C(1) << 20)
#define LAB_GIB (UINT64_C(1) << 30)

enum {
	LAB_EXIT_NO_MEMORY = 1, /* the kernel refused (RLIMIT_AS, overcommit) */
	LAB_EXIT_USAGE = 2,
};

/* Set the first part to the case's defaults, then call lab_start. */
struct lab {
	const char *about; /* --help: what it does, and what size, rate and interval mean here */
	uint64_t size;	   /* bytes; a default of 0: the case has no size */
	uint64_t rate;	   /* bytes a second; a default of 0: the case has no rate */
	double interval;   /* seconds between two steps */
	double duration;   /* seconds until it ends with exit code 0; 0: never */

	uint64_t limit;
	uint64_t held;	    /* taken and not given back, by lab_take and lab_give */
	double allowance;   /* bytes the rate has granted and nobody has taken yet */
	double start, paid; /* CLOCK_MONOTONIC: the start; until when the rate has been paid out */
};

static inline double lab_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static inline void lab_sleep(double seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

/* Sleeps until the duration is over and exits, without giving anything back. */
static inline void lab_hold(struct lab *lab)
{
	if (lab->duration > 0) {
		lab_sleep(fmax(0, lab->start + lab->duration - lab_now()));
		exit(0);
	}
	for (;;)
		pause();
}

/* Waits until the next step; false once the duration is over. */
static inline bool lab_tick(struct lab *lab)
{
	double left = lab->start + lab->duration - lab_now();

	if (lab->duration <= 0) {
		lab_sleep(lab->interval);
		return true;
	}
	lab_sleep(fmax(0, fmin(left, lab->interval)));
	return left > lab->interval;
}

static inline bool lab_over(const struct lab *lab)
{
	return lab->duration > 0 && lab_now() >= lab->start + lab->duration;
}

/*
 * May `bytes` be taken now without running ahead of the rate? Then they are paid for. A program
 * that was stopped for long does not make up for it in one rush: a second's worth at most.
 */
static inline bool lab_due(struct lab *lab, uint64_t bytes)
{
	double now = lab_now();

	lab->allowance += fmin(now - lab->paid, 1.0) * (double)lab->rate;
	lab->paid = now;
	if (lab->allowance < (double)bytes)
		return false;
	/* Where taking is slower than the rate (valgrind), only this ends the caller's loop. */
	if (lab_over(lab))
		return false;
	lab->allowance -= (double)bytes;
	return true;
}

/* Call before taking `bytes`. At the limit it does not return: see lab_hold. */
static inline void lab_take(struct lab *lab, uint64_t bytes)
{
	if (bytes > lab->limit - lab->held) {
		printf("limit reached: holding %ju bytes\n", (uintmax_t)lab->held);
		fflush(stdout);
		lab_hold(lab);
	}
	lab->held += bytes;
}

static inline void lab_give(struct lab *lab, uint64_t bytes)
{
	lab->held -= bytes;
}

/*
 * Writes to every byte, so that the memory is there and not only promised, and so that no
 * compiler finds out that nobody reads it. Ends the program when there is none.
 */
static inline void *lab_touch(void *memory, size_t bytes)
{
	if (!memory) {
		fprintf(stderr, "%s: the kernel refused %zu bytes\n", program_invocation_short_name,
			bytes);
		exit(LAB_EXIT_NO_MEMORY);
	}
	memset(memory, 0x5a, bytes);
	__asm__ volatile("" : : "r"(memory) : "memory");
	return memory;
}

/* Room for pointers, all NULL: the one block of a program that is never leaked nor freed. */
static inline void *lab_zeroes(size_t bytes)
{
	return memset(lab_touch(malloc(bytes), bytes), 0, bytes);
}

/* Overwrites vector registers: memcpy carries pointers in them. */
static inline __attribute__((always_inline)) void lab_scrub_vectors(void)
{
	__asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
			 "pxor %%xmm\\n, %%xmm\\n\n"
			 ".endr" ::
				 : "memory");
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroall" ::: "memory");
	if (__builtin_cpu_supports("avx512f"))
		__asm__ volatile(".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
				 "vpxorq %%zmm\\n, %%zmm\\n, %%zmm\\n\n"
				 ".endr" ::
					 : "memory");
}

/*
 * Overwrites what earlier calls left behind: 64 KiB of stack below the caller's frame, and the
 * registers that a call may change. The program will not read it, but a scan cannot know that: a
 * pointer in it would keep a block that is lost. Inline, for a frame of its own would have words it
 * does not reach.
 */
static inline __attribute__((always_inline)) void lab_scrub(void)
{
	lab_scrub_vectors();
	__asm__ volatile("sub $65536, %%rsp\n\t"
			 "mov %%rsp, %%rdi\n\t"
			 "mov $8192, %%ecx\n\t"
			 "xor %%eax, %%eax\n\t"
			 "rep stosq\n\t"
			 "add $65536, %%rsp\n\t"
			 "xor %%esi, %%esi\n\t"
			 "xor %%edx, %%edx\n\t"
			 "xor %%r8d, %%r8d\n\t"
			 "xor %%r9d, %%r9d\n\t"
			 "xor %%r10d, %%r10d\n\t"
			 "xor %%r11d, %%r11d\n\t"
			 "xor %%edi, %%edi" ::
				 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
				   "memory", "cc");
}

__attribute__((noinline, unused)) static void lab_wait(struct lab *lab)
{
	const struct timespec step = { 0, 20000000 };
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		exit(LAB_EXIT_USAGE);
	/* In steps: a stop by a tracer ends sigtimedwait early with EINTR. */
	while (sigtimedwait(&term, NULL, &step) != SIGTERM)
		if (lab_over(lab))
			break;
	exit(0);
}

/*
 * The end of main in a case that lost blocks: says "ready" and waits for SIGTERM or the end of the
 * duration, then exits from here. So main's locals live on while it waits and at its exit alike: a
 * tool that looks while it runs and one that looks at its end see the same.
 */
static inline __attribute__((always_inline)) void lab_ready(struct lab *lab)
{
	lab_scrub();
	lab_wait(lab);
}

/* The end of a thread in such a case: tells main by *parked, and waits for ever. */
static inline __attribute__((always_inline)) void lab_park(volatile bool *parked)
{
	lab_scrub();
	*parked = true;
	for (;;)
		pause();
}

/* Waits for a thread to park. */
static inline void lab_await(const volatile bool *parked)
{
	while (!*parked)
		lab_sleep(0.002);
}

/* "4096", "64K", "1.5G"; usage error when it is not a size. */
static inline uint64_t lab_bytes(const char *text, struct argp_state *state)
{
	static const char units[] = "KMGT";
	char *end;
	double value = strtod(text, &end);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (unit) {
		value = ldexp(value, 10 * (int)(unit - units + 1));
		end++;
	}
	if (end == text || *end || !(value >= 1 && value < 0x1p62))
		argp_error(state, "'%s' is not an amount; 64M and 1.5G are", text);
	return (uint64_t)value;
}

static inline double lab_seconds(const char *text, struct argp_state *state)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value < 1e9))
		argp_error(state, "'%s' is not a number of seconds", text);
	return value;
}

enum {
	LAB_SIZE = 0x100,
	LAB_RATE,
	LAB_INTERVAL,
	LAB_DURATION,
	LAB_LIMIT,
	LAB_COMM,
	LAB_IGNORE_TERM,
	LAB_DIE_WITH_PARENT,
};

static inline error_t lab_option(int key, char *arg, struct argp_state *state)
{
	struct lab *lab = (struct lab *)state->input;
	pid_t parent = getppid();

	switch (key) {
	case LAB_SIZE:
		if (lab->size == 0)
			argp_error(state, "this program has no size");
		lab->size = lab_bytes(arg, state);
		return 0;
	case LAB_RATE:
		if (lab->rate == 0)
			argp_error(state, "this program has no rate");
		lab->rate = lab_bytes(arg, state);
		return 0;
	case LAB_INTERVAL:
		lab->interval = lab_seconds(arg, state);
		return 0;
	case LAB_DURATION:
		lab->duration = lab_seconds(arg, state);
		return 0;
	case LAB_LIMIT:
		lab->limit = lab_bytes(arg, state);
		return 0;
	case LAB_COMM:
		prctl(PR_SET_NAME, arg);
		return 0;
	case LAB_IGNORE_TERM:
		signal(SIGTERM, SIG_IGN);
		return 0;
	case LAB_DIE_WITH_PARENT:
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) /* it died just before */
			exit(0);
		return 0;
	case ARGP_KEY_END:
		if (lab->size > lab->limit)
			argp_error(state,
				   "refusing: a size of %ju bytes is above the limit of %ju; "
				   "--limit raises it",
				   (uintmax_t)lab->size, (uintmax_t)lab->limit);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option lab_options[] = {
	{ "size", LAB_SIZE, "BYTES", 0, "how much; K, M, G are understood" },
	{ "rate", LAB_RATE, "BYTES", 0, "how fast, in bytes a second" },
	{ "interval", LAB_INTERVAL, "SECONDS", 0, "pause between two steps" },
	{ "duration", LAB_DURATION, "SECONDS", 0, "end after this time; 0: never" },
	{ "limit", LAB_LIMIT, "BYTES", 0,
	  "never hold more than this, only sleep (default 1G, at most half of the machine)" },
	{ "comm", LAB_COMM, "NAME", 0, "call the process NAME; any bytes" },
	{ "ignore-term", LAB_IGNORE_TERM, NULL, 0, "do not end on SIGTERM" },
	{ "die-with-parent", LAB_DIE_WITH_PARENT, NULL, 0, "end when the parent ends" },
	{ 0 },
};

static char lab_stdout[4096];

/*
 * Reads the options over the defaults in *lab, starts the clock, and prints the one line that says
 * what this process is about to do. A wrong command line ends the program with exit code 2.
 */
static inline void lab_start(struct lab *lab, int argc, char **argv)
{
	const struct argp argp = { lab_options, lab_option, NULL, lab->about };
	uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 * (uint64_t)sysconf(_SC_PAGESIZE);

	/* Its buffer would be a block of the heap that is not the case's. */
	setvbuf(stdout, lab_stdout, _IOFBF, sizeof(lab_stdout));
	/* A parent that ignores SIGTERM (nohup, a supervisor) must not make us unstoppable. */
	signal(SIGTERM, SIG_DFL);
	lab->limit = half < LAB_GIB ? half : LAB_GIB;
	argp_err_exit_status = LAB_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, lab);
	lab->start = lab->paid = lab_now();
	printf("%s pid=%d size_bytes=%ju rate_bytes_per_second=%ju interval_seconds=%g "
	       "duration_seconds=%g limit_bytes=%ju\n",
	       program_invocation_short_name, getpid(), (uintmax_t)lab->size, (uintmax_t)lab->rate,
	       lab->interval, lab->duration, (uintmax_t)lab->limit);
	fflush(stdout);
}
