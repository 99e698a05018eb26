/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/sweep_report.h"

#include <errno.h>
#include <inttypes.h>

#include "report/storm_view.h"

static void cell(FILE *out, double seconds)
{
	char room[32];
	struct strbuf s = STRBUF(room);

	storm_seconds(&s, seconds);
	fprintf(out, " %10s", s.buf);
}

static void row(FILE *out, const struct sweep_panel *p, uint32_t line, uint32_t x)
{
	const struct storm_sim_result *r = &p->result[line][x];

	for (uint32_t i = 0; i < SWEEP_COUNT; i++)
		fprintf(out, " %10" PRIu64, sweep_value(p, i, line, x));
	cell(out, r->stall_max_seconds);
	cell(out, r->stall_mean_seconds);
	fprintf(out, " %9.1f %%", 100 * r->stalled_share);
	cell(out, r->print_seconds);
	fprintf(out, " %6" PRIu32 " %9" PRIu64 "%s\n", r->kills, r->lost_console + r->lost_daemon,
		r->complete ? "" : "  ended at the limit");
}

int sweep_text(FILE *out, const struct sweep_panel *panel, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		fprintf(out, "%sBy %s and %s\n", i ? "\n" : "", sweep_param_name(panel[i].x),
			sweep_param_name(panel[i].line));
		for (uint32_t p = 0; p < SWEEP_COUNT; p++)
			fprintf(out, " %10s", sweep_param_name(p));
		fprintf(out, " %10s %10s %11s %10s %6s %9s\n", "LONGEST", "ALL WAITS", "OF TIME",
			"PRINTING", "KILLS", "LOST");
		for (uint32_t line = 0; line < panel[i].line_count; line++)
			for (uint32_t x = 0; x < panel[i].x_count; x++)
				row(out, &panel[i], line, x);
	}
	fputs("\nLONGEST: longest wait of an allocating process. ALL WAITS: all waits of one, mean "
	      "over them;\nOF TIME: as a share. PRINTING: that the lock was held. LOST: records "
	      "overwritten in the ring\nbefore a threaded console or the log daemon had them.\n",
	      out);
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}

static json_t *point_json(const struct sweep_panel *p, uint32_t line, uint32_t x)
{
	const struct storm_sim_result *r = &p->result[line][x];
	json_t *o = json_object(), *settings = json_object();
	bool ok = true;

	for (uint32_t i = 0; i < SWEEP_COUNT; i++)
		ok = ok && json_put(settings, sweep_param_name(i),
				    json_bytes(sweep_value(p, i, line, x)));
	ok = json_put(o, "settings", settings) && ok;
	return json_whole(
		o, ok && json_put(o, "stall_seconds", json_finite(r->stall_max_seconds)) &&
			   json_put(o, "stall_mean_seconds", json_finite(r->stall_mean_seconds)) &&
			   json_put(o, "stalled_share", json_finite(r->stalled_share)) &&
			   json_put(o, "print_seconds", json_finite(r->print_seconds)) &&
			   json_put(o, "duration_seconds", json_finite(r->duration_seconds)) &&
			   json_put(o, "kills", json_integer(r->kills)) &&
			   json_put(o, "full_reports", json_integer(r->full_reports)) &&
			   json_put(o, "rcu_stall_reports", json_integer(r->rcu_reports)) &&
			   json_put(o, "records", json_bytes(r->records)) &&
			   json_put(o, "lost_console_records", json_bytes(r->lost_console)) &&
			   json_put(o, "lost_daemon_records", json_bytes(r->lost_daemon)) &&
			   json_put(o, "events", json_bytes(r->events)) &&
			   json_put(o, "complete", json_boolean(r->complete)));
}

json_t *sweep_json(const struct sweep_panel *panel, uint32_t count)
{
	json_t *o = json_object(), *points = json_array();
	bool ok = points != NULL;

	for (uint32_t i = 0; i < count; i++)
		for (uint32_t line = 0; line < panel[i].line_count; line++)
			for (uint32_t x = 0; ok && x < panel[i].x_count; x++)
				ok = json_add(points, point_json(&panel[i], line, x));
	ok = json_put(o, "schema", json_string("bulkhead.storm/1")) &&
	     json_put(o, "action", json_string("simulate")) &&
	     json_put(o, "predicted", json_null()) && json_put(o, "measured", json_null()) && ok;
	return json_whole(o, json_put(o, "simulated", points) && ok);
}
