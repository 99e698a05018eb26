/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes a rule list names, and which ones guard may act on at all. Pure. */
#pragma once

#include "model/guard.h"

bool rule_matches(const struct rule *r, const struct process *p,
		  const struct process_table *t) _nonnull_all_;
bool rule_list_matches(const struct rule_list *l, const struct process *p,
		       const struct process_table *t) _nonnull_all_;

/* Processes that are guard itself: never a candidate. */
struct guard_self {
	int32_t pid, helper_pid;
};

/*
 * Why guard must leave a process alone, as constant text; NULL when it may act on it. Follows the
 * kernel where it has a rule (mm/oom_kill.c:oom_unkillable_task, oom_badness in 6.12: pid 1,
 * kernel threads, oom_score_adj -1000), then the operator's lists.
 */
const char *guard_excluded(const struct guard_policy *policy, const struct guard_self *self,
			   const struct process *p, const struct process_table *t) _nonnull_all_;
