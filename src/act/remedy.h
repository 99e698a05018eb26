/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor --fix and --undo: settings of the running kernel, and for each a drop-in of sysctl.d for
 * the next boot. What was there is recorded before it is changed (/var/lib/bulkhead/doctor.json),
 * so that --undo restores exactly that: after --fix twice, after a reboot, and after a crash
 * between any two writes. docs/DOCTOR.md tells the rules in prose.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "act/remedy_state.h"
#include "base/fault.h"
#include "model/act.h"
#include "model/finding.h"

struct remedy_world {
	int top;      /* "/", or the tree of a test */
	bool dry_run; /* all but the writes */
	/*
	 * A knob that guard has changed for the moment ("proc/sys/kernel/printk"), NULL: none. It
	 * is left alone, because guard would put its own old value over ours.
	 */
	const char *held;
	/*
	 * A knob that a guard has changed which is gone, NULL: none. While `after` is in it,
	 * `before` counts as what is there: --fix records that, and --undo knows it as its own.
	 */
	struct {
		const char *knob;
		char before[ACT_VALUE_SIZE], after[ACT_VALUE_SIZE];
		bool taken; /* set: doctor's record has it now, guard's must go */
	} left;
	struct remedy_steps steps; /* of tests */
};

struct remedy_order {
	enum remedy_id remedy;
	uint64_t value;
};

/* Two acts an order: the running kernel, the next boot. "" when there is no drop-in. */
const char *remedy_knob(enum remedy_id id);

/*
 * 0 with one act a file in *ret, of which some may have failed (acts_failed); or a negative errno
 * when nothing could be recorded, and so nothing was changed from there on.
 */
int remedies_apply(struct remedy_world *w, const struct remedy_order *orders, uint32_t count,
		   struct acts *ret, struct fault *f) _must_check_ _nonnull_(1, 4);

/* Takes everything back, last change first. No state: nothing to do, no act. */
int remedies_undo(struct remedy_world *w, struct acts *ret, struct fault *f) _must_check_
	_nonnull_(1, 2);
