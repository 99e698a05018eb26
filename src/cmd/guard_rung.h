/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rungs of guard_helper.c, guard_brake.c and guard_signal.c, for guard_act.c alone. Each acts
 * on a suspect of g->decision and returns 0, -ESRCH or -ECANCELED when the reason to act is gone,
 * or another negative errno; it describes its numbers in the decision's detail and a failure in its
 * fault. In a dry run all is the same but the last call.
 */
#pragma once

#include "cmd/guard_run.h"

int guard_rung_notify(struct guard *g, struct suspect *s) _nonnull_all_;
int guard_rung_evidence(struct guard *g, struct suspect *s, double now) _nonnull_all_;
/* For the host's OOM killer and, where a cgroup binds, for that cgroup's: the higher of the two. */
int guard_rung_steer(struct guard *g, struct suspect *s) _nonnull_all_;
int guard_rung_limit(struct guard *g, struct suspect *s) _nonnull_all_;
int guard_rung_term(struct guard *g, uint32_t i, double grace_seconds, double now) _nonnull_all_;
int guard_rung_kill(struct guard *g, uint32_t i, double now) _nonnull_all_;
