/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/doctor_json.h"

#include <string.h>

#include "base/strbuf.h"
#include "report/doctor_acts.h"
#include "report/doctor_words.h"
#include "report/storm_json.h"

static json_t *text_json(const char *text)
{
	return json_escaped(text_string(text));
}

static json_t *known_json(enum known known)
{
	return known == UNREADABLE ? json_null() : json_boolean(known == KNOWN);
}

static json_t *mid_json(const struct interval *i)
{
	return i->known ? json_finite(i->mid) : json_null();
}

static json_t *bytes_json(const struct interval *i)
{
	return i->known ? json_bytes((uint64_t)(i->mid + 0.5)) : json_null();
}

static json_t *console_json(const struct doctor_view *v, uint32_t i)
{
	const struct console *c = &v->storm.machine->consoles.console[i];
	const struct console_cost *cost = &v->storm.prediction.console[i];
	const bool flags = c->registered == KNOWN;
	json_t *o = json_object();
	bool ok =
		json_put(o, "name", text_json(c->name)) &&
		json_put(o, "kind", json_string(console_kind_name(c->kind))) &&
		json_put(o, "on_cmdline", json_boolean(c->on_cmdline)) &&
		json_put(o, "registered", known_json(c->registered)) &&
		json_put(o, "enabled", flags ? json_boolean(c->enabled) : json_null()) &&
		json_put(o, "preferred", flags ? json_boolean(c->preferred) : json_null()) &&
		json_put(o, "boot", json_boolean(c->boot)) &&
		json_put(o, "nbcon", flags ? json_boolean(c->nbcon) : json_null()) &&
		json_put(o, "flow_control", json_boolean(c->flow_control)) &&
		json_put(o, "bits_per_second", json_opt(c->bits_per_second)) &&
		json_put(o, "bits_per_character",
			 c->bits_per_character ? json_integer(c->bits_per_character) : json_null());

	ok = ok && json_put(o, "baud_source", json_string(baud_source_name(c->baud_source))) &&
	     json_put(o, "unknown_because", text_json(c->why)) &&
	     json_put(o, "synchronous", json_boolean(cost->synchronous)) &&
	     json_put(o, "bytes", bytes_json(&cost->bytes)) &&
	     json_put(o, "seconds", mid_json(&cost->seconds)) &&
	     json_put(o, "interval_seconds", json_interval(&cost->seconds)) &&
	     json_put(o, "task_table_seconds", mid_json(&cost->task_table_seconds));
	return json_whole(o, ok);
}

static json_t *consoles_json(const struct doctor_view *v)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < v->storm.machine->consoles.count; i++)
		ok = json_add(list, console_json(v, i));
	return json_whole(list, ok);
}

static json_t *report_json(const struct doctor_view *v)
{
	const struct storm_prediction *p = &v->storm.prediction;
	const bool known = storm_time_known(&v->storm);
	json_t *o = json_object();

	return json_whole(
		o,
		json_put(o, "bytes", bytes_json(&p->size.bytes)) &&
			json_put(o, "task_table_bytes",
				 bytes_json(&p->size.part[PART_TASK_TABLE].bytes)) &&
			json_put(o, "seconds", known ? mid_json(&p->print_seconds) : json_null()) &&
			json_put(o, "task_table_seconds",
				 known ? mid_json(&p->task_table_seconds) : json_null()) &&
			json_put(o, "tasks", json_opt(v->storm.machine->tasks.tasks)) &&
			json_put(o, "interval_seconds",
				 known ? json_interval(&p->print_seconds) : json_null()) &&
			json_put(o, "stall_seconds",
				 known ? mid_json(&p->stall_seconds) : json_null()) &&
			json_put(o, "lower_bound", json_boolean(v->diagnosis->undetermined)) &&
			json_put(o, "ring_bytes", json_bytes((uint64_t)(p->ring_bytes + 0.5))));
}

static json_t *evidence_json(const struct finding *f)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < f->evidence_count; i++) {
		json_t *o = json_object();

		ok = json_put(o, "file", text_json(f->evidence[i].file)) &&
		     json_put(o, "value", text_json(f->evidence[i].value));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

static json_t *fix_json(const struct finding *f, const struct diagnosis *d)
{
	char room[1024], command[64];
	struct strbuf s = STRBUF(room);
	json_t *o = json_object();
	bool ok;

	(void)snprintf(command, sizeof(command), "bulkhead doctor --fix=%s",
		       remedy_name(f->remedy));
	ok = json_put(o, "remedy", f->remedy ? json_string(remedy_name(f->remedy)) : json_null()) &&
	     json_put(o, "command", f->remedy ? json_string(command) : json_null());
	finding_remedy(&s, f, d);
	ok = ok && json_put(o, "text", json_sentence(&s));
	strbuf_clear(&s);
	finding_loses(&s, f, d);
	return json_whole(o, ok && json_put(o, "loses", json_sentence(&s)));
}

static json_t *finding_json(const struct finding *f, const struct diagnosis *d)
{
	char room[1024];
	struct strbuf s = STRBUF(room);
	json_t *o = json_object();

	finding_describe(&s, f);
	return json_whole(o, json_put(o, "id", json_string(finding_name(f->id))) &&
				     json_put(o, "severity",
					      json_string(severity_name(f->severity))) &&
				     json_put(o, "evidence", evidence_json(f)) &&
				     json_put(o, "fix", fix_json(f, d)) &&
				     json_put(o, "cost_seconds", json_interval(&f->cost_seconds)) &&
				     json_put(o, "subject", text_json(f->subject)) &&
				     json_put(o, "text", json_sentence(&s)));
}

static json_t *findings_json(const struct diagnosis *d)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < d->finding_count; i++)
		ok = json_add(list, finding_json(&d->finding[i], d));
	return json_whole(list, ok);
}

static json_t *unknowns_json(const struct diagnosis *d)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < d->unknown_count; i++) {
		const struct unknown *u = &d->unknown[i];
		json_t *o = json_object();

		ok = json_put(o, "id", json_string(unknown_name(u->id))) &&
		     json_put(o, "subject", text_json(u->subject)) &&
		     json_put(o, "because", text_json(u->why)) &&
		     json_put(o, "decisive", json_boolean(u->decisive));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

static json_t *remedies_json(const struct diagnosis *d)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (int i = REMEDY_NONE + 1; ok && i < REMEDY_COUNT; i++) {
		json_t *o = json_object();

		ok = json_put(o, "id", json_string(remedy_name((enum remedy_id)i))) &&
		     json_put(o, "proposed", json_boolean(d->remedy[i].proposed)) &&
		     json_put(o, "before", json_opt(d->remedy[i].before)) &&
		     json_put(o, "after", json_opt(d->remedy[i].after));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

static json_t *guard_json(const struct machine *m)
{
	json_t *o;

	if (!opt_is_known(m->guard.level))
		return json_null();
	o = json_object();
	return json_whole(o, json_put(o, "console_loglevel", json_opt(m->guard.level)) &&
				     json_put(o, "before", json_opt(m->printk.console_loglevel)) &&
				     json_put(o, "gone", json_boolean(m->guard.gone)));
}

json_t *doctor_json(const struct doctor_view *v)
{
	const struct machine *m = v->storm.machine;
	const struct diagnosis *d = v->diagnosis;
	json_t *o = json_object();
	bool ok = json_put(o, "schema", json_string("bulkhead.doctor/1")) &&
		  json_put(o, "consoles", consoles_json(v)) &&
		  json_put(o, "report", report_json(v)) &&
		  json_put(o, "findings", findings_json(d)) &&
		  json_put(o, "unknown", unknowns_json(d)) &&
		  json_put(o, "remedies", remedies_json(d)) &&
		  json_put(o, "seconds_after_fix", mid_json(&d->seconds_fixed)) &&
		  json_put(o, "predicted", storm_json_predicted(&v->storm)) &&
		  json_put(o, "guard", guard_json(m)) &&
		  json_put(o, "release", text_json(m->release)) &&
		  json_put(o, "ring_bytes", json_opt(m->printk.ring_bytes)) &&
		  json_put(o, "read_cpu_seconds", json_finite(m->read_cpu_seconds));

	if (v->acts)
		ok = ok && json_put(o, "dry_run", json_boolean(v->dry_run)) &&
		     json_put(o, "acts", doctor_acts_json(v->acts)) &&
		     json_put(o, "error", v->fault ? text_json(v->fault->what) : json_null());
	return json_whole(o, ok);
}
