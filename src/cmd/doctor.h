/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `doctor` share: its options, and the acts of --fix and --undo. */
#pragma once

#include "cmd/common.h"
#include "model/console.h"
#include "report/doctor_view.h"

struct doctor_baud {
	char console[CONSOLE_NAME_SIZE];
	uint64_t bits_per_second;
};

struct doctor_options {
	struct common_options common;
	bool fix, undo, dry_run;
	bool named; /* --fix=LIST: only .wanted, whatever was found */
	bool wanted[REMEDY_COUNT];
	struct doctor_baud baud[CONSOLES_MAX];
	uint32_t bauds;
	uint64_t tasks; /* 0: as many as there are */
};

/* --fix or --undo: v->acts becomes what was done. Returns an exit code. */
int doctor_act(const struct doctor_options *o, struct doctor_view *v) _nonnull_all_;

/* Reads the machine, applies the options that override it, judges. Returns an exit code. */
int doctor_look(const struct doctor_options *o, struct doctor_view *ret) _nonnull_all_;
