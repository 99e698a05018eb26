/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that does for guard what may block, allocate or fork: it saves evidence and starts
 * commands. Forked before guard arms, it is an ordinary process (no mlock, no oom_score_adj), so it
 * may die or hang on a target's mmap_lock without hurting the guard, which never waits for it:
 * requests and replies are datagrams, a full socket is -EAGAIN.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"
#include "base/root.h"
#include "model/guard.h"

enum helper_kind {
	HELPER_EVIDENCE, /* payload: the decision as JSON, saved beside the rest */
	HELPER_COMMAND,	 /* payload: argv, then environment, each string NUL-terminated */
};

#define HELPER_PAYLOAD_MAX (48 * 1024)

struct helper_request {
	enum helper_kind kind;
	uint64_t tag;
	char name[128];		      /* evidence: directory to make below evidence_dir */
	char cgroup[GUARD_PATH_SIZE]; /* evidence: the cgroup's directory below /sys, or empty */
	uint32_t argc;		      /* command: how many of the strings are argv */
	uint32_t payload_len;
};

struct helper_reply {
	uint64_t tag;
	enum helper_kind kind;
	int result;		 /* 0, or negative errno when nothing useful was done */
	uint32_t saved, missing; /* files */
	double seconds;
	char path[GUARD_PATH_SIZE + 128]; /* of the evidence directory */
};

struct helper {
	int fd; /* -1: none */
	pid_t pid;
};

struct helper_config {
	int proc_fd, sys_fd; /* as struct root */
	char evidence_dir[GUARD_PATH_SIZE];
	uint64_t evidence_keep;
};

int helper_start(const struct helper_config *config, struct helper *ret,
		 struct fault *f) _must_check_ _nonnull_(1, 2);
/*
 * Never blocks. process_fd: the target's /proc/PID directory, sent along (stays the caller's), -1
 * for none. -EAGAIN: the helper is busy; -EPIPE: it has died.
 */
int helper_send(const struct helper *h, const struct helper_request *request, const char *payload,
		int process_fd) _must_check_ _nonnull_(1, 2);
/* 1 and *ret; 0 when no reply waits; -EPIPE when the helper has died. */
int helper_take(const struct helper *h, struct helper_reply *ret) _nonnull_all_;
/* Closes the channel; the helper ends by itself when its work is done. */
void helper_stop(struct helper *h) _nonnull_all_;

/* helper_main.c: the helper's own life; returns when the channel is closed. */
void helper_serve(int channel, const struct helper_config *config);
