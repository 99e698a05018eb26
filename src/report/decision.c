/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/decision.h"

#include <string.h>
#include <time.h>

#include "report/reason.h"

static const char *result_name(enum decision_result r)
{
	static const char *const names[] = {
		[RESULT_DONE] = "done",	      [RESULT_DRY_RUN] = "dry-run",
		[RESULT_FAILED] = "failed",   [RESULT_PENDING] = "pending",
		[RESULT_SKIPPED] = "skipped",
	};

	return names[r];
}

static void escape_string(struct strbuf *s, const char *string)
{
	strbuf_escape(s, text_string(string));
}

void limit_describe(struct strbuf *s, const struct headroom *h, const struct cgroup_table *t)
{
	const struct text name = limit_name(h, t);

	strbuf_escape(s, name.n ? name : TEXT("unknown"));
}

static void describe_headroom(struct strbuf *s, const struct headroom *h,
			      const struct cgroup_table *t)
{
	if (!opt_is_known(h->bytes))
		return;
	strbuf_puts(s, ", ");
	strbuf_bytes(s, (double)h->bytes.value);
	if (opt_is_known(h->capacity_bytes) && h->capacity_bytes.value)
		strbuf_printf(s, " (%.0f%%)",
			      100.0 * (double)h->bytes.value / (double)h->capacity_bytes.value);
	strbuf_puts(s, " of ");
	limit_describe(s, h, t);
	strbuf_puts(s, " left");
}

static void describe_trend(struct strbuf *s, const struct verdict *v)
{
	if (v->growth_bytes_per_second.known) {
		strbuf_puts(s, ", growing ");
		strbuf_bytes(s, v->growth_bytes_per_second.mid);
		strbuf_puts(s, "/s");
	}
	if (v->exhaustion_seconds.known) {
		strbuf_puts(s, ", exhausted in ");
		strbuf_seconds(s, v->exhaustion_seconds.mid);
	}
}

static const char *const reason_texts[] = {
	[DECISION_LEAKS] = "it leaks",
	[DECISION_EXHAUSTION] = "it leaks and exhaustion is near",
	[DECISION_FLOOR] = "it leaks and the headroom is below the floor",
	[DECISION_NO_TIME] = "it leaks too fast to wait for less headroom",
	[DECISION_FALLBACK] = "FALLBACK: nothing leaks, yet memory runs out",
	[DECISION_DEADLINE] = "SIGTERM was not obeyed in time",
	[DECISION_ENDED] = "it has ended",
	[DECISION_CLEARED] = "it no longer leaks",
	[DECISION_RELIEVED] = "memory is no longer running out",
	[DECISION_CROWDED] = "all places are taken and another is more urgent",
	[DECISION_STOPPING] = "guard stops and takes its changes back",
	[DECISION_RECOVERED] = "an earlier guard left this change behind",
	[DECISION_SHORT] = "memory is short, and a report on a slow console would stop the machine",
	[DECISION_NOT_SHORT] = "memory is no longer short",
};

static void describe_reason(struct strbuf *s, const struct decision *d,
			    const struct process_table *t)
{
	strbuf_puts(s, reason_texts[d->reason]);
	if (!d->has_chosen || d->reason > DECISION_DEADLINE)
		return;
	describe_trend(s, &d->chosen.verdict);
	describe_headroom(s, &d->chosen.headroom, &t->cgroups);
}

void decision_describe(struct strbuf *s, const struct decision *d, const struct process_table *t)
{
	strbuf_puts(s, rung_name(d->action));
	if (d->has_chosen) {
		strbuf_putc(s, ' ');
		escape_string(s, d->chosen.process.comm);
		strbuf_printf(s, " (pid %d)", d->chosen.process.id.pid);
	}
	strbuf_puts(s, ": ");
	describe_reason(s, d, t);
	if (d->detail[0]) {
		strbuf_puts(s, "; ");
		strbuf_puts(s, d->detail);
	}
	if (d->result != RESULT_DONE)
		strbuf_printf(s, " [%s]", result_name(d->result));
	if (d->result == RESULT_FAILED) {
		strbuf_putc(s, ' ');
		strbuf_puts(s, d->fault.what);
	}
}

static json_t *process_bytes(const struct process *p, enum process_field field, uint64_t value)
{
	return p->fields & (uint32_t)field ? json_bytes(value) : json_null();
}

static json_t *candidate_to_json(const struct candidate *c, const struct process_table *t)
{
	const struct process *p = &c->process;
	json_t *o = json_object();

	(void)json_put(o, "pid", json_integer(p->id.pid));
	(void)json_put(o, "starttime", json_integer((json_int_t)p->id.starttime_ticks));
	(void)json_put(o, "comm", json_escaped(text_string(p->comm)));
	(void)json_put(o, "unit", json_escaped(cgroup_name(&t->cgroups, p->cgroup)));
	(void)json_put(o, "cgroup", json_escaped(cgroup_path_text(&t->cgroups, p->cgroup)));
	(void)json_put(o, "verdict", json_string(verdict_class_name(c->verdict.class)));
	(void)json_put(o, "score", json_finite(c->verdict.score));
	(void)json_put(o, "anon_bytes", process_bytes(p, PROCESS_ANON, p->anon_bytes));
	(void)json_put(o, "swap_bytes", process_bytes(p, PROCESS_SWAP, p->swap_bytes));
	(void)json_put(o, "shmem_bytes", process_bytes(p, PROCESS_SHMEM, p->shmem_bytes));
	(void)json_put(o, "growth_bytes_per_second",
		       json_interval(&c->verdict.growth_bytes_per_second));
	(void)json_put(o, "recent_bytes_per_second", json_finite(c->recent_bytes_per_second));
	(void)json_put(o, "exhaustion_seconds", json_interval(&c->verdict.exhaustion_seconds));
	(void)json_put(o, "headroom_bytes", json_opt(c->headroom.bytes));
	(void)json_put(o, "headroom_limit", json_escaped(limit_name(&c->headroom, &t->cgroups)));
	(void)json_put(o, "oom_badness_pages", json_finite(c->badness));
	(void)json_put(o, "oom_score_adj",
		       p->fields & PROCESS_OOM_SCORE_ADJ ? json_integer(p->oom_score_adj)
							 : json_null());
	(void)json_put(o, "preferred", json_boolean(c->preferred));
	(void)json_put(o, "excluded", c->excluded ? json_string(c->excluded) : json_null());
	(void)json_put(o, "reasons", reasons_json(&c->verdict));
	return o;
}

static json_t *time_to_json(double wall_seconds)
{
	time_t whole = (time_t)wall_seconds;
	char buf[40];
	struct tm tm;

	if (!gmtime_r(&whole, &tm) || !strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(buf);
}

/* Which of guard's three businesses this decision is about. */
static const char *basis_of(const struct decision *d)
{
	if (d->action == RUNG_QUIET || d->action == RUNG_UNQUIET)
		return "console";
	return d->fallback ? "fallback" : "leak";
}

json_t *decision_to_json(const struct decision *d, const struct process_table *t, bool dry_run)
{
	json_t *o = json_object(), *list = json_array();
	char reason[768];
	struct strbuf s = STRBUF(reason);

	describe_reason(&s, d, t);
	(void)json_put(o, "schema", json_string("bulkhead.guard/1"));
	(void)json_put(o, "time", time_to_json(d->wall_seconds));
	(void)json_put(o, "time_seconds", json_finite(d->wall_seconds));
	(void)json_put(o, "number", json_integer((json_int_t)d->number));
	(void)json_put(o, "dry_run", json_boolean(dry_run));
	(void)json_put(o, "action", json_string(rung_name(d->action)));
	(void)json_put(o, "basis", json_string(basis_of(d)));
	(void)json_put(o, "reason", json_string(reason));
	(void)json_put(o, "result", json_string(result_name(d->result)));
	(void)json_put(o, "error",
		       d->result == RESULT_FAILED ? json_string(d->fault.what) : json_null());
	(void)json_put(o, "detail", d->detail[0] ? json_string(d->detail) : json_null());
	(void)json_put(o, "chosen", d->has_chosen ? candidate_to_json(&d->chosen, t) : json_null());
	for (uint32_t i = 0; i < d->candidate_count; i++)
		(void)json_add(list, candidate_to_json(&d->candidate[i], t));
	/* The list is what tells why this one: without it the line would not be the whole truth. */
	if (!json_put(o, "candidates", list)) {
		json_decref(o);
		return NULL;
	}
	return o;
}
