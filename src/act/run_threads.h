/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads and processes that run_traced.c follows, and what each of their stops means. Only for
 * that file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "act/run_traced.h"

/* A thread that was killed along with another waits so long for that one: see tracee_stopped. */
#define UNDECIDED_SECONDS 0.02

enum tracee_state {
	TRACEE_RUNS = 0,
	TRACEE_STOPPED, /* and stays so until its process is let go */
	TRACEE_LEAVING, /* was let go at its end */
};

struct tracee {
	int32_t tid;
	int32_t pid; /* of its process; 0: its first stop came before the event of its parent */
	enum tracee_state state;
	bool at_end;  /* at its PTRACE_EVENT_EXIT */
	bool parted;  /* killed along with others: its registers count when its process ends */
	int listens;  /* the signal of the job-control stop it is in: goes on by PTRACE_LISTEN */
	int signal;   /* to go on with */
	double since; /* of TRACEE_STOPPED */
	struct image_thread saved; /* registers at its end */
};

enum traced_state {
	TRACED_RUNS = 0,
	TRACED_ENDS,  /* waits for its other threads */
	TRACED_LOOKS, /* interrupted for a look */
	TRACED_DONE,  /* was held, or is not to be */
};

struct traced {
	int32_t pid;
	enum traced_state state;
	bool program;
	bool shares; /* a vfork child: the memory is its parent's until it executes */
	int status;
	uint32_t unseen; /* threads that ended without their stop */
	int asked;
	double asked_at, since, started;
};

struct tracees {
	struct tracee *thread;
	struct traced *process;
	uint32_t threads, thread_room, processes, process_room;
	bool children;
	bool short_of_memory; /* a thread could not be entered in the table: it was let go */
};

void tracees_release(struct tracees *t) _nonnull_all_;

/* NULL when memory is short. */
struct tracee *tracee_add(struct tracees *t, int32_t tid, int32_t pid) _nonnull_all_;
struct traced *traced_add(struct tracees *t, int32_t pid, double now) _nonnull_all_;
struct traced *traced_of(struct tracees *t, int32_t pid) _nonnull_all_;

/* What waitpid said of a thread that is stopped. */
void tracee_stopped(struct tracees *t, int32_t tid, int status, double now) _nonnull_all_;
/* ... or of one that is gone. */
void tracee_gone(struct tracees *t, int32_t tid) _nonnull_all_;

/* Interrupts the threads of a process for a look. */
void traced_interrupt(struct tracees *t, struct traced *p, double now) _nonnull_all_;
/* Every thread of it is stopped, or has had RUN_HOLD_SECONDS to. */
bool traced_is_held(const struct tracees *t, const struct traced *p, double now) _nonnull_all_;
/* The signal of the job-control stop that all threads of it are in; 0: they are not. */
int traced_stop_signal(const struct tracees *t, const struct traced *p) _nonnull_all_;
/* The registers of its threads. -ENOMEM. */
int traced_threads(struct tracees *t, const struct traced *p, struct image_thread **ret,
		   uint32_t *ret_count, uint32_t *ret_missing) _must_check_ _nonnull_all_;
/* Lets its threads go on, each as it would have. */
void traced_go_on(struct tracees *t, struct traced *p) _nonnull_all_;
/* Stops following a process, or all: those that are stopped are let go. */
void traced_detach(struct tracees *t, struct traced *p) _nonnull_all_;

/*
 * Lets threads go that have waited for another's word for too long. Returns the seconds until this
 * must be called again, INFINITY for none.
 */
double tracees_expire(struct tracees *t, double now) _nonnull_all_;
