/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check prints: the leak report of a program, of its children, and how it ended. */
#pragma once

#include <stdio.h>

#include "base/fault.h"
#include "model/leak.h"
#include "report/leak_text.h"

#define CHECK_LIVE_CHILDREN 8

/* One process: the program, or a child of it. */
struct check_process {
	struct leak_report report;
	struct fault fault; /* why there is no summary; .err 0: nothing went wrong */
	bool ended;	    /* false: looked at while it ran */
	int status;	    /* as of waitpid(2), when it ended */
	uint32_t missing;   /* threads whose registers are not known */
	/* Children that it had when it was held. */
	int32_t child[CHECK_LIVE_CHILDREN];
	uint32_t children; /* may be more than fit in */
};

struct check_view {
	bool status_known; /* false: the program was left running */
	int status;	   /* of the program, as of waitpid(2) */
	int asked;	   /* the signal that ended it from outside, 0: none */
	bool children;	   /* they were looked at, too */
	bool left_running; /* what was looked at while it ran goes on */
	uint32_t children_left;
	const struct check_process *process; /* [0] is the program */
	uint32_t processes;
	uint32_t left_out; /* processes that memory was too short to report */
};

/* As a shell has it: 128 and the signal. 0 when it was left running. */
int check_exit_status(const struct check_view *v) _nonnull_all_;

/* at_exit of *o is set by what each process was. 0 or -EIO. */
int check_text(FILE *out, const struct check_view *v,
	       const struct leak_text_options *o) _must_check_ _nonnull_all_;
/* 0, -ENOMEM or -EIO. */
int check_json(FILE *out, const struct check_view *v) _must_check_ _nonnull_all_;
