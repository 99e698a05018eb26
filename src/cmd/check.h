/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of check share. */
#pragma once

#include "act/run_traced.h"
#include "base/fault.h"
#include "cmd/common.h"
#include "cmd/leak_options.h"
#include "report/check_report.h"

struct check_options {
	struct leak_options leak;
	char **argv;
	uint8_t error_exitcode; /* 0: the program's own status */
	const char *log_file;	/* NULL: standard output */
	double duration;	/* INFINITY: until its end */
	bool children, keep_running;
};

struct check_result {
	struct check_process *process; /* [0] is the program, also when it could not be held */
	uint32_t processes, room;
	uint32_t left_out; /* processes for which there was no memory */
	struct run_result run;
};
void check_result_release(struct check_result *r) _nonnull_all_;

/* Runs it. EXITCODE_OK, or another with *f filled: the program has not run. */
int check_collect(const struct check_options *o, struct check_result *ret,
		  struct fault *f) _must_check_ _nonnull_all_;
