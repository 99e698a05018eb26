/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new configuration on SIGHUP without allocating: a forked child reads it into memory that was
 * shared before arming. A configuration with errors changes nothing.
 */
#pragma once

#include "cmd/guard_run.h"
#include "source/guard_config.h"

/* Where a configuration is read into: mapped once, before arming; shared with the child. */
struct guard_config {
	struct guard_policy policy;
	struct config_report report;
};

/* The one mapping of this process, empty; NULL with *f. */
struct guard_config *guard_config_map(struct fault *f) _must_check_ _nonnull_all_;

/* Gives its pages back once the policy has been copied; they are zero when touched again. */
void guard_config_drop(void);

/* The judge's tuned values for this machine; a configured noise floor stays. */
void guard_growth_policy(struct guard_policy *policy, const struct host *host) _nonnull_all_;

/*
 * Reads the configuration anew and takes it over when it is right; tells on stderr otherwise.
 * What is bound to files opened at the start (state file, logs, evidence directory) stays as it
 * was. A dry run stays one: it has no state file, and acts without one could not be taken back
 * after a crash. Waits 2 s at most.
 */
void guard_reload(struct guard *g) _nonnull_all_;

/* Waits for a forked child, and kills it after so many seconds. 0 when it said so, -EINVAL when it
 * ended with another status, -ETIMEDOUT when it had to be killed or died. */
int guard_child_wait(pid_t pid, int seconds) _must_check_;

/* "FILE:LINE: text" of each error on stderr; also for guard --check-config. */
void config_complain(const struct config_report *report) _nonnull_all_;
