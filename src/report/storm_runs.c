/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/storm_runs.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/storm_view.h"

#define ROOM 256

void storm_run_release(struct storm_run *run)
{
	json_decref(run->details);
	run->details = NULL;
}

static int flushed(FILE *out)
{
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}

int storm_runs_head(FILE *out, bool markdown)
{
	if (markdown)
		fputs("| kernel | baud | tasks | dump_tasks | loglevel | allocators | leakers | "
		      "bytes predicted | bytes measured | print s predicted | print s measured | "
		      "ratio | stall s predicted | stall s measured | kills |\n"
		      "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
		      out);
	else
		fprintf(out, "%-22s %7s %5s %4s %5s %5s %5s %9s %9s %6s %9s %9s %5s\n", "KERNEL",
			"BAUD", "TASKS", "DUMP", "LEVEL", "ALLOC", "LEAK", "PREDICTED", "MEASURED",
			"RATIO", "STALL PR.", "STALL ME.", "KILLS");
	return flushed(out);
}

static void ratio(struct strbuf *s, const struct storm_run *run)
{
	if (run->measured.print_seconds > 0)
		strbuf_printf(s, "%.2f",
			      run->expected.print_seconds.mid / run->measured.print_seconds);
	else
		strbuf_puts(s, storm_met(&run->expected, &run->measured) ? "=" : "-");
}

static void measured_seconds(struct strbuf *s, double seconds)
{
	if (isfinite(seconds))
		storm_seconds(s, seconds);
	else
		strbuf_putc(s, '-');
}

static void kills_text(struct strbuf *s, const struct storm_measured *m)
{
	if (opt_is_known(m->kills))
		strbuf_printf(s, "%" PRIu64, m->kills.value);
	else
		strbuf_putc(s, '-');
}

static void row_text(FILE *out, const struct storm_run *run)
{
	const struct storm_setting *set = &run->setting;
	const char *why = storm_invalid_because(&run->measured);
	char room[6][ROOM];
	struct strbuf release = STRBUF(room[0]), print = STRBUF(room[1]), wire = STRBUF(room[2]),
		      stall = STRBUF(room[3]), gap = STRBUF(room[4]), kills = STRBUF(room[5]);

	strbuf_escape(&release, text_string(run->release));
	fprintf(out, "%-22s %7" PRIu64 " %5" PRIu32 " %4d %5" PRIu64 " %5" PRIu32 " %5" PRIu32 " ",
		release.len ? release.buf : "-", set->baud, set->tasks, set->dump_tasks,
		set->loglevel, set->allocators, set->leakers);
	storm_seconds(&print, run->expected.print_seconds.mid);
	storm_seconds(&stall, run->expected.stall_seconds.mid);
	if (!run->measured.there) {
		fprintf(out, "%9s %9s %6s %9s\n", print.buf, "none", "", stall.buf);
		return;
	}
	measured_seconds(&wire, run->measured.print_seconds);
	measured_seconds(&gap, run->measured.stall_seconds);
	kills_text(&kills, &run->measured);
	fprintf(out, "%9s %9s ", print.buf, wire.buf);
	strbuf_clear(&print);
	ratio(&print, run);
	fprintf(out, "%6s %9s %9s %5s", print.buf, stall.buf, gap.buf, kills.buf);
	if (why) {
		strbuf_clear(&wire);
		strbuf_escape(&wire, text_string(why));
		fprintf(out, "  not valid: %s", wire.full ? "" : wire.buf);
	}
	fputc('\n', out);
}

static void row_markdown(FILE *out, const struct storm_run *run)
{
	const struct storm_setting *set = &run->setting;
	const struct storm_measured *m = &run->measured;
	char room[4][ROOM];
	struct strbuf release = STRBUF(room[0]), quotient = STRBUF(room[1]), gap = STRBUF(room[2]),
		      kills = STRBUF(room[3]);

	strbuf_escape(&release, text_string(run->release));
	fprintf(out,
		"| %s | %" PRIu64 " | %" PRIu32 " | %d | %" PRIu64 " | %" PRIu32 " | %" PRIu32
		" | %.0f | ",
		release.buf, set->baud, set->tasks, set->dump_tasks, set->loglevel, set->allocators,
		set->leakers, run->expected.bytes.mid);
	if (storm_invalid_because(m)) {
		fprintf(out, "not valid | %.2f | | | %.2f | | |\n", run->expected.print_seconds.mid,
			run->expected.stall_seconds.mid);
		return;
	}
	ratio(&quotient, run);
	kills_text(&kills, m);
	if (isfinite(m->stall_seconds))
		strbuf_printf(&gap, "%.2f", m->stall_seconds);
	else
		strbuf_putc(&gap, '-');
	fprintf(out, "%.0f | %.2f | %.2f | %s | %.2f | %s | %s |\n", m->bytes,
		run->expected.print_seconds.mid, m->print_seconds, quotient.buf,
		run->expected.stall_seconds.mid, gap.buf, kills.buf);
}

int storm_runs_row(FILE *out, bool markdown, const struct storm_run *run)
{
	if (markdown)
		row_markdown(out, run);
	else
		row_text(out, run);
	return flushed(out);
}

struct tally {
	uint32_t valid, met;
};

static struct tally tally_of(const struct storm_run *run, uint32_t count)
{
	struct tally t = { 0 };

	for (uint32_t i = 0; i < count; i++)
		if (!storm_invalid_because(&run[i].measured)) {
			t.valid++;
			t.met += storm_met(&run[i].expected, &run[i].measured);
		}
	return t;
}

int storm_runs_summary(FILE *out, const struct storm_run *run, uint32_t count, bool interrupted)
{
	const struct tally t = tally_of(run, count);

	fprintf(out, "\n%" PRIu32 " runs, %" PRIu32 " valid", count, t.valid);
	if (t.valid)
		fprintf(out,
			"; in %" PRIu32 " of them (%.0f %%) the printing took what was predicted, "
			"within 10 %%",
			t.met, 100.0 * t.met / t.valid);
	fputs(interrupted ? "; interrupted\n" : "\n", out);
	return flushed(out);
}

static json_t *setting_json(const struct storm_run *run)
{
	const struct storm_setting *s = &run->setting;
	json_t *o = json_object();

	return json_whole(o, json_put(o, "kernel", json_escaped(text_string(run->release))) &&
				     json_put(o, "baud", json_bytes(s->baud)) &&
				     json_put(o, "tasks", json_integer(s->tasks)) &&
				     json_put(o, "dump_tasks", json_integer(s->dump_tasks)) &&
				     json_put(o, "loglevel", json_bytes(s->loglevel)) &&
				     json_put(o, "allocators", json_integer(s->allocators)) &&
				     json_put(o, "leakers", json_integer(s->leakers)) &&
				     json_put(o, "cpus", json_integer(s->cpus)) &&
				     json_put(o, "memory_bytes", json_bytes(s->memory_bytes)) &&
				     json_put(o, "repetition", json_integer(s->repetition)));
}

static json_t *expected_json(const struct storm_expectation *e)
{
	json_t *o = json_object();

	return json_whole(
		o,
		json_put(o, "print_seconds", json_finite(e->print_seconds.mid)) &&
			json_put(o, "print_interval_seconds", json_interval(&e->print_seconds)) &&
			json_put(o, "task_table_seconds", json_finite(e->task_table_seconds.mid)) &&
			json_put(o, "stall_seconds", json_finite(e->stall_seconds.mid)) &&
			json_put(o, "stall_interval_seconds", json_interval(&e->stall_seconds)) &&
			json_put(o, "all_stalls_seconds", json_finite(e->all_stalls_seconds.mid)) &&
			json_put(o, "bytes", json_bytes((uint64_t)(e->bytes.mid + 0.5))) &&
			json_put(o, "interval_bytes", json_interval(&e->bytes)) &&
			json_put(o, "console_bytes",
				 json_bytes((uint64_t)(e->console_bytes.mid + 0.5))));
}

/* What the bench said, with the name that predictions have for it. */
static json_t *measured_json(const struct storm_run *run)
{
	json_t *o;

	if (!run->details)
		return json_null();
	o = json_copy(run->details);
	return json_whole(o,
			  json_put(o, "print_seconds", json_finite(run->measured.print_seconds)) &&
				  json_put(o, "task_table_seconds",
					   json_finite(run->measured.task_table_seconds)));
}

static json_t *run_json(const struct storm_run *run)
{
	const struct storm_measured *m = &run->measured;
	const char *why = storm_invalid_because(m);
	const bool usable = !why;
	json_t *o = json_object();

	return json_whole(o,
			  json_put(o, "settings", setting_json(run)) &&
				  json_put(o, "predicted", expected_json(&run->expected)) &&
				  json_put(o, "measured", measured_json(run)) &&
				  json_put(o, "valid", json_boolean(usable)) &&
				  json_put(o, "invalid_reason",
					   why ? json_escaped(text_string(why)) : json_null()) &&
				  json_put(o, "ratio",
					   usable && m->print_seconds > 0
						   ? json_finite(run->expected.print_seconds.mid /
								 m->print_seconds)
						   : json_null()) &&
				  json_put(o, "within_10_percent",
					   usable ? json_boolean(storm_met(&run->expected, m))
						  : json_null()));
}

json_t *storm_runs_json(const struct storm_run *run, uint32_t count, bool interrupted)
{
	const struct tally t = tally_of(run, count);
	json_t *o = json_object(), *runs = json_array(), *summary = json_object();
	bool ok = runs != NULL;

	for (uint32_t i = 0; ok && i < count; i++)
		ok = json_add(runs, run_json(&run[i]));
	ok = json_put(summary, "runs", json_integer(count)) &&
	     json_put(summary, "valid", json_integer(t.valid)) &&
	     json_put(summary, "within_10_percent", json_integer(t.met)) &&
	     json_put(summary, "share_within_10_percent",
		      t.valid ? json_finite((double)t.met / t.valid) : json_null()) &&
	     json_put(summary, "interrupted", json_boolean(interrupted)) && ok;
	ok = json_put(o, "schema", json_string("bulkhead.storm/1")) &&
	     json_put(o, "action", json_string("run")) &&
	     json_put(o, "predicted", count == 1 ? expected_json(&run->expected) : json_null()) &&
	     json_put(o, "measured", count == 1 ? measured_json(run) : json_null()) && ok;
	ok = json_put(o, "runs", runs) && ok;
	return json_whole(o, json_put(o, "summary", summary) && ok);
}
