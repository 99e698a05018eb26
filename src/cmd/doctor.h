/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `doctor` share: its options, and the acts of --fix and --undo. */
#pragma once

#include "act/changes.h"
#include "act/remedy.h"
#include "base/root.h"
#include "cmd/common.h"
#include "cmd/machine_options.h"
#include "report/doctor_view.h"

struct doctor_options {
	struct common_options common;
	bool fix, undo, dry_run;
	bool named; /* --fix=LIST: only .wanted, whatever was found */
	bool wanted[REMEDY_COUNT];
	struct console_bauds bauds;
	uint64_t tasks; /* 0: as many as there are */
};

/* What guard's state file says of console_loglevel. Large: static. */
struct guard_record {
	struct changes changes;
	struct change *change; /* that guard made and has not taken back; NULL: there is none */
	enum known known;      /* of .change */
	int lock; /* of the state file, taken because no guard has it: it died; or -1 */
};

/* Of the state file that guard's configuration names, of this boot. Never fails: not known then. */
void guard_record_read(const struct root *root, struct guard_record *ret) _nonnull_all_;
void guard_record_close(struct guard_record *g) _nonnull_all_;
/* The machine as it is without that change; m->guard says that there is one. */
void guard_record_judge(const struct guard_record *g, struct machine *m) _nonnull_all_;
/* Whether doctor leaves that setting to guard, or takes it over from one that is gone. */
void guard_record_world(const struct guard_record *g, struct remedy_world *w) _nonnull_all_;

/* --fix or --undo: v->acts becomes what was done. Returns an exit code. */
int doctor_act(const struct doctor_options *o, struct doctor_view *v) _nonnull_all_;

/* Reads the machine, applies the options that override it, judges. Returns an exit code. */
int doctor_look(const struct doctor_options *o, struct doctor_view *ret) _nonnull_all_;
