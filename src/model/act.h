/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What doctor did to the machine, or would do: one row a file. act/remedy.h fills it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/finding.h"

enum act_result {
	ACT_DONE = 0,
	ACT_DRY_RUN,	   /* all but the last call */
	ACT_ALREADY,	   /* it was so before */
	ACT_SKIPPED,	   /* this machine has no place for it; .fault says which */
	ACT_HELD,	   /* guard holds it lowered for the moment */
	ACT_CHANGED_SINCE, /* undo: somebody else changed it; left alone */
	ACT_FAILED,	   /* .fault says why */
};

#define ACT_FILE_SIZE 128
#define ACT_VALUE_SIZE 48 /* a knob's value; of a drop-in only its setting */

struct act {
	enum remedy_id remedy;
	enum act_result result;
	bool undo;
	bool left;			  /* by a guard that is gone: doctor takes it over */
	bool drop_in;			  /* a file for the next boot, not the running kernel */
	bool before_absent, after_absent; /* the file was not, or will not be, there */
	char file[ACT_FILE_SIZE];	  /* "/proc/sys/kernel/printk" */
	char before[ACT_VALUE_SIZE], after[ACT_VALUE_SIZE]; /* not escaped */
	struct fault fault;
};

#define ACTS_MAX 16

struct acts {
	struct act act[ACTS_MAX];
	uint32_t count;
};

/* Did one of them not do what was asked? */
static inline bool acts_failed(const struct acts *a)
{
	bool failed = false;

	for (uint32_t i = 0; i < a->count; i++)
		failed |= a->act[i].result >= ACT_HELD;
	return failed;
}
