/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rungs, one function each. A rung is marked done or failed here and nowhere else; a failed
 * one is not tried again, because the next rung is the answer to its failure. With dry_run all is
 * the same but the last call.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/guard_change.h"
#include "cmd/guard_rung.h"

static void add_variable(struct strbuf *s, const char *name, const char *value)
{
	strbuf_puts(s, name);
	strbuf_putc(s, '=');
	strbuf_puts(s, value);
	strbuf_putc(s, '\0');
}

static int rung_notify(struct guard *g, struct suspect *s)
{
	struct helper_request request = { .kind = HELPER_COMMAND, .argc = 3 };
	char payload[2048], pid[16];
	struct strbuf p = STRBUF(payload);

	if (!g->policy.notify_command[0])
		return 0;
	if (g->policy.dry_run) {
		g->decision.result = RESULT_DRY_RUN;
		return 0;
	}
	(void)snprintf(pid, sizeof(pid), "%d", s->id.pid);
	strbuf_add(&p, "/bin/sh\0-c", 11);
	strbuf_puts(&p, g->policy.notify_command);
	strbuf_putc(&p, '\0');
	add_variable(&p, "BULKHEAD_PID", pid);
	/* Never spliced into the command's text: a comm is hostile, a variable is only data. */
	add_variable(&p, "BULKHEAD_COMM", s->comm);
	request.payload_len = (uint32_t)p.len;
	return p.full ? -ENAMETOOLONG : helper_send(&g->helper, &request, payload, -1);
}

/* "20261123T081502Z-1234-comm": sorts by time; of the comm only what is safe in a file name. */
static void evidence_name(char *buf, size_t size, const struct suspect *s)
{
	struct strbuf name = { .buf = buf, .size = size };
	time_t wall = (time_t)clock_wall_seconds();
	char stamp[32];
	struct tm tm;

	strbuf_clear(&name);
	if (gmtime_r(&wall, &tm) && strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm))
		strbuf_puts(&name, stamp);
	strbuf_printf(&name, "-%d-", s->id.pid);
	for (const char *p = s->comm; *p; p++) {
		bool safe = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
			    (*p >= 'A' && *p <= 'Z') || *p == '-' || *p == '_';

		strbuf_putc(&name, safe ? *p : '_');
	}
}

static int rung_evidence(struct guard *g, struct suspect *s, double now)
{
	const struct process_table *t = sampler_table(g->sampler);
	struct helper_request request = { .kind = HELPER_EVIDENCE, .tag = s->id.starttime_ticks };
	_cleanup_close_ int dir = -1;
	struct strbuf d = guard_detail(g);
	const struct process *p = &g->decision.chosen.process;
	const char *json;
	size_t len;

	s->evidence_seconds = now;
	if (!g->policy.evidence_dir[0]) {
		s->evidence_ready = true;
		return 0;
	}
	evidence_name(request.name, sizeof(request.name), s);
	strbuf_escape(&d, text_of(g->policy.evidence_dir, strlen(g->policy.evidence_dir)));
	strbuf_printf(&d, "/%s", request.name);
	/* Evidence changes nothing in the world guard watches: a dry run saves it too. */
	g->decision.result = RESULT_PENDING;
	if (p->cgroup != CGROUP_NONE && t->cgroups.version != CGROUP_VERSION_UNKNOWN)
		(void)snprintf(request.cgroup, sizeof(request.cgroup), "fs/cgroup%s%.200s",
			       t->cgroups.version == CGROUP_V1 ? "/memory" : "",
			       cgroup_path(&t->cgroups, p->cgroup));
	dir = guard_open_process(g, s->id);
	if (dir < 0)
		return dir;
	json = guard_decision_json(g, &len);
	request.payload_len = json ? (uint32_t)len : 0;
	return helper_send(&g->helper, &request, json, dir);
}

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
		return rung_notify(g, s);
	case RUNG_STEER:
		return guard_rung_steer(g, s);
	case RUNG_EVIDENCE:
		return rung_evidence(g, s, now);
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
	guard_take_back(g, s, ended ? DECISION_ENDED : DECISION_CLEARED, now);
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

/* A rung that was handed to a helper and failed there: told as a decision of its own. */
static void tell_late_failure(struct guard *g, uint32_t i, enum rung rung, int r, const char *what)
{
	struct suspect *s = &g->suspect[i];

	s->done &= ~rung_bit(rung);
	s->failed |= rung_bit(rung);
	guard_decide_about_life(g, s->id, s->comm, rung, DECISION_LEAKS);
	g->decision.fallback = s->fallback;
	(void)fault_errno(&g->decision.fault, r, "%s", what);
	(void)guard_failed(g, r);
	guard_tell(g);
}

/* The suspect a result is about, or GUARD_SUSPECTS when it is one no more. */
static uint32_t suspect_of_tag(const struct guard *g, uint64_t tag)
{
	uint32_t i = 0;

	while (i < GUARD_SUSPECTS &&
	       !(g->suspect[i].used && g->suspect[i].id.starttime_ticks == tag))
		i++;
	return i;
}

static void take_worker_results(struct guard *g, struct worker *worker)
{
	struct worker_result w;

	while (worker_take(worker, &w)) {
		uint32_t i = suspect_of_tag(g, w.tag);

		/* ESRCH: the process had freed its memory itself. */
		if (w.result >= 0 || w.result == -ESRCH)
			continue;
		/* Not limited after all: it may be cleared again. */
		if (w.kind == WORKER_KNOB_WRITE && i < GUARD_SUSPECTS)
			tell_late_failure(g, i, RUNG_LIMIT, w.result, "cannot write memory.high");
		else
			g->failures++;
	}
}

static void take_evidence_reply(struct guard *g, const struct helper_reply *h)
{
	uint32_t i = suspect_of_tag(g, h->tag);

	if (i == GUARD_SUSPECTS)
		return;
	g->suspect[i].evidence_ready = true;
	/* The signal may have waited for this: judge it now, on fresh numbers. */
	g->next_scan_seconds = 0;
	if (h->result < 0)
		tell_late_failure(g, i, RUNG_EVIDENCE, h->result, "cannot save the evidence");
}

void guard_take_results(struct guard *g)
{
	struct helper_reply h;
	int r;

	take_worker_results(g, g->reaper);
	take_worker_results(g, g->limiter);
	while ((r = helper_take(&g->helper, &h)) > 0) {
		if (h.kind == HELPER_EVIDENCE)
			take_evidence_reply(g, &h);
		else if (h.result < 0)
			g->failures++;
	}
	if (r < 0 && g->helper.fd >= 0) {
		/* Without it guard still signals; only evidence and commands are lost, and said so.
		 */
		helper_stop(&g->helper);
		g->failures++;
	}
}
