/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/explain_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/explain_facts.h"
#include "report/explain_json_parts.h"
#include "report/explain_words.h"

#define DUMP (JSON_COMPACT | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY)

/* Consumes v. The members only of an object when `embedded`. */
static int dump(FILE *out, json_t *v, bool embedded)
{
	int r;

	if (!v)
		return -ENOMEM;
	r = json_dumpf(v, out, DUMP | (embedded ? JSON_EMBED : 0));
	json_decref(v);
	return r < 0 ? -EIO : 0;
}

static json_t *trigger_json(const struct explain_view *v)
{
	const struct oom_trigger *t = &v->report->trigger;
	json_t *o = json_object();

	return json_whole(
		o, json_put(o, "comm", explain_text_json(t->comm)) &&
			   json_put(o, "pid", json_opt(t->pid)) &&
			   json_put(o, "gfp_mask", json_opt(t->gfp_mask)) &&
			   json_put(o, "gfp_flags", explain_flags_json(v->story->gfp_flags)) &&
			   json_put(o, "order", explain_signed_json(t->order)) &&
			   json_put(o, "oom_score_adj", explain_signed_json(t->oom_score_adj)) &&
			   json_put(o, "known", json_boolean(t->known)) &&
			   json_put(o, "gfp_decoded", json_boolean(v->story->gfp_decoded)) &&
			   json_put(o, "nodemask", explain_text_json(t->nodemask)) &&
			   json_put(o, "uid", json_opt(t->uid)) &&
			   json_put(o, "cpu", json_opt(t->cpu)) &&
			   json_put(o, "suppressed", json_opt(t->suppressed)));
}

static json_t *victim_json(const struct oom_victim *k)
{
	static const char *const reaped[] = {
		[OOM_REAPED_UNKNOWN] = NULL, [OOM_REAPED] = "reaped", [OOM_REAPED_UNABLE] = "unable"
	};
	json_t *o = json_object();

	return json_whole(o, json_put(o, "pid", json_integer(k->pid)) &&
				     json_put(o, "comm", explain_text_json(k->comm)) &&
				     json_put(o, "uid", json_opt(k->uid)) &&
				     json_put(o, "total_vm_bytes", json_opt(k->total_vm_bytes)) &&
				     json_put(o, "anon_rss_bytes", json_opt(k->anon_rss_bytes)) &&
				     json_put(o, "file_rss_bytes", json_opt(k->file_rss_bytes)) &&
				     json_put(o, "shmem_rss_bytes", json_opt(k->shmem_rss_bytes)) &&
				     json_put(o, "pgtables_bytes", json_opt(k->pgtables_bytes)) &&
				     json_put(o, "oom_score_adj",
					      explain_signed_json(k->oom_score_adj)) &&
				     json_put(o, "reaped",
					      reaped[k->reaped] ? json_string(reaped[k->reaped])
								: json_null()) &&
				     json_put(o, "anon_left_bytes", json_opt(k->anon_left_bytes)) &&
				     json_put(o, "chosen_only", json_boolean(k->chosen_only)));
}

static json_t *victims_json(const struct oom_report *r)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < r->victim_count; i++)
		ok = json_add(list, victim_json(&r->victim[i]));
	return json_whole(list, ok);
}

static json_t *column_json(const struct oom_report *r, uint32_t column, int64_t value)
{
	return r->columns & column ? json_integer(value) : json_null();
}

static json_t *task_json(const struct explain_view *v, uint32_t i)
{
	const struct oom_report *r = v->report;
	struct explain_task t;
	json_t *o = json_object();

	explain_task_of(v, i, &t);
	return json_whole(
		o,
		json_put(o, "pid", column_json(r, OOM_COLUMN_PID, t.task->pid)) &&
			json_put(o, "comm", explain_text_json(t.task->comm)) &&
			json_put(o, "uid", column_json(r, OOM_COLUMN_UID, t.task->uid)) &&
			json_put(o, "tgid", column_json(r, OOM_COLUMN_TGID, t.task->tgid)) &&
			json_put(o, "total_vm_bytes", json_opt(t.total_vm_bytes)) &&
			json_put(o, "rss_bytes", json_opt(t.rss_bytes)) &&
			json_put(o, "anon_rss_bytes", json_opt(t.anon_bytes)) &&
			json_put(o, "file_rss_bytes", json_opt(t.file_bytes)) &&
			json_put(o, "shmem_rss_bytes", json_opt(t.shmem_bytes)) &&
			json_put(o, "pgtables_bytes", json_opt(t.pgtables_bytes)) &&
			json_put(o, "swap_bytes", json_opt(t.swap_bytes)) &&
			json_put(o, "oom_score_adj",
				 column_json(r, OOM_COLUMN_OOM_SCORE_ADJ, t.task->oom_score_adj)) &&
			json_put(o, "oom_adj",
				 column_json(r, OOM_COLUMN_OOM_ADJ, t.task->oom_adj)) &&
			json_put(o, "victim", json_boolean(t.victim)) &&
			json_put(o, "suspect", json_boolean(t.suspect)));
}

static json_t *head_json(const struct explain_view *v)
{
	const struct oom_report *r = v->report;
	json_t *o = json_object();

	return json_whole(o, json_put(o, "trigger", trigger_json(v)) &&
				     json_put(o, "kernel", explain_text_json(r->release)) &&
				     json_put(o, "constraint",
					      json_string(oom_constraint_name(r->constraint))) &&
				     json_put(o, "memory", explain_memory_json(v)));
}

static json_t *suspect_json(const struct oom_story *t)
{
	json_t *o;

	if (!*t->suspect)
		return json_null();
	o = json_object();
	return json_whole(o, json_put(o, "comm", explain_text_json(t->suspect)) &&
				     json_put(o, "pid", explain_signed_json(t->suspect_pid)));
}

static json_t *timing_json(const struct oom_printing *p)
{
	json_t *o = json_object();

	return json_whole(
		o,
		json_put(o, "print_seconds",
			 p->seconds_known ? json_finite(p->seconds) : json_null()) &&
			json_put(o, "bytes", json_opt(p->bytes)) &&
			json_put(o, "inferred_baud",
				 p->inferred_baud ? json_bytes(p->inferred_baud) : json_null()) &&
			json_put(o, "task_table_seconds", json_finite(p->task_table_seconds)) &&
			json_put(o, "bytes_per_second",
				 p->baud_known ? json_finite(p->bytes_per_second) : json_null()) &&
			json_put(o, "coarse", json_boolean(p->coarse)) &&
			json_put(o, "console_slow", json_boolean(p->console_slow)));
}

/* The contract's keys first, then what docs/EXPLAIN.md adds. */
static json_t *tail_json(const struct explain_view *v)
{
	const struct oom_report *r = v->report;
	const struct oom_story *t = v->story;
	const struct oom_victim *k = explain_victim(r);
	json_t *o = json_object();

	return json_whole(o,
			  json_put(o, "victim", k ? victim_json(k) : json_null()) &&
				  json_put(o, "badness", explain_badness_json(v)) &&
				  json_put(o, "verdict", json_string(oom_cause_name(t->cause))) &&
				  json_put(o, "timing", timing_json(&t->printing)) &&
				  json_put(o, "truncated", json_boolean(oom_report_truncated(r))) &&
				  json_put(o, "missing", explain_missing_json(r)) &&
				  json_put(o, "victims", victims_json(r)) &&
				  json_put(o, "confidence", json_finite(t->confidence)) &&
				  json_put(o, "suspect", suspect_json(t)) &&
				  json_put(o, "why_victim", json_string(oom_why_name(t->why))) &&
				  json_put(o, "failure", explain_failure_json(v)) &&
				  json_put(o, "reasons", explain_reasons_json(t)) &&
				  json_put(o, "advice", explain_advice_json(t)) &&
				  json_put(o, "memcg", explain_memcg_json(&r->memcg)) &&
				  json_put(o, "outcome", explain_outcome_json(r)) &&
				  json_put(o, "tasks_dropped", json_integer(r->tasks_dropped)) &&
				  json_put(o, "where", explain_where_json(v)) &&
				  json_put(o, "storm",
					   v->storm == UINT32_MAX ? json_null()
								  : json_integer(v->storm)));
}

static int open_object(const struct explain_json *j)
{
	return fputs("{\"schema\":\"bulkhead.explain/1\",\"reports\":[", j->out) == EOF ? -EIO : 0;
}

static int begin(void *self)
{
	const struct explain_json *j = self;

	return j->lines ? 0 : open_object(j);
}

/* Row by row: a table of 100,000 tasks as one tree of jansson takes 100 MB. */
static int tasks(FILE *out, const struct explain_view *v)
{
	int r = fputs(",\"tasks\":[", out) == EOF ? -EIO : 0;

	for (uint32_t i = 0; r == 0 && i < v->report->task_count; i++) {
		if (i)
			(void)fputc(',', out);
		r = dump(out, task_json(v, i), false);
	}
	return r == 0 && fputs("],", out) == EOF ? -EIO : r;
}

static int report(void *self, const struct explain_view *v)
{
	struct explain_json *j = self;
	int r;

	if (j->lines)
		(void)open_object(j);
	else if (j->written++)
		(void)fputc(',', j->out);
	(void)fputc('{', j->out);
	r = dump(j->out, head_json(v), true);
	if (r == 0)
		r = tasks(j->out, v);
	if (r == 0)
		r = dump(j->out, tail_json(v), true);
	(void)fputs(j->lines ? "}]}\n" : "}", j->out);
	/* --live: whoever reads gets it now. */
	return r ? r : fflush(j->out) == EOF || ferror(j->out) ? -EIO : 0;
}

static json_t *storm_json(const struct oom_storm *o, uint32_t index)
{
	json_t *s = json_object();
	double seconds;
	const bool timed = explain_between(&o->begin, &o->end, &seconds);

	return json_whole(s, json_put(s, "storm", json_integer(index)) &&
				     json_put(s, "first_report", json_integer(o->first)) &&
				     json_put(s, "last_report", json_integer(o->last)) &&
				     json_put(s, "reports", json_integer(o->reports)) &&
				     json_put(s, "kills", json_integer(o->kills)) &&
				     json_put(s, "suppressed", json_opt(o->suppressed)) &&
				     json_put(s, "constraint",
					      json_string(oom_constraint_name(o->constraint))) &&
				     json_put(s, "subject", explain_text_json(o->subject)) &&
				     json_put(s, "origin", explain_text_json(o->origin)) &&
				     json_put(s, "duration_seconds",
					      timed ? json_finite(seconds) : json_null()) &&
				     json_put(s, "print_seconds",
					      o->printed_known ? json_finite(o->print_seconds)
							       : json_null()) &&
				     json_put(s, "victim", explain_text_json(o->victim)) &&
				     json_put(s, "victim_kills", json_integer(o->victim_kills)));
}

static json_t *end_json(const struct explain_end *e)
{
	json_t *o = json_object(), *list = json_array(), *near = json_object(),
	       *read = json_object();
	bool ok = true;

	for (uint32_t i = 0; i < e->storms->count; i++)
		ok = json_add(list, storm_json(&e->storms->storm[i], i)) && ok;
	for (int i = 0; i < OOM_NEIGHBOUR_COUNT; i++)
		ok = json_put(near, oom_neighbour_name((enum oom_neighbour_kind)i),
			      json_bytes(e->neighbours[i])) &&
		     ok;
	ok = json_put(read, "bytes", json_bytes(e->bytes)) && ok;
	ok = json_put(read, "inputs", json_integer(e->inputs)) && ok;
	ok = json_put(read, "unreadable_inputs", json_integer(e->unreadable)) && ok;
	ok = json_put(read, "lines_cut", json_bytes(e->lines_cut)) && ok;
	ok = json_put(read, "lost_records", json_bytes(e->lost_records)) && ok;
	ok = json_put(read, "seconds", json_finite(e->seconds)) && ok;
	/* Each is put even when one before it failed: json_put owns them. */
	ok = json_put(o, "storms", list) && ok;
	ok = json_put(o, "storms_dropped", json_integer(e->storms->dropped)) && ok;
	ok = json_put(o, "neighbours", near) && ok;
	ok = json_put(o, "read", read) && ok;
	return json_whole(o, ok);
}

static int end(void *self, const struct explain_end *e)
{
	const struct explain_json *j = self;
	int r;

	if (j->lines)
		(void)open_object(j);
	(void)fputs("],", j->out);
	r = dump(j->out, end_json(e), true);
	(void)fputs("}\n", j->out);
	return r ? r : fflush(j->out) == EOF || ferror(j->out) ? -EIO : 0;
}

struct explain_renderer explain_json_renderer(struct explain_json *j)
{
	return (struct explain_renderer){ .self = j, .begin = begin, .report = report, .end = end };
}
