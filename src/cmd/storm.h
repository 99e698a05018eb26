/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the actions of `storm` share: their options, and a machine made of options. */
#pragma once

#include "base/text.h"
#include "cmd/common.h"
#include "cmd/machine_options.h"
#include "model/machine.h"

#define STORM_LIST_MAX 64

/* An option that may hold several values: predict takes one, simulate and run make a grid. */
struct storm_list {
	uint64_t value[STORM_LIST_MAX];
	uint32_t count; /* 0: not given */
};

struct storm_options {
	struct common_options common;
	struct console_bauds console; /* --baud CONSOLE=N, of predict */
	struct storm_list baud, tasks, loglevel, dump_tasks, cpus, memory, allocators, leakers;
	struct text kernel[STORM_LIST_MAX]; /* points into argv */
	uint32_t kernels;
	uint64_t nodes, zones, comm_bytes, kills, repeat; /* 0: not given */
	bool caller, threaded;
	bool described;	    /* an option describes the machine */
	uint32_t given;	    /* bits of storm.c: which options there were */
	const char *action; /* NULL: none given */
	const char *svg, *markdown;
};

/* "6.1", "6.12.90-amd64", "2.6.32-754.el6": the first two numbers. -EINVAL for any other text. */
int storm_kernel_parse(struct text t, struct kernel_version *ret) _must_check_ _nonnull_all_;

/* Writes what the options say over *m; what neither says stays unknown. Complains and returns
 * -EINVAL when they give a speed to what is no serial console of a machine that was read. */
int storm_machine_override(const struct storm_options *o,
			   struct machine *m) _must_check_ _nonnull_all_;

/* The actions; each returns an exit code. */
int storm_predict_run(const struct storm_options *o) _nonnull_all_;
int storm_simulate_run(const struct storm_options *o) _nonnull_all_;
int storm_run_run(const struct storm_options *o) _nonnull_all_;
