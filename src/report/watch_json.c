/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/watch_json.h"

#include "report/reason.h"

static json_t *starttime(const struct ranked *r)
{
	return r->id.starttime_ticks ? json_bytes(r->id.starttime_ticks) : json_null();
}

static json_t *process(const struct ranked *r, bool replay)
{
	const struct verdict *v = r->verdict;
	json_t *o = json_object();
	bool ok = json_put(o, "pid", json_integer(r->id.pid)) &&
		  json_put(o, "comm", r->comm.n ? json_escaped(r->comm) : json_string("")) &&
		  json_put(o, "unit", json_escaped(r->unit)) &&
		  json_put(o, "anon_bytes", json_opt(r->anon_bytes)) &&
		  json_put(o, "swap_bytes", json_opt(r->swap_bytes)) &&
		  json_put(o, "growth_bytes_per_second",
			   json_interval(&v->growth_bytes_per_second)) &&
		  json_put(o, "exhaustion_seconds", json_interval(&v->exhaustion_seconds)) &&
		  json_put(o, "headroom_bytes", json_opt(r->headroom.bytes)) &&
		  json_put(o, "headroom_limit", json_escaped(r->limit)) &&
		  json_put(o, "score", json_finite(v->score)) &&
		  json_put(o, "verdict", json_string(verdict_class_name(v->class))) &&
		  json_put(o, "reasons", reasons_json(v));

	if (replay)
		ok = ok && json_put(o, "alarm_seconds", json_finite(r->alarm_seconds));
	ok = ok && json_put(o, "window_seconds",
			    v->window_seconds > 0 ? json_finite(v->window_seconds) : json_null());
	if (!replay)
		ok = ok && json_put(o, "shmem_bytes", json_opt(r->shmem_bytes)) &&
		     json_put(o, "cgroup", json_escaped(r->cgroup)) &&
		     json_put(o, "container", json_escaped(r->container)) &&
		     json_put(o, "starttime_ticks", starttime(r)) &&
		     json_put(o, "age_seconds", json_finite(r->age_seconds)) &&
		     json_put(o, "unread", json_boolean(r->unread));
	return json_whole(o, ok);
}

static json_t *processes(const struct watch_view *v)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < v->count; i++)
		ok = json_add(list, process(&v->row[i], v->replay != NULL));
	return json_whole(list, ok);
}

static json_t *pressure(const struct psi_line *p)
{
	json_t *o;

	if (!p->present)
		return json_null();
	o = json_object();
	return json_whole(o, json_put(o, "avg10_percent", json_finite(p->avg10)) &&
				     json_put(o, "avg60_percent", json_finite(p->avg60)) &&
				     json_put(o, "avg300_percent", json_finite(p->avg300)) &&
				     json_put(o, "total_seconds", json_finite(p->total_seconds)));
}

static json_t *host(const struct host *h)
{
	const struct meminfo *m = &h->meminfo;
	json_t *o = json_object();
	bool ok = json_put(o, "total_bytes", json_bytes(m->total_bytes)) &&
		  json_put(o, "available_bytes", json_bytes(m->available_bytes)) &&
		  json_put(o, "swap_total_bytes", json_opt(m->swap_total_bytes)) &&
		  json_put(o, "swap_free_bytes", json_opt(m->swap_free_bytes)) &&
		  json_put(o, "pressure_some", pressure(&h->memory_pressure.some)) &&
		  json_put(o, "pressure_full", pressure(&h->memory_pressure.full)) &&
		  json_put(o, "oom_kill_total", json_opt(h->vmstat.oom_kill)) &&
		  json_put(o, "cpus", h->cpus ? json_integer(h->cpus) : json_null()) &&
		  json_put(o, "boot_seconds",
			   h->boot_seconds > 0 ? json_finite(h->boot_seconds) : json_null());

	return json_whole(o, ok);
}

static json_t *counts(const struct pass_counts *c)
{
	json_t *o = json_object();

	return json_whole(o, json_put(o, "listed", json_integer(c->listed)) &&
				     json_put(o, "read", json_integer(c->read)) &&
				     json_put(o, "kthreads", json_integer(c->kthreads)) &&
				     json_put(o, "vanished", json_integer(c->vanished)) &&
				     json_put(o, "unreadable", json_integer(c->unreadable)) &&
				     json_put(o, "over_capacity", json_integer(c->over_capacity)));
}

static json_t *missing(const struct watch_view *v)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < v->missing_count; i++)
		ok = json_add(list, json_integer(v->missing[i]));
	return json_whole(list, ok);
}

static bool put_live(json_t *o, const struct watch_view *v)
{
	const struct process_table *t = v->table;

	return json_put(o, "time_seconds", json_finite(v->wall_seconds)) &&
	       json_put(o, "host", host(&t->host)) && json_put(o, "counts", counts(&t->counts)) &&
	       json_put(o, "cgroups_dropped", json_integer(t->cgroups.dropped)) &&
	       json_put(o, "pass_cpu_seconds", json_finite(t->pass_cpu_seconds)) &&
	       json_put(o, "missing_pids", missing(v));
}

static bool put_replay(json_t *o, const struct watch_replay *r)
{
	return json_put(o, "source", json_escaped(text_string(r->name))) &&
	       json_put(o, "rows", json_bytes(r->rows)) &&
	       json_put(o, "refused_rows", json_bytes(r->refused_rows)) &&
	       json_put(o, "first_seconds", json_finite(r->first_seconds)) &&
	       json_put(o, "last_seconds", json_finite(r->last_seconds));
}

json_t *watch_json(const struct watch_view *v)
{
	json_t *o = json_object();
	bool ok = json_put(o, "schema", json_string("bulkhead.watch/1"));

	ok = ok && (v->replay ? put_replay(o, v->replay) : put_live(o, v));
	ok = ok && json_put(o, "leaking", json_integer(v->leaking)) &&
	     json_put(o, "matching", json_integer(v->matching)) &&
	     json_put(o, "processes", processes(v));
	return json_whole(o, ok);
}
