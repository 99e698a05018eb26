/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What doctor --fix has changed and --undo takes back: a file that survives a reboot and a crash
 * between any two writes. Each change is in it before it is made. Private to act/remedy.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/finding.h"

#define REMEDY_STATE_DIR "var/lib/bulkhead"
#define REMEDY_STATE_FILE "doctor.json"
#define REMEDY_FILE_SIZE 96
#define REMEDY_CONTENT_SIZE 4096 /* of a drop-in; a larger one is not ours and not touched */
#define REMEDY_CHANGES_MAX 8	 /* a knob and a drop-in for every remedy */

/* A knob's value, or a file with its mode, or its absence. */
struct remedy_value {
	bool absent;
	uint32_t mode;
	char text[REMEDY_CONTENT_SIZE];
};

/*
 * `before` is what --undo restores. `last` is what was there when `after` was last written: after
 * a crash before that write it is still there, and still ours.
 */
struct remedy_change {
	enum remedy_id remedy;
	bool drop_in;
	char file[REMEDY_FILE_SIZE]; /* relative to the top: "proc/sys/kernel/printk" */
	struct remedy_value before, last, after;
};

/* Tests stop the program after so many steps, as a crash would. 0: never. */
struct remedy_steps {
	uint32_t left;
};

/* -ECANCELED at the step where the crash is to be. */
int remedy_step(struct remedy_steps *steps) _must_check_ _nonnull_all_;

struct remedy_state {
	int dir; /* of the state file; -1: there is none */
	struct remedy_steps *steps;
	struct remedy_change change[REMEDY_CHANGES_MAX];
	uint32_t count;
};

/*
 * Opens, locks and reads the state below `top`. With `make` its directory is made when it is not
 * there; without it that is an empty state. -EWOULDBLOCK when another doctor holds it, -EPROTO when
 * the file is malformed: then nothing may be changed.
 */
int remedy_state_open(int top, bool make, struct remedy_steps *steps, struct remedy_state *ret,
		      struct fault *f) _must_check_ _nonnull_(3, 4);
void remedy_state_close(struct remedy_state *s) _nonnull_all_;

/* Pure: the text of a state file onto ret->change. */
int remedy_state_parse(const char *buf, size_t len, struct remedy_state *ret,
		       struct fault *f) _must_check_ _nonnull_(1, 3);

/* Replaces the file by rename; without a change left, removes it. */
int remedy_state_save(struct remedy_state *s, struct fault *f) _must_check_ _nonnull_(1);

/* NULL when there is none for this file. */
struct remedy_change *remedy_state_find(struct remedy_state *s, const char *file) _nonnull_all_;
/* A new, empty one; NULL when full. */
struct remedy_change *remedy_state_add(struct remedy_state *s, const char *file) _nonnull_all_;
void remedy_state_remove(struct remedy_state *s, struct remedy_change *c) _nonnull_all_;

bool remedy_value_equal(const struct remedy_value *a, const struct remedy_value *b) _nonnull_all_;

/*
 * Writes a file whole or not at all (a scratch file beside it, renamed), or removes it when the
 * value is absent.
 */
int remedy_file_put(int dir, const char *name, const struct remedy_value *v,
		    struct remedy_steps *steps) _must_check_ _nonnull_all_;
/* -EFBIG when it is larger than any drop-in of ours. */
int remedy_file_get(int dir, const char *name, struct remedy_value *ret) _must_check_ _nonnull_all_;
