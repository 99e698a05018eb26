/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/storm_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define ROOM 1024

static void loglevel_text(struct strbuf *s, uint64_t level)
{
	if (level == UINT64_MAX)
		strbuf_puts(s, "ignore_loglevel");
	else
		strbuf_printf(s, "console_loglevel %" PRIu64, level);
}

/* ", 1 node", ", 2 nodes" */
static void add_count(struct strbuf *s, uint32_t count, const char *one, const char *more)
{
	strbuf_printf(s, ", %" PRIu32 " %s", count, count == 1 ? one : more);
}

static void print_machine(FILE *out, const struct storm_view *v)
{
	const struct oom_report_shape *shape = &v->shape;
	char room[ROOM];
	struct strbuf s = STRBUF(room);

	if (shape->kernel.major)
		strbuf_printf(&s, "Linux %" PRIu32 ".%" PRIu32, shape->kernel.major,
			      shape->kernel.minor);
	else
		strbuf_puts(&s, "Linux of an unknown version");
	strbuf_printf(&s, ", %.0f process%s", shape->tasks, shape->tasks == 1 ? "" : "es");
	add_count(&s, shape->cpus, "processor", "processors");
	add_count(&s, shape->nodes, "node", "nodes");
	add_count(&s, shape->zones, "zone", "zones");
	strbuf_puts(&s, ", ");
	strbuf_bytes(&s, (double)shape->memory_bytes);
	strbuf_puts(&s, ", ");
	loglevel_text(&s, v->loglevel);
	strbuf_printf(&s, ", oom_dump_tasks %d", shape->dump_tasks);
	fprintf(out, "%s\n\n", s.buf);
}

/* The names of the consoles that print a part, or "none". */
static void print_part(FILE *out, const struct storm_view *v, enum oom_part part)
{
	const struct oom_part_size *size = &v->prediction.size.part[part];
	char room[ROOM];
	struct strbuf s = STRBUF(room);

	for (uint32_t i = 0; i < v->prediction.console_count; i++) {
		const char *name = v->machine->consoles.console[i].name;

		if (!storm_part_printed(v, part, i))
			continue;
		if (s.len)
			strbuf_putc(&s, ' ');
		strbuf_escape(&s, text_string(name));
	}
	fprintf(out, "%-11s %5" PRIu32 " %7" PRIu32 " %9.0f  %9.0f to %-9.0f  %s\n",
		oom_part_name(part), size->level, size->lines, size->bytes.mid, size->bytes.low,
		size->bytes.high, s.len ? s.buf : "-");
}

static void print_parts(FILE *out, const struct storm_view *v)
{
	const struct oom_report_size *size = &v->prediction.size;

	fprintf(out, "%-11s %5s %7s %9s  %-22s  %s\n", "PART", "LEVEL", "LINES", "BYTES",
		"     LOW    HIGH", "PRINTED BY");
	for (uint32_t i = 0; i < PART_COUNT; i++)
		print_part(out, v, i);
	fprintf(out, "%-11s %5s %7s %9.0f  %9.0f to %-9.0f\n\n", "report", "", "", size->bytes.mid,
		size->bytes.low, size->bytes.high);
}

static void speed_text(struct strbuf *s, const struct console *c)
{
	if (opt_is_known(c->bits_per_second)) {
		strbuf_printf(s, "%" PRIu64 " baud (%s)", c->bits_per_second.value,
			      baud_source_name(c->baud_source));
		return;
	}
	strbuf_puts(s, "no known speed");
	if (*c->why) {
		strbuf_puts(s, ": ");
		strbuf_escape(s, text_string(c->why));
	}
}

static void print_console(FILE *out, const struct storm_view *v, uint32_t i)
{
	const struct console *c = &v->machine->consoles.console[i];
	const struct console_cost *cost = &v->prediction.console[i];
	char room[ROOM];
	struct strbuf s = STRBUF(room);

	strbuf_escape(&s, text_string(c->name));
	strbuf_printf(&s, ", %s, ", console_kind_name(c->kind));
	speed_text(&s, c);
	if (c->registered == ABSENT || (c->registered == KNOWN && !c->enabled)) {
		fprintf(out, "%s: %s, prints nothing\n", s.buf,
			c->registered == ABSENT ? "no driver took it" : "disabled");
		return;
	}
	strbuf_printf(&s, ": %.0f bytes, ", cost->bytes.mid);
	if (cost->seconds.known) {
		storm_interval(&s, &cost->seconds);
		if (cost->task_table_seconds.mid > 0) {
			strbuf_puts(&s, ", of it the task table ");
			storm_seconds(&s, cost->task_table_seconds.mid);
		}
	} else {
		strbuf_puts(&s, "for an unknown time");
	}
	if (!cost->synchronous)
		strbuf_puts(&s, "; printed by a thread, holds nobody up");
	fprintf(out, "%s\n", s.buf);
}

static void print_sum(FILE *out, const struct storm_view *v)
{
	const struct storm_prediction *p = &v->prediction;
	char room[ROOM];
	struct strbuf s = STRBUF(room);

	if (!storm_time_known(v)) {
		fprintf(out, "\nHow long a report takes is unknown, because %s.\n",
			storm_consoles_known(v->machine)
				? "the speed of no console that prints it is known"
				: "nothing tells which consoles there are");
		return;
	}
	storm_interval(&s, &p->print_seconds);
	fprintf(out, "\nOne OOM kill prints for %s.\n", s.buf);
	strbuf_clear(&s);
	storm_interval(&s, &p->stall_seconds);
	fprintf(out, "Meanwhile a process that allocates waits %s.\n", s.buf);
	if (p->unknown_consoles)
		fprintf(out,
			"Consoles whose speed is not known are not in these: the truth is more.\n");
	if (v->kill_count == 0)
		return;
	strbuf_clear(&s);
	storm_interval(&s, &v->kills.print_seconds);
	fprintf(out, "%" PRIu32 " kills in a row print for %s, %" PRIu32 " of them in full,\n",
		v->kill_count, s.buf, v->kills.full_reports);
	strbuf_clear(&s);
	storm_interval(&s, &v->kills.stall_seconds);
	fprintf(out, "and allocating processes wait %s in all.\n", s.buf);
}

int storm_text(FILE *out, const struct storm_view *v)
{
	print_machine(out, v);
	print_parts(out, v);
	for (uint32_t i = 0; i < v->prediction.console_count; i++)
		print_console(out, v, i);
	if (v->prediction.console_count == 0 && storm_consoles_known(v->machine))
		fputs("No console: the report goes to the ring buffer only.\n", out);
	print_sum(out, v);
	for (uint32_t i = 0; i < ASSUMED_COUNT; i++)
		if (v->assumptions & (1u << i))
			fprintf(out, "Assumed: %s\n", shape_assumption_text(i));
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}
