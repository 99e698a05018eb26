/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guard has changed on this machine and must take back. Each change is written to the state
 * file before it is made, so that a crash at any point leaves a file from which the next start
 * restores. The file is replaced by rename, never torn. It is not synced: what guard has changed
 * does not outlive the machine, and waiting for a disk while memory runs out could cost more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "act/knob.h"
#include "base/fault.h"
#include "model/guard.h"

enum change_kind {
	CHANGE_NONE = 0,
	CHANGE_OOM_SCORE_ADJ, /* of .id */
	CHANGE_MEMORY_HIGH,   /* of the cgroup .path, relative to the v2 mount */
	CHANGE_UNIT_HIGH,     /* runtime property MemoryHigh= of the systemd unit .path */
	/* The first number of a file below /proc/sys; only CHANGE_PRINTK. Made for no suspect: .id
	 * is all zero. */
	CHANGE_SYSCTL,
};

/* console_loglevel and the three other levels; writing one number leaves those as they are. */
#define CHANGE_PRINTK "kernel/printk"

struct change {
	enum change_kind kind;
	struct process_id id; /* the suspect it was made for */
	char path[GUARD_PATH_SIZE];
	char before[KNOB_SIZE], after[KNOB_SIZE];
};

/* Every suspect: its adj and its limit; and as many critical processes, and the console. */
#define CHANGES_MAX 64

struct changes {
	char file[GUARD_PATH_SIZE]; /* empty: kept in memory only */
	char boot_id[40];	    /* of this boot; pids of another boot mean nothing */
	struct change entry[CHANGES_MAX];
};

/*
 * Reads the state file. A missing file, or one of another boot, is no change at all. A malformed
 * one is -EPROTO with a fault: the caller says so and goes on, nothing can be restored from it.
 * `boot_id` is the text of /proc/sys/kernel/random/boot_id.
 */
int changes_load(struct changes *c, const char *file, const char *boot_id,
		 struct fault *f) _must_check_ _nonnull_(1, 2, 3);

/*
 * The lock of the state file, FILE.lock beside it: two guards on one file would take back each
 * other's changes. -EWOULDBLOCK when another process holds it. Held while *ret_fd, the caller's,
 * is open, here or in a child forked since; -1 when it could not be made (read only, disk full),
 * for then no change can be saved, and so none made, either.
 */
int changes_lock(const char *file, int *ret_fd, struct fault *f) _must_check_ _nonnull_(1, 2);

/*
 * Pure part of changes_load: the text of a state file onto an empty *c whose .file (for messages)
 * and .boot_id are set. On -EPROTO no entry is kept.
 */
int changes_parse(struct changes *c, const char *buf, size_t len, struct fault *f) _must_check_
	_nonnull_(1, 2);

/* Adds and saves; the new entry in *ret. -ENOSPC when full: then the change must not be made. */
int changes_add(struct changes *c, const struct change *change, struct change **ret,
		struct fault *f) _must_check_ _nonnull_(1, 2);

/* Forgets an entry (taken back, or never made) and saves. */
int changes_remove(struct changes *c, struct change *entry, struct fault *f) _nonnull_(1, 2);

/* The entry of this kind for this process (all zero: for none), or NULL. */
struct change *changes_find(struct changes *c, enum change_kind kind,
			    struct process_id id) _nonnull_all_;
