/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread for the two calls that may block on somebody else's lock: process_mrelease and the
 * write of memory.high. Started before guard arms; afterwards it allocates nothing. One job at a
 * time: a busy worker refuses (-EBUSY) and the caller goes on without, it never waits.
 */
#pragma once

#include <stdint.h>

#include "act/knob.h"
#include "base/fault.h"

struct worker;

enum worker_job_kind {
	WORKER_MRELEASE,
	WORKER_KNOB_WRITE,
};

struct worker_job {
	enum worker_job_kind kind;
	int fd;		       /* pidfd or cgroup directory; the worker takes it and closes it */
	char file[32];	       /* WORKER_KNOB_WRITE */
	char value[KNOB_SIZE]; /* WORKER_KNOB_WRITE */
	uint64_t tag;	       /* the caller's, comes back with the result */
};

struct worker_result {
	uint64_t tag;
	enum worker_job_kind kind;
	int result; /* 0 or negative errno */
	double seconds;
};

int worker_start(struct worker **ret, struct fault *f) _must_check_ _nonnull_(1);
/* Becomes readable when results wait. */
int worker_fd(const struct worker *w) _nonnull_all_;
/* Takes job->fd in every case. -EBUSY when a job is under way. */
int worker_submit(struct worker *w, const struct worker_job *job) _must_check_ _nonnull_all_;
/* 1 and *ret, or 0 when none waits. */
int worker_take(struct worker *w, struct worker_result *ret) _nonnull_all_;
/* Waits at most `seconds` for a job under way, then leaves the thread to the end of the process. */
void worker_stop(struct worker *w, double seconds);
