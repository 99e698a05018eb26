/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a report: what each kind of line means for it, and which function takes it. */
#pragma once

#include "source/oom_open.h"

/* What a kind means for the state. */
enum oom_role {
	OOM_ROLE_FOREIGN = 0,
	OOM_ROLE_STACK,	  /* of any dump */
	OOM_ROLE_MEMORY,  /* of any Mem-Info: begins a report only on trial */
	OOM_ROLE_OWN,	  /* only an OOM report has it: begins one that was cut */
	OOM_ROLE_ROW,	  /* of the task table: three on trial are a report */
	OOM_ROLE_VERDICT, /* ends it */
	OOM_ROLE_NEIGHBOUR,
};

struct oom_part_rule {
	enum oom_role role;
	enum oom_phase phase;
};
extern const struct oom_part_rule oom_part_rules[OOM_LINE_KIND_COUNT];

/* Takes a line of that kind. 0 or -ENOMEM. */
int oom_part_take(struct oom_open *o, enum oom_line_kind kind,
		  struct text t) _must_check_ _nonnull_all_;
/* A row of the table whose heading came before: 1 when it is one. */
int oom_part_take_row(struct oom_open *o, struct text t) _must_check_ _nonnull_all_;
/* Words of the stack as numbers, which some architectures print. */
bool oom_part_is_hex_dump(struct text t);
