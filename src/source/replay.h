/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a recorded history for `watch --replay`: CSV (RFC 4180) with a header that names at least
 * time_seconds, pid, comm, anon_bytes, swap_bytes and limit_bytes, in any order; other columns are
 * ignored. Rows come in time order (equal times are fine), any number of processes interleaved;
 * a process is the pair (pid, comm).
 *
 * A row that breaks a rule is refused as a whole, with its line and the reason, and reading goes
 * on: nothing is guessed, nothing is dropped silently. Memory: one chunk, and some 60 bytes for a
 * process.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/opt.h"
#include "base/text.h"

enum replay_column {
	REPLAY_TIME,
	REPLAY_PID,
	REPLAY_COMM,
	REPLAY_ANON,
	REPLAY_SWAP,
	REPLAY_LIMIT,
	REPLAY_COLUMNS,
};

#define REPLAY_HEADER_MAX 64		/* columns of a file */
#define REPLAY_RECORD_MAX 4096		/* bytes of a row, quotes and line breaks inside included */
#define REPLAY_COMM_MAX 255		/* bytes of a process name */
#define REPLAY_PROCESSES_MAX (1u << 20) /* distinct (pid, comm) of a file */

/* Which column of the file holds what: role[i] is an enum replay_column, or REPLAY_COLUMNS. */
struct replay_header {
	uint8_t role[REPLAY_HEADER_MAX];
	uint32_t count;
};

/* One accepted row. */
struct replay_row {
	double time_seconds;
	int32_t pid;
	uint32_t process; /* dense number of this (pid, comm) in order of appearance; set by
			     replay_next */
	uint64_t anon_bytes;
	struct opt_u64 swap_bytes;  /* ABSENT when the field is empty */
	struct opt_u64 limit_bytes; /* ABSENT when the field is empty: no limit known */
	struct text comm;	    /* unquoted; valid until the next call */
};

/*
 * Pure. `line` is one record without its line break. 0, or -EPROTO with a fault that names the
 * column that is missing or there twice.
 */
int replay_header_parse(struct text line, struct replay_header *ret, struct fault *f) _must_check_
	_nonnull_(2);

/*
 * Pure. Parses one record (without its final line break) into *ret, except .process. A quoted comm
 * is unquoted into `comm` (REPLAY_COMM_MAX bytes), an unquoted one points into `record`.
 * 0, or -EBADMSG with *ret_why, a constant text; or -EILSEQ, likewise, when the quoting itself is
 * broken, so that the end of the record cannot be trusted.
 */
int replay_row_parse(struct text record, const struct replay_header *header,
		     char comm[static REPLAY_COMM_MAX], struct replay_row *ret,
		     const char **ret_why) _must_check_ _nonnull_all_;

enum replay_step {
	REPLAY_END = 0,
	REPLAY_ROW,
	REPLAY_REFUSED, /* replay_refusal tells line and reason; reading can go on */
};

struct replay_refusal {
	uint64_t line;	 /* 1-based, where the row begins */
	const char *why; /* constant text */
};

struct replay;

/*
 * Starts on an open descriptor (borrowed; need not seek) and reads the header. `name` is for
 * messages (borrowed). 0; -EPROTO with a fault naming NAME:1 for a bad header or an empty file;
 * -ENOMEM; or the errno of read.
 */
int replay_open(int fd, const char *name, struct replay **ret, struct fault *f) _must_check_
	_nonnull_(2, 3);
void replay_free(struct replay *r); /* NULL is fine */
#define _cleanup_replay_ _cleanup_(replay_freep)
static inline void replay_freep(struct replay **r)
{
	replay_free(*r);
}

/* An enum replay_step, or a negative errno (read failed, no memory) with *f. */
int replay_next(struct replay *r, struct replay_row *ret, struct fault *f) _must_check_
	_nonnull_(1, 2);
struct replay_refusal replay_refusal(const struct replay *r) _nonnull_all_;

/* How many distinct processes so far, and their names (any byte but NUL). */
uint32_t replay_process_count(const struct replay *r) _nonnull_all_;
int32_t replay_pid(const struct replay *r, uint32_t process) _nonnull_all_;
struct text replay_comm(const struct replay *r, uint32_t process) _nonnull_all_;
