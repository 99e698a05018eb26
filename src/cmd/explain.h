/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of explain share: its options, its inputs, and the session that tells reports. */
#pragma once

#include <sys/types.h>

#include "cmd/common.h"
#include "report/explain_html.h"
#include "report/explain_json.h"
#include "report/explain_text.h"
#include "source/oom_reader.h"

struct explain_options {
	struct common_options common;
	bool all, live;
	uint32_t top; /* 0: not given */
	const char *html;
	char **file; /* of argv */
	int files;
};

/* ---- explain_input.c ---- */

struct explain_input {
	char name[256]; /* as shown; not escaped */
	int fd;
	pid_t child;	     /* journalctl, 0: none */
	bool kmsg;	     /* a record a read, -EAGAIN at its end */
	bool watch_stdout;   /* while it waits: -EPIPE when nobody reads what is told any more */
	struct opt_u64 next; /* sequence number that /dev/kmsg should give now */
	uint64_t lost;	     /* records overwritten before they were read */
};
#define EXPLAIN_INPUT_CLOSED ((struct explain_input){ .fd = -1 })

/* A directory, what is missing or unreadable: a fault that names the remedy. "-": stdin. */
int explain_open_file(const char *path, struct explain_input *ret,
		      struct fault *f) _must_check_ _nonnull_all_;
/* This boot's kernel messages; with `root` all of the journal below it. -ENOENT: no journalctl. */
int explain_open_journal(const char *root, struct explain_input *ret, struct fault *f) _must_check_
	_nonnull_(2, 3);
/*
 * Up to `size` bytes, at least one; *ret_len 0: the end. -EAGAIN: nothing within timeout_ms (-1:
 * waits), the end of what /dev/kmsg has now. -EINTR: a signal of `mask` came (NULL: none can).
 */
int explain_read(struct explain_input *in, char *buf, size_t size, int timeout_ms,
		 const sigset_t *mask, size_t *ret_len) _must_check_ _nonnull_(1, 2, 6);
/* Of a journalctl: 0 when it ended well, -EIO when with an error or by a signal. */
int explain_close(struct explain_input *in) _nonnull_all_;
/* Compressed, or a journal's own file: a fault with the command that unpacks it. */
int explain_packed(const char *name, struct text begin, struct fault *f) _must_check_ _nonnull_all_;

/* ---- explain_session.c ---- */

/* One reading of all inputs; what fails is kept, and told by explain_finish(). */
struct explain_session {
	const struct explain_options *o;
	struct oom_reader *reader;
	struct oom_reader_stats stats; /* at the end of the input before */
	struct oom_history history;
	struct oom_storms storms;
	struct explain_end end;
	const char *input;
	struct explain_text text;
	struct explain_json json;
	struct explain_html html;
	struct explain_renderer renderer[2];
	int failed[2]; /* of the renderers: -errno */
	uint32_t renderers;
	double started;
};

/* `page`: the renderer of --html is wanted; .html.out and .html.body are set already. */
int explain_begin(struct explain_session *s,
		  const struct explain_options *o) _must_check_ _nonnull_all_;
/* An input to its end, closed here; what cannot be read is complained about and counted. */
void explain_whole(struct explain_session *s, struct explain_input *in) _nonnull_all_;
/* /dev/kmsg until SIGINT, SIGTERM or SIGHUP. */
void explain_follow(struct explain_session *s, struct explain_input *in) _nonnull_all_;
void explain_unreadable(struct explain_session *s, const struct fault *f) _nonnull_all_;
/* The end of the page and the exit status; `page_failed`: that of --html. */
int explain_finish(struct explain_session *s, bool *ret_page_failed) _must_check_ _nonnull_all_;

/* ---- explain_sources.c ---- */

#define EXPLAIN_KMSG "/dev/kmsg"

/* What the options name, else what they mean: standard input, this boot, the logs below --root. */
void explain_read_all(struct explain_session *s) _nonnull_all_;

/* ---- explain_page.c ---- */

/* A file that takes the place of another only when it is whole. */
struct explain_file {
	char path[4096], scratch[4096 + 8];
	FILE *out, *body;
	bool direct; /* a pipe or device: written as it is */
};

int explain_file_open(const char *path, struct explain_file *ret,
		      struct fault *f) _must_check_ _nonnull_all_;
/* The page would replace what is read. */
bool explain_file_is_input(const char *path, const struct explain_options *o) _nonnull_all_;
/* Renames when `whole`, else removes the scratch file. */
int explain_file_close(struct explain_file *p, bool whole, struct fault *f) _nonnull_all_;
