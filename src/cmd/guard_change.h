/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of guard's acts that can be undone: made in guard_change.c, taken back in
 * guard_restore.c. Each change is recorded in the state file before it is made; each failure is
 * described in g->decision.
 */
#pragma once

#include "base/strbuf.h"
#include "cmd/guard_run.h"

/* The /proc/PID directory of that very life, or -ESRCH when the pid means another by now. */
int guard_open_process(const struct guard *g, struct process_id id) _must_check_ _nonnull_all_;
/* The directory of a cgroup v2 path. */
int guard_open_cgroup(const struct guard *g, const char *path) _must_check_ _nonnull_all_;

/* /proc/sys. */
int guard_open_sysctl(const struct guard *g) _must_check_ _nonnull_all_;

/* The first word: of kernel/printk the console's level alone, of the others all there is. */
int guard_knob_read(int dir, const char *file, char ret[KNOB_SIZE],
		    struct fault *f) _must_check_ _nonnull_all_;

/* What the decision tells of its numbers so far, to go on with. */
struct strbuf guard_detail(struct guard *g) _nonnull_all_;

/*
 * Marks the decision as failed, with the fault its finder has described, and returns r. That the
 * target has ended (-ESRCH) is no failure.
 */
int guard_failed(struct guard *g, int r) _nonnull_all_;

/* Sets oom_score_adj of that life; 0 also when it has the value already, or in a dry run. */
int guard_set_adj(struct guard *g, struct process_id id, int64_t value) _nonnull_all_;

/* The same for console_loglevel. */
int guard_set_console_loglevel(struct guard *g, uint64_t level) _nonnull_all_;

/*
 * Puts console_loglevel back to what it was, unless somebody else has changed it since, and tells.
 * With nothing recorded (a dry run) it only tells.
 */
void guard_restore_console(struct guard *g, enum decision_reason why) _nonnull_all_;

/* Asks the helper for `systemctl set-property --runtime UNIT MemoryHigh=value`. */
int guard_run_systemctl(struct guard *g, const char *unit, const char *value) _nonnull_all_;

/* The suspect's own changes; and those on critical processes, when it was the last steered one. */
void guard_take_back_changes(struct guard *g, const struct suspect *s) _nonnull_all_;
