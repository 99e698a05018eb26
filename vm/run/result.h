/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what a run left (ring buffer, wire, the guest's own figures) to the object that vm-run
 * prints: docs/VM.md, "The result". Pure but for memory.
 */
#pragma once

#include <jansson.h>

#include "base/macro.h"
#include "compare.h"
#include "oomreport.h"
#include "record.h"
#include "scenario.h"

struct run_facts {
	const struct scenario *scenario;
	const struct plan_run *plan;
	const struct records *records;
	struct wire wire;  /* between the marks, without them */
	bool marks_found;  /* both came over the wire */
	bool ring_overrun; /* records were lost in the guest's ring or on the way here */
	bool facts_lost;   /* the guest told something that could not be read */
	bool console_overflowed;
	bool guest_ended; /* in the middle of the run: no figures of the guest */
	double char_seconds;
	/* From the begin of the measured time to the guest's figures, by either clock. */
	double host_seconds, guest_seconds; /* 0: not known */
	const json_t *guest;		    /* its event "run", or NULL */
	json_t *commands;		    /* an array */
	const char *kmsg_file;		    /* "" none */
};

/* A new object; NULL when memory is short. */
json_t *result_run(const struct run_facts *facts) _must_check_ _nonnull_all_;
