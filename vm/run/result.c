/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

/* What one report cost; the sums over all reports have the same shape. */
struct cost {
	uint64_t report_bytes, task_table_bytes, console_bytes, wire_bytes;
	uint64_t part_bytes[OOM_PARTS];
	uint32_t tasks; /* the most of any */
	double wire_seconds, task_table_wire_seconds, printk_seconds;
};

/* All that is known of a run, once. */
struct analysis {
	const struct run_facts *facts;
	struct arrival *arrival;
	struct comparison comparison;
	struct oom_story *story;
	bool panicked;
};

/* From the first byte of the first record to the end of the last byte; 0 when none was printed. */
static double span(const struct analysis *a, uint32_t first, uint32_t last)
{
	double from = 0, to = 0;
	bool any = false;

	for (uint32_t i = first; i <= last; i++) {
		const struct arrival *at = &a->arrival[i];

		if (!at->known)
			continue;
		if (!any)
			from = at->first_seconds;
		any = true;
		to = at->last_seconds;
	}
	return any ? to - from + a->facts->char_seconds : 0;
}

static struct cost cost_of(const struct analysis *a, const struct oom_report *report)
{
	const struct records *r = a->facts->records;
	struct cost c = {
		.report_bytes = oom_report_bytes(report),
		.task_table_bytes = report->part_bytes[OOM_TASK_TABLE],
		.tasks = report->tasks,
		.wire_seconds = span(a, report->first, report->last),
	};

	memcpy(c.part_bytes, report->part_bytes, sizeof(c.part_bytes));
	if (report->has_table)
		c.task_table_wire_seconds = span(a, report->table_first, report->table_last);
	c.printk_seconds =
		((double)r->record[report->last].usec - (double)r->record[report->first].usec) *
		1e-6;
	for (uint32_t i = report->first; i <= report->last; i++) {
		c.wire_bytes += a->arrival[i].bytes;
		if (r->record[i].level < a->facts->plan->console_loglevel)
			c.console_bytes += record_console_bytes(r, &r->record[i]);
	}
	return c;
}

static void add_cost(struct cost *sum, const struct cost *c)
{
	sum->report_bytes += c->report_bytes;
	sum->task_table_bytes += c->task_table_bytes;
	sum->console_bytes += c->console_bytes;
	sum->wire_bytes += c->wire_bytes;
	sum->tasks = MAX(sum->tasks, c->tasks);
	sum->wire_seconds += c->wire_seconds;
	sum->task_table_wire_seconds += c->task_table_wire_seconds;
	sum->printk_seconds += c->printk_seconds;
	for (int part = 0; part < OOM_PARTS; part++)
		sum->part_bytes[part] += c->part_bytes[part];
}

static json_t *cost_json(const struct cost *c, double char_seconds)
{
	double busy = (double)c->wire_bytes * char_seconds;
	json_t *parts = json_object();

	for (int part = 0; part < OOM_PARTS; part++)
		(void)json_object_set_new(parts, oom_part_names[part],
					  json_integer((json_int_t)c->part_bytes[part]));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:f, s:f, s:o}", "report_bytes",
			 (json_int_t)c->report_bytes, "task_table_bytes",
			 (json_int_t)c->task_table_bytes, "tasks", (json_int_t)c->tasks,
			 "console_bytes", (json_int_t)c->console_bytes, "wire_bytes",
			 (json_int_t)c->wire_bytes, "wire_seconds", c->wire_seconds,
			 "wire_idle_seconds",
			 char_seconds > 0 ? json_real(MAX(0.0, c->wire_seconds - busy))
					  : json_null(),
			 "task_table_wire_seconds", c->task_table_wire_seconds, "printk_seconds",
			 c->printk_seconds, "parts", parts);
}

/* A number of the guest's figures, or null: the guest may have ended before it had any. */
static json_t *figure(const struct run_facts *facts, const char *key)
{
	json_t *value = facts->guest ? json_object_get(facts->guest, key) : NULL;

	return json_is_number(value) ? json_incref(value) : json_null();
}

static json_t *copy(const struct run_facts *facts, const char *key)
{
	json_t *value = facts->guest ? json_object_get(facts->guest, key) : NULL;

	return value ? json_incref(value) : json_null();
}

static json_t *text_json(struct text hostile)
{
	char buf[1024];
	struct strbuf s = STRBUF(buf);

	strbuf_escape(&s, text_of(hostile.p, MIN(hostile.n, (size_t)240)));
	return json_string(buf);
}

static json_t *victims_json(const struct analysis *a)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < a->story->victim_count; i++) {
		const struct oom_victim *v = &a->story->victim[i];
		struct text comm = text_of(a->facts->records->text + v->comm, v->comm_len);

		(void)json_array_append_new(list, json_pack("{s:I, s:o}", "pid", (json_int_t)v->pid,
							    "comm", text_json(comm)));
	}
	return list;
}

static json_t *calibration_json(const struct analysis *a)
{
	const struct run_facts *facts = a->facts;
	const struct records *r = facts->records;
	uint64_t bytes = 0;
	uint32_t first = 0, last = 0, count = 0;

	if (facts->plan->kmsg_lines == 0)
		return json_null();
	for (uint32_t i = 0; i < r->count; i++) {
		struct text t = record_text(r, &r->record[i]);

		if (!text_skip_prefix(&t, "calibration "))
			continue;
		first = count++ ? first : i;
		last = i;
		bytes += record_console_bytes(r, &r->record[i]);
	}
	if (r->count == 0)
		return json_null();
	return json_pack("{s:I, s:I, s:o, s:f, s:o}", "lines", (json_int_t)count, "bytes",
			 (json_int_t)bytes, "seconds", figure(facts, "calibration_seconds"),
			 "wire_seconds", count ? span(a, first, last) : 0.0, "predicted_seconds",
			 facts->char_seconds > 0 ? json_real((double)bytes * facts->char_seconds)
						 : json_null());
}

static json_t *settings_json(const struct run_facts *facts)
{
	const struct plan_run *p = facts->plan;
	const struct plan *plan = &facts->scenario->plan;
	const int32_t number = (int32_t)(p - plan->run);
	json_t *sysctl = json_object();

	for (int32_t i = 0; i < plan->sysctl_count; i++)
		if (plan->sysctl[i].run == number || plan->sysctl[i].run == PLAN_ALL_RUNS)
			(void)json_object_set_new(sysctl, plan->sysctl[i].key,
						  json_string(plan->sysctl[i].value));
	return json_pack("{s:i, s:i, s:i, s:o, s:i, s:i, s:o, s:i, s:f, s:o}", "tasks", p->tasks,
			 "allocators", p->allocators, "leakers", p->leakers,
			 "leak_bytes_per_second",
			 p->leak_bytes_per_second ? json_integer(p->leak_bytes_per_second)
						  : json_null(),
			 "console_loglevel", p->console_loglevel, "oom_dump_tasks",
			 p->oom_dump_tasks, "console_baud",
			 facts->scenario->console_baud ? json_integer(facts->scenario->console_baud)
						       : json_null(),
			 "kills", p->kills, "seconds", p->seconds, "sysctl", sysctl);
}

/* A guest may end for other reasons (QEMU was killed, it was switched off): its words decide. */
static bool has_panic(const struct run_facts *facts)
{
	const struct records *r = facts->records;
	bool found = false;

	for (uint32_t i = 0; i < r->count && !found; i++) {
		struct text t = record_text(r, &r->record[i]);

		found = text_skip_prefix(&t, "Kernel panic - not syncing");
	}
	return facts->guest_ended && found;
}

/* The guest's times come over a line, some tenths of a second late on a busy host. */
static bool clock_is_wrong(const struct run_facts *facts)
{
	double host = facts->host_seconds;

	return host > 0 && fabs(facts->guest_seconds - host) > 0.5 + 0.05 * host;
}

/* One task prints at a time, holding oom_lock: only the last report may lack its end. */
static bool is_report_open(const struct oom_story *s)
{
	return s->report_count && !s->report[s->report_count - 1].complete;
}

/* Why these figures are not to be used; empty when they are. The first reason is enough. */
static void find_reason(const struct analysis *a, struct strbuf *out)
{
	const struct run_facts *facts = a->facts;
	const struct comparison *c = &a->comparison;
	const bool varies = facts->plan->loglevel_varies || facts->plan->panics;

	if (facts->guest_ended && !facts->plan->panics) {
		strbuf_puts(out, "the guest ended in the middle of the run");
	} else if (facts->plan->panics && !a->panicked) {
		strbuf_puts(out, "the kernel did not panic");
	} else if (clock_is_wrong(facts)) {
		strbuf_printf(out,
			      "the guest's clock counted %.2f s where the host's counted %.2f s",
			      facts->guest_seconds, facts->host_seconds);
	} else if (json_is_true(json_object_get(facts->guest, "stall_open"))) {
		strbuf_puts(out, "a stall was still open when the measured time ended");
	} else if (is_report_open(a->story) && !facts->plan->panics) {
		strbuf_puts(out, "an OOM report was still open when the measured time ended");
	} else if (facts->ring_overrun) {
		strbuf_puts(out, "records of the ring buffer were lost");
	} else if (facts->facts_lost) {
		strbuf_puts(out, "a fact that the guest told could not be read");
	} else if (facts->console_overflowed) {
		strbuf_puts(out, "the console printed more than is kept");
	} else if (!facts->marks_found) {
		strbuf_puts(out, "the marks of begin and end did not both come over the wire");
	} else if (c->garbled_lines) {
		const struct wire_line *line = &facts->wire.line[c->first_garbled];

		strbuf_printf(out, "%u lines on the wire are in no record, the first: '",
			      c->garbled_lines);
		strbuf_escape(out, text_of(facts->wire.text + line->text, MIN(line->len, 120u)));
		strbuf_puts(out, "'");
	} else if (c->missing_lines && !varies) {
		struct text t =
			record_text(facts->records, &facts->records->record[c->first_missing]);

		strbuf_printf(out, "%u lines are missing on the wire, the first: '",
			      c->missing_lines);
		strbuf_escape(out, text_of(t.p, MIN(t.n, (size_t)120)));
		strbuf_puts(out, "'");
	} else if (c->extra_lines && !varies) {
		strbuf_printf(out, "%u lines on the wire are above console_loglevel",
			      c->extra_lines);
	}
}

static json_t *measured_json(const struct analysis *a)
{
	const struct run_facts *facts = a->facts;
	struct cost sum = { 0 };
	json_t *reports = json_array(), *measured;

	for (uint32_t i = 0; i < a->story->report_count; i++) {
		struct cost c = cost_of(a, &a->story->report[i]);
		json_t *one = cost_json(&c, facts->char_seconds);

		add_cost(&sum, &c);
		(void)json_object_set_new(one, "complete",
					  json_boolean(a->story->report[i].complete));
		(void)json_array_append_new(reports, one);
	}
	measured = cost_json(&sum, facts->char_seconds);
	(void)json_object_update_new(
		measured,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o}",
			  "stall_seconds", figure(facts, "stall_seconds"), "stall_idle_seconds",
			  figure(facts, "stall_idle_seconds"), "stall_pinned_seconds",
			  copy(facts, "stall_pinned_seconds"), "baseline_stall_seconds",
			  figure(facts, "baseline_stall_seconds"), "kills", figure(facts, "kills"),
			  "victims", victims_json(a), "survivors", copy(facts, "survivors"),
			  "exits", copy(facts, "exits"), "rcu_stalls",
			  (json_int_t)a->story->rcu_stalls, "all_wire_bytes",
			  (json_int_t)a->comparison.wire_bytes, "cut_lines",
			  (json_int_t)a->comparison.cut_lines, "calibration", calibration_json(a),
			  "reports", reports));
	return measured;
}

static json_t *run_json(const struct analysis *a)
{
	const struct run_facts *facts = a->facts;
	char reason[1024];
	struct strbuf why = STRBUF(reason);
	json_t *out;

	find_reason(a, &why);
	out = json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:b, s:o, s:O, s:o}", "schema",
			"bulkhead.vm/1", "event", "run", "name", facts->plan->name, "settings",
			settings_json(facts), "measured", measured_json(a), "valid", why.len == 0,
			"invalid_reason", why.len ? json_string(reason) : json_null(), "panicked",
			a->panicked, "run_seconds", figure(facts, "seconds"), "commands",
			facts->commands, "printk_after", copy(facts, "printk_after"));
	(void)json_object_set_new(out, "kmsg_file",
				  facts->kmsg_file[0] ? json_string(facts->kmsg_file)
						      : json_null());
	return out;
}

json_t *result_run(const struct run_facts *facts)
{
	struct analysis a = { .facts = facts };
	json_t *out = NULL;

	a.arrival = calloc(facts->records->count + 1, sizeof(*a.arrival));
	a.story = malloc(sizeof(*a.story));
	if (a.arrival && a.story) {
		compare_wire(facts->records, &facts->wire, facts->plan->console_loglevel, a.arrival,
			     &a.comparison);
		oom_story(facts->records, a.story);
		a.panicked = has_panic(facts);
		out = run_json(&a);
	}
	free(a.arrival);
	free(a.story);
	return out;
}
