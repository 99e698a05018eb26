/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <math.h>
#include <string.h>

#include "base/strbuf.h"

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static void cell(FILE *out, int width, int digits, double value)
{
	if (isfinite(value))
		(void)fprintf(out, " %*.*f", width, digits, value);
	else
		(void)fprintf(out, " %*s", width, "-");
}

static void print_boot(FILE *out, const json_t *e)
{
	(void)fprintf(out, "kernel %s, %.0f CPUs, %.0f MiB, swap %.0f MiB, ",
		      json_string_value(json_object_get(e, "kernel")), number(e, "cpus"),
		      number(e, "memory_bytes") / 0x1p20, number(e, "swap_bytes") / 0x1p20);
	if (isfinite(number(e, "baud")))
		(void)fprintf(out, "console at %.0f baud", number(e, "baud"));
	else
		(void)fprintf(out, "console unthrottled");
	(void)fprintf(out, "; booted in %.1f s\n\n", number(e, "boot_seconds"));
	(void)fprintf(out, "%-20s %5s %4s %3s %8s %8s %8s %8s %8s %8s %8s %5s %s\n", "RUN", "TASKS",
		      "DUMP", "LVL", "REPORT B", "TABLE B", "WIRE B", "WIRE s", "TABLE s",
		      "PRINTK s", "STALL s", "KILLS", "VALID");
}

static void print_run(FILE *out, const json_t *e)
{
	const json_t *set = json_object_get(e, "settings"), *m = json_object_get(e, "measured");
	const json_t *calibration = json_object_get(m, "calibration");
	const char *why = json_string_value(json_object_get(e, "invalid_reason"));

	(void)fprintf(out, "%-20.20s", json_string_value(json_object_get(e, "name")));
	cell(out, 5, 0, number(set, "tasks"));
	cell(out, 4, 0, number(set, "oom_dump_tasks"));
	cell(out, 3, 0, number(set, "console_loglevel"));
	cell(out, 8, 0, number(m, "report_bytes"));
	cell(out, 8, 0, number(m, "task_table_bytes"));
	cell(out, 8, 0, number(m, "wire_bytes"));
	cell(out, 8, 3, number(m, "wire_seconds"));
	cell(out, 8, 3, number(m, "task_table_wire_seconds"));
	cell(out, 8, 3, number(m, "printk_seconds"));
	cell(out, 8, 3, number(m, "stall_seconds"));
	cell(out, 5, 0, number(m, "kills"));
	(void)fprintf(out, " %s%s\n", why ? "no: " : "yes", why ? why : "");
	if (json_is_object(calibration))
		(void)fprintf(out, "  calibration: %.0f bytes in %.3f s, by baud rate %.3f s\n",
			      number(calibration, "bytes"), number(calibration, "seconds"),
			      number(calibration, "predicted_seconds"));
}

static void print_commands(FILE *out, const json_t *e)
{
	const json_t *list = json_object_get(e, "commands"), *c;
	size_t i;

	json_array_foreach(list, i, c)
	{
		const json_t *output = json_object_get(c, "output");
		struct text rest = text_of(json_string_value(output), json_string_length(output));
		struct text line;
		char buf[4096];

		(void)fprintf(out, "  %s: %s: status %.0f\n",
			      json_string_value(json_object_get(c, "when")),
			      json_string_value(json_object_get(c, "command")),
			      number(c, "status"));
		while (text_next_line(&rest, &line)) {
			struct strbuf s = STRBUF(buf);

			strbuf_escape(&s, text_of(line.p, MIN(line.n, (size_t)1000)));
			(void)fprintf(out, "    %s\n", buf);
		}
	}
}

void table_print(FILE *out, const json_t *event)
{
	const char *kind = json_string_value(json_object_get(event, "event"));

	if (strcmp(kind, "boot") == 0) {
		print_boot(out, event);
	} else {
		print_run(out, event);
		print_commands(out, event);
	}
	(void)fflush(out);
}
