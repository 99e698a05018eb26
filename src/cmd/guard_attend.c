/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between scans: deadlines of suspects, and the memory of those that have ended. */
#include <math.h>

#include "act/pidfd.h"
#include "cmd/guard_run.h"
#include "judge/headroom.h"

/* Headroom of the limit a signalled suspect was bound by, with what sits on per-CPU lists. */
static void memory_came_back(struct guard *g, struct suspect *s)
{
	const struct process_table *t = sampler_table(g->sampler);
	struct headroom h = { .kind = LIMIT_UNKNOWN };
	struct zoneinfo zones;
	double back;

	if (s->limit.kind == LIMIT_HOST)
		h = headroom_of_host(t);
	else if (s->limit.kind == LIMIT_CGROUP && s->limit.cgroup < t->cgroups.count)
		h = headroom_of_cgroup(t, s->limit.cgroup);
	if (!opt_is_known(h.bytes)) {
		/* An rlimit, or a cgroup that went with its last process: the limit itself is gone.
		 */
		s->returned_bytes = s->expected_bytes;
		return;
	}
	back = (double)h.bytes.value - (double)s->available_before;
	if (h.kind == LIMIT_HOST && sampler_zoneinfo(g->sampler, &zones) == 0)
		back += (double)(zones.pcp_pages * t->host.page_bytes);
	s->returned_bytes = back > 0 ? (uint64_t)back : 0;
}

static void attend_ended(struct guard *g, uint32_t i, double now)
{
	struct suspect *s = &g->suspect[i];

	if (!s->exited) {
		s->exited = true;
		s->exit_seconds = now;
	}
	memory_came_back(g, s);
	if (!ladder_return_is_settled(&g->policy, s, now))
		return;
	guard_act(g, i, (struct ladder_step){ .rung = RUNG_VERIFY, .reason = DECISION_ENDED }, now);
}

static void attend_signalled(struct guard *g, uint32_t i, double now)
{
	struct suspect *s = &g->suspect[i];

	if (pidfd_has_exited(g->pidfd[i])) {
		attend_ended(g, i, now);
		return;
	}
	if (now >= s->deadline_seconds && guard_suspect_is_present(g, s))
		guard_suspect_climb(g, i, now);
}

void guard_attend(struct guard *g, double now)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		struct suspect *s = &g->suspect[i];

		if (!s->used)
			continue;
		if (g->pidfd[i] >= 0) {
			attend_signalled(g, i, now);
			continue;
		}
		if ((s->done & rung_bit(RUNG_EVIDENCE)) && !s->evidence_ready &&
		    now >= s->evidence_seconds + g->policy.evidence_seconds) {
			s->evidence_ready = true;
			if (guard_suspect_is_present(g, s))
				guard_suspect_climb(g, i, now);
		}
	}
}

double guard_next_deadline(const struct guard *g)
{
	double next = INFINITY;

	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		const struct suspect *s = &g->suspect[i];

		if (!s->used)
			continue;
		if ((s->done & rung_bit(RUNG_EVIDENCE)) && !s->evidence_ready)
			next = fmin(next, s->evidence_seconds + g->policy.evidence_seconds);
		if (g->pidfd[i] >= 0 && !(s->done & rung_bit(RUNG_KILL)))
			next = fmin(next, s->deadline_seconds);
	}
	return next;
}
