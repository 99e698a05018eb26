/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One step of the ladder. A rung is marked done or failed here, in guard_helper.c when it fails
 * later; a failed one is not tried again, because the next rung is the answer to its failure.
 */
#include <errno.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/guard_change.h"
#include "cmd/guard_rung.h"

static void describe_return(struct guard *g, const struct suspect *s)
{
	struct strbuf d = guard_detail(g);

	strbuf_bytes(&d, (double)s->returned_bytes);
	strbuf_puts(&d, " of ");
	strbuf_bytes(&d, (double)s->expected_bytes);
	strbuf_puts(&d, " came back, ended after ");
	strbuf_seconds(&d, s->exit_seconds - s->signal_seconds);
}

/* The end of a suspect: what guard changed for it is taken back, its place is free again. */
static void finish(struct guard *g, uint32_t i)
{
	struct suspect *s = &g->suspect[i];

	guard_take_back_changes(g, s);
	closep(&g->pidfd[i]);
	s->used = false;
}

static int rung_verify(struct guard *g, uint32_t i)
{
	struct suspect *s = &g->suspect[i];

	guard_decide_about_life(g, s->id, s->comm, RUNG_VERIFY, DECISION_ENDED);
	g->decision.fallback = s->fallback;
	describe_return(g, s);
	finish(g, i);
	if (s->returned_bytes * 2 < s->expected_bytes)
		return fault_set(
			&g->decision.fault, -ETIME,
			"less than half came back in time: others took it, or it was shared");
	return 0;
}

static int rung_clear(struct guard *g, uint32_t i)
{
	finish(g, i);
	return 0;
}

static int climb(struct guard *g, uint32_t i, struct ladder_step step, double now)
{
	struct suspect *s = &g->suspect[i];

	switch (step.rung) {
	case RUNG_NOTIFY:
		return guard_rung_notify(g, s);
	case RUNG_STEER:
		return guard_rung_steer(g, s);
	case RUNG_EVIDENCE:
		return guard_rung_evidence(g, s, now);
	case RUNG_LIMIT:
		return guard_rung_limit(g, s);
	case RUNG_TERM:
		return guard_rung_term(g, i, step.grace_seconds, now);
	case RUNG_KILL:
		return guard_rung_kill(g, i, now);
	case RUNG_VERIFY:
		return rung_verify(g, i);
	case RUNG_CLEAR:
		return rung_clear(g, i);
	case RUNG_NONE:
	case RUNG_QUIET:
	case RUNG_UNQUIET:
	case RUNG_COUNT:
		break;
	}
	return 0;
}

/*
 * The reason to act is gone: what was changed is taken back, and the next scan judges it anew. A
 * process that was signalled is waited for as before: guard_attend sees its end.
 */
static void skip(struct guard *g, uint32_t i, bool ended, double now)
{
	struct suspect *s = &g->suspect[i];

	if (g->pidfd[i] >= 0 && (s->done & rung_bit(RUNG_TERM)))
		return;
	g->skipped = true;
	closep(&g->pidfd[i]);
	guard_take_back(g, s, ended ? DECISION_ENDED : DECISION_CLEARED);
	s->used = false;
}

void guard_act(struct guard *g, uint32_t i, struct ladder_step step, double now)
{
	struct suspect *s = &g->suspect[i];
	int r;

	g->decision.action = step.rung;
	g->decision.reason = step.reason;
	g->decision.result = RESULT_DONE;
	g->decision.detail[0] = '\0';
	g->decision.fault = (struct fault){ 0 };
	r = climb(g, i, step, now);
	if (r == -ESRCH || r == -ECANCELED)
		g->decision.result = RESULT_SKIPPED;
	else if (r < 0 && g->decision.result != RESULT_FAILED)
		(void)guard_failed(g, r);
	if (g->decision.result == RESULT_FAILED)
		s->failed |= rung_bit(step.rung);
	else if (g->decision.result != RESULT_SKIPPED)
		s->done |= rung_bit(step.rung);
	guard_tell(g);
	if (g->decision.result == RESULT_SKIPPED)
		skip(g, i, r == -ESRCH, now);
}
