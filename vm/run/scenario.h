/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario: the machine to boot and the runs to make in it. docs/VM.md lists the keys.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/text.h"
#include "vm/plan.h"

#define SCENARIO_FILES 32
#define SCENARIO_ERRORS 32

/* Copied into the guest. */
struct scenario_file {
	char host[PLAN_TEXT];
	char guest[PLAN_TEXT]; /* absolute */
};

struct scenario {
	uint64_t memory_bytes;
	int32_t cpus;
	int32_t nodes;		/* memory and CPUs are dealt out evenly */
	uint64_t swap_bytes;	/* on a disk; 0: none */
	uint64_t zram_bytes;	/* swap in compressed memory; 0: none */
	int32_t console_baud;	/* 0: as fast as it goes */
	bool bulkhead;		/* /bin/bulkhead in the guest */
	double timeout_seconds; /* of the whole, by the host's clock */
	char kernel[PLAN_TEXT]; /* version or path; "": the newest there is */
	char cmdline[1024];	/* added to the kernel's command line */
	int32_t file_count;
	struct scenario_file file[SCENARIO_FILES];
	struct plan plan;
};

struct scenario_error {
	unsigned line;	/* 0: the whole, or a --set */
	char text[240]; /* escaped */
};

struct scenario_report {
	uint32_t error_count; /* may exceed SCENARIO_ERRORS: the rest is only counted */
	struct scenario_error error[SCENARIO_ERRORS];
};

/*
 * Pure. Reads the text over the defaults, then applies the settings ("SECTION.KEY=VALUE", where the
 * section "run" means all runs), then checks what single keys cannot. Everything wrong is in the
 * report; 0 when nothing is, else -EINVAL.
 */
int scenario_parse(struct text in, const char *const *settings, uint32_t setting_count,
		   struct scenario *ret, struct scenario_report *report) _must_check_
	_nonnull_(4, 5);
