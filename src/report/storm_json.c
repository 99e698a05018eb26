/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/storm_json.h"

static json_t *mid(const struct interval *i, bool known)
{
	return known && i->known ? json_finite(i->mid) : json_null();
}

/* Bytes are whole ones. */
static json_t *whole_bytes(double bytes)
{
	return json_bytes((uint64_t)(bytes + 0.5));
}

static json_t *part_json(const struct storm_view *v, enum oom_part part)
{
	const struct oom_part_size *size = &v->prediction.size.part[part];
	json_t *o = json_object(), *names = json_array();
	bool ok = names != NULL;

	for (uint32_t i = 0; ok && i < v->prediction.console_count; i++) {
		const char *name = v->machine->consoles.console[i].name;

		if (storm_part_printed(v, part, i))
			ok = json_add(names, json_escaped(text_string(name)));
	}
	ok = json_put(o, "printed_by", names) && ok;
	return json_whole(o, json_put(o, "name", json_string(oom_part_name(part))) &&
				     json_put(o, "level", json_integer(size->level)) &&
				     json_put(o, "lines", json_integer(size->lines)) &&
				     json_put(o, "bytes", whole_bytes(size->bytes.mid)) &&
				     json_put(o, "interval_bytes", json_interval(&size->bytes)) &&
				     ok);
}

static json_t *console_json(const struct storm_view *v, uint32_t i)
{
	const struct console *c = &v->machine->consoles.console[i];
	const struct console_cost *cost = &v->prediction.console[i];
	json_t *o = json_object();

	return json_whole(
		o,
		json_put(o, "name", json_escaped(text_string(c->name))) &&
			json_put(o, "kind", json_string(console_kind_name(c->kind))) &&
			json_put(o, "bits_per_second", json_opt(c->bits_per_second)) &&
			json_put(o, "baud_source", json_string(baud_source_name(c->baud_source))) &&
			json_put(o, "unknown_because", json_escaped(text_string(c->why))) &&
			json_put(o, "synchronous", json_boolean(cost->synchronous)) &&
			json_put(o, "bytes", whole_bytes(cost->bytes.mid)) &&
			json_put(o, "print_seconds", mid(&cost->seconds, true)) &&
			json_put(o, "print_interval_seconds", json_interval(&cost->seconds)) &&
			json_put(o, "task_table_seconds", mid(&cost->task_table_seconds, true)));
}

static json_t *shape_json(const struct storm_view *v)
{
	const struct oom_report_shape *shape = &v->shape;
	json_t *o = json_object();
	char kernel[32];

	(void)snprintf(kernel, sizeof(kernel), "%u.%u", shape->kernel.major, shape->kernel.minor);
	return json_whole(o,
			  json_put(o, "kernel",
				   shape->kernel.major ? json_string(kernel) : json_null()) &&
				  json_put(o, "tasks", json_finite(shape->tasks)) &&
				  json_put(o, "comm_bytes", json_finite(shape->comm_bytes)) &&
				  json_put(o, "cpus", json_integer(shape->cpus)) &&
				  json_put(o, "nodes", json_integer(shape->nodes)) &&
				  json_put(o, "zones", json_integer(shape->zones)) &&
				  json_put(o, "memory_bytes", json_bytes(shape->memory_bytes)) &&
				  json_put(o, "loglevel",
					   v->loglevel == UINT64_MAX ? json_null()
								     : json_bytes(v->loglevel)) &&
				  json_put(o, "dump_tasks", json_integer(shape->dump_tasks)) &&
				  json_put(o, "timestamps", json_boolean(shape->timestamps)) &&
				  json_put(o, "caller", json_boolean(shape->caller)) &&
				  json_put(o, "rcu_stall_seconds",
					   shape->rcu_stall_seconds > 0
						   ? json_finite(shape->rcu_stall_seconds)
						   : json_null()));
}

static json_t *kills_json(const struct storm_view *v, bool known)
{
	json_t *o;

	if (v->kill_count == 0)
		return json_null();
	o = json_object();
	return json_whole(
		o, json_put(o, "count", json_integer(v->kill_count)) &&
			   json_put(o, "full_reports", json_integer(v->kills.full_reports)) &&
			   json_put(o, "print_seconds", mid(&v->kills.print_seconds, known)) &&
			   json_put(o, "stall_seconds", mid(&v->kills.stall_seconds, known)) &&
			   json_put(o, "stall_interval_seconds",
				    known ? json_interval(&v->kills.stall_seconds) : json_null()));
}

static bool put_seconds(json_t *o, const struct storm_view *v)
{
	const struct storm_prediction *p = &v->prediction;
	const bool known = storm_time_known(v);

	return json_put(o, "print_seconds", mid(&p->print_seconds, known)) &&
	       json_put(o, "print_interval_seconds",
			known ? json_interval(&p->print_seconds) : json_null()) &&
	       json_put(o, "task_table_seconds", mid(&p->task_table_seconds, known)) &&
	       json_put(o, "stall_seconds", mid(&p->stall_seconds, known)) &&
	       json_put(o, "stall_interval_seconds",
			known ? json_interval(&p->stall_seconds) : json_null()) &&
	       json_put(o, "unknown_consoles", json_integer(p->unknown_consoles));
}

json_t *storm_json_predicted(const struct storm_view *v)
{
	const struct storm_prediction *p = &v->prediction;
	json_t *o = json_object(), *parts = json_array(), *consoles = json_array(),
	       *assumed = json_array();
	bool ok = parts && consoles && assumed;

	for (uint32_t i = 0; ok && i < PART_COUNT; i++)
		ok = json_add(parts, part_json(v, i));
	for (uint32_t i = 0; ok && i < p->console_count; i++)
		ok = json_add(consoles, console_json(v, i));
	for (uint32_t i = 0; ok && i < ASSUMED_COUNT; i++)
		if (v->assumptions & (1u << i))
			ok = json_add(assumed, json_string(shape_assumption_text(i)));
	ok = put_seconds(o, v) && json_put(o, "bytes", whole_bytes(p->size.bytes.mid)) &&
	     json_put(o, "interval_bytes", json_interval(&p->size.bytes)) &&
	     json_put(o, "task_table_bytes",
		      whole_bytes(p->size.part[PART_TASK_TABLE].bytes.mid)) &&
	     json_put(o, "ring_bytes", whole_bytes(p->ring_bytes)) && ok;
	ok = json_put(o, "kills", kills_json(v, storm_time_known(v))) && ok;
	ok = json_put(o, "machine", shape_json(v)) && ok;
	ok = json_put(o, "parts", parts) && ok;
	ok = json_put(o, "consoles", consoles) && ok;
	ok = json_put(o, "assumptions", assumed) && ok;
	return json_whole(o, ok);
}

json_t *storm_json(const struct storm_view *v)
{
	json_t *o = json_object();

	return json_whole(o, json_put(o, "schema", json_string("bulkhead.storm/1")) &&
				     json_put(o, "action", json_string("predict")) &&
				     json_put(o, "predicted", storm_json_predicted(v)) &&
				     json_put(o, "measured", json_null()));
}
