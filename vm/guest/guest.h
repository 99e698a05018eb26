/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one program of a guest: its init, which carries out the plan, and what the plan makes it
 * start. It links libc only, statically, and is all there is in a guest beside busybox.
 *
 * It reports over the fast serial line (ttyS0), a line a fact: "{...}" is JSON, "K..." is a record
 * of the kernel's ring buffer as /dev/kmsg gives it. Nothing but the kernel writes to the slow line
 * (ttyS1), and no process holds that open.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vm/plan.h"

/* main.c */

double guest_now(void);
void guest_sleep(double seconds);
/* What an init cannot go on after: said on both lines, then the machine is switched off. */
void guest_fail(const char *what, const char *which) __attribute__((noreturn));
void guest_power_off(void) __attribute__((noreturn));
/* Writes text to a file of /proc or /sys; false when that is refused. */
bool guest_write(const char *path, const char *text);
/* The first line of a file, without its end; "" when it cannot be read. */
void guest_read_line(const char *path, char *buf, size_t size);
/* The number after `key` and blanks at the start of a line of a file; -1 without one. */
long long guest_read_key(const char *path, const char *key);

/* tell.c: the fast line. */

void tell_open(void);
void tell_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A JSON string, with its quotes. A byte is a character each, a NUL byte is U+FFFD. */
void tell_string(const char *text, size_t len);
void tell_bytes(const char *bytes, size_t len);
/* Ends the line and sends it. */
void tell_end(void);
/* Until all of it has left the machine: a power-off drops what the driver still holds (4 KiB). */
void tell_wait(void);

/* boot.c: mounts, modules, swap, sysctls; tells the event "boot". */
void boot(const struct plan *plan);
/* "vm.overcommit_memory" to /proc/sys/vm/overcommit_memory. */
void sysctl_path(const char *key, char *buf, size_t size);

/* beat.c: processes that note how long they were kept from running. */

enum beat_phase { BEAT_BASELINE, BEAT_MEASURED, BEAT_PHASES };

struct beats {
	double stall;	   /* seconds, of the one that allocates a page each beat */
	double stall_idle; /* of the one that does not */
	int cpus;
	double stall_pinned[PLAN_CPUS]; /* of those that do not and stay on one CPU */
	bool open;			/* some gap was still open: these are lower bounds */
};

/* One for each of the above; child_end kills them. */
void beat_start(void);
/* Forgets the gaps of this phase, which is the one that gaps count for from now on. */
void beat_phase(enum beat_phase phase);
/* Waits (for 10 s at most) until all have beaten once more; false when a gap is still open. */
bool beat_settle(void);
/* The gaps of a phase; of the current one also those still open, as long as they are by now. */
void beat_largest(enum beat_phase phase, struct beats *ret);

/* load.c: what fills the memory. Each runs until it is killed. */

void load_worker(int number) __attribute__((noreturn));
void load_allocator(void) __attribute__((noreturn));
/* rate 0: as fast as it can; limit 0: none. */
void load_leaker(long long bytes_per_second, long long limit_bytes) __attribute__((noreturn));

/* child.c: what this run has started, and what became of it. */

enum child_kind { CHILD_TASK, CHILD_ALLOCATOR, CHILD_LEAKER, CHILD_PROGRAM, CHILD_KINDS };

/* Forks; in the child it returns 0, with the OOM score adjustment set. */
pid_t child_fork(enum child_kind kind, const char *name, int oom_score_adj);
void child_program(const struct plan_program *p);
/* Collects those that ended. */
void child_reap(void);
int child_alive(enum child_kind kind);
/* "exits":[...] and "survivors":{...} of the JSON of a run. */
void child_tell(void);
/* Kills every process but init, also what programs and commands left behind. */
void child_end(void);

/* shell.c: a command of the scenario; tells the event "command". */
void shell_run(int run, const struct plan_command *c);

/* ring.c: the kernel's ring buffer. */

void ring_open(void);
/* Later records only. */
void ring_skip(void);
void ring_mark(const char *mark, int run);
/* Sends every record up to the end mark of the run. */
void ring_send(int run);
/* Writes lines at level 4; returns the seconds that it took. */
double ring_calibrate(int lines, int line_bytes);

/* run.c: one run of the plan; tells the event "run". */
void run_one(const struct plan *plan, int number);
