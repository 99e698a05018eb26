/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VM bench (vm-run) as a child: a scenario goes in, JSON lines come out. */
#pragma once

#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/macro.h"
#include "base/text.h"

struct bench {
	pid_t pid; /* 0: not running */
	FILE *out; /* its JSON lines */
};

/* Once, before the first start: from then on SIGINT, SIGTERM and SIGHUP end nothing here, are
 * handed on to the bench that runs, and are remembered: one that starts later is ended at once. */
void bench_catch_signals(void);

/*
 * Starts vm-run, found beside our own binary (build/vm) or where it is installed, and gives it the
 * scenario. Returns negative errno; complains when there is none (-ENOENT).
 */
int bench_start(struct bench *b, struct text kernel,
		const char *scenario) _must_check_ _nonnull_all_;

/* The next object; NULL at the end. What is no JSON object is told on stderr and skipped. */
json_t *bench_next(struct bench *b) _must_check_ _nonnull_all_;

/* Waits for its end: its exit status, 128 + the signal that ended it, or negative errno. */
int bench_end(struct bench *b) _nonnull_all_;

/* Was one of those signals received? */
bool bench_interrupted(void);
