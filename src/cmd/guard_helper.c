/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others do for guard: the rungs that the helper takes, and what it and the workers report. */
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

int guard_rung_notify(struct guard *g, struct suspect *s)
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

int guard_rung_evidence(struct guard *g, struct suspect *s, double now)
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
	strbuf_escape(&d, text_string(g->policy.evidence_dir));
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
