/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "cmd/storm_bench.h"
#include "cmd/storm_grid.h"
#include "report/storm_runs.h"
#include "source/machine.h"

struct storm {
	const struct storm_options *o;
	struct grid grid;
	struct storm_run *run; /* as many as the grid has; the first `done` are filled */
	uint32_t done;
	FILE *markdown; /* NULL: not wanted */
	double began;	/* clock_boot_seconds() */
	int error;	/* of an output, 0: none */
};

/* A figure of an object that another program made; NAN when it is no number of 0 or more. */
static double figure(const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);
	const double n = json_is_number(value) ? json_number_value(value) : NAN;

	return n >= 0 ? n : NAN;
}

static struct opt_u64 number(const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return opt_u64_none(ABSENT);
	return opt_u64_of((uint64_t)json_integer_value(value));
}

static void copy_text(const json_t *o, const char *key, char *buf, size_t size)
{
	const char *s = json_string_value(json_object_get(o, key));

	buf[0] = '\0';
	if (s && text_copy(text_of(s, strnlen(s, size - 1)), buf, size) < 0)
		buf[0] = '\0';
}

static void read_measured(const json_t *event, struct storm_run *run)
{
	json_t *m = json_object_get(event, "measured");
	struct storm_measured *out = &run->measured;

	copy_text(event, "invalid_reason", out->why, sizeof(out->why));
	if (!json_is_object(m))
		return;
	run->details = json_incref(m);
	*out = (struct storm_measured){
		.there = true,
		.valid = json_is_true(json_object_get(event, "valid")),
		.print_seconds = figure(m, "wire_seconds"),
		.task_table_seconds = figure(m, "task_table_wire_seconds"),
		.stall_seconds = figure(m, "stall_seconds"),
		.bytes = figure(m, "report_bytes"),
		.kills = number(m, "kills"),
	};
	copy_text(event, "invalid_reason", out->why, sizeof(out->why));
}

static void note(struct storm *s, int r)
{
	if (r < 0 && s->error == 0)
		s->error = r;
}

static void show(struct storm *s, const struct storm_run *run)
{
	if (!s->o->common.json)
		note(s, storm_runs_row(stdout, false, run));
	if (s->markdown)
		note(s, storm_runs_row(s->markdown, true, run));
}

/* "storm run: 3 of 54: 19200 baud, 200 tasks; about 12 min left" */
static void progress(const struct storm *s)
{
	const struct storm_setting *next = &s->grid.setting[s->done];
	char room[64];
	struct strbuf left = STRBUF(room);
	double expected_done = 0, expected_left = 0, pace = 1;

	for (uint32_t i = 0; i < s->grid.count; i++)
		*(i < s->done ? &expected_done : &expected_left) +=
			grid_run_seconds(&s->grid.setting[i]);
	/* what a busy host makes of it, once there is something to go by */
	if (s->done)
		pace = (clock_boot_seconds() - s->began) / expected_done;
	strbuf_seconds(&left, expected_left * pace);
	(void)fprintf(stderr,
		      "storm run: %" PRIu32 " of %" PRIu32 ": %" PRIu64 " baud, %" PRIu32
		      " tasks, oom_dump_tasks %d, loglevel %" PRIu64 "; about %s left\n",
		      s->done + 1, s->grid.count, next->baud, next->tasks, next->dump_tasks,
		      next->loglevel, left.buf);
}

static void take_event(struct storm *s, const struct grid_boot *boot, const json_t *event,
		       char release[72])
{
	const char *kind = json_string_value(json_object_get(event, "event"));
	struct kernel_version kernel = { 0 };

	if (!kind)
		return;
	if (strcmp(kind, "boot") == 0) {
		copy_text(event, "kernel", release, 72);
		progress(s);
	}
	if (strcmp(kind, "run") != 0 || s->done == boot->first + boot->count)
		return;
	struct storm_run *run = &s->run[s->done++];

	(void)kernel_version_parse(text_string(release), &kernel);
	(void)snprintf(run->release, sizeof(run->release), "%s", release);
	storm_expect(&run->setting, kernel, &run->expected);
	read_measured(event, run);
	show(s, run);
	if (s->done < boot->first + boot->count && !bench_interrupted())
		progress(s);
}

/* One boot of the grid; runs that gave no result are left out. */
static int one_boot(struct storm *s, const struct grid_boot *boot)
{
	char *scenario = NULL, release[72] = "";
	size_t size;
	FILE *f = open_memstream(&scenario, &size);
	struct bench bench = { 0 };
	json_t *event;
	int r = -ENOMEM;

	if (f) {
		grid_scenario(f, &s->grid, boot);
		r = fclose(f) == 0 ? bench_start(&bench, boot->kernel, scenario) : -ENOMEM;
	}
	if (r == 0) {
		while ((event = bench_next(&bench))) {
			take_event(s, boot, event, release);
			json_decref(event);
		}
		r = bench_end(&bench);
	} else if (r != -ENOENT) {
		complain("cannot start the virtual machine: %s", strerrordesc_np(-r));
	}
	free(scenario);
	return r;
}

/* The exit code of a boot that ended with `status`, as bench_end() has it, after `made` runs. */
static int boot_code(const struct storm *s, const struct grid_boot *boot, uint32_t made, int status)
{
	const bool told = status == EXITCODE_OK || status == EXITCODE_UNDETERMINED;

	if (s->done == 0 && (told || status == -ENOENT)) {
		complain("no run was made; 'make deps' installs QEMU and gets the kernels");
		return EXITCODE_UNDETERMINED;
	}
	/* 3 with all its results: one of them is not valid, and says so */
	if (made < boot->count || !told) {
		complain("the boot ended with status %d after %" PRIu32 " of %" PRIu32 " runs",
			 status, made, boot->count);
		return EXITCODE_ACTION_FAILED;
	}
	for (uint32_t i = boot->first; i < boot->first + boot->count; i++)
		if (storm_invalid_because(&s->run[i].measured))
			return EXITCODE_UNDETERMINED;
	return status;
}

/* The exit code of all that happened; the bench itself has told what went wrong. */
static int all_boots(struct storm *s)
{
	int code = EXITCODE_OK;

	for (uint32_t i = 0; i < s->grid.boots && !bench_interrupted() && s->error == 0; i++) {
		const uint32_t before = s->done;
		const int r = one_boot(s, &s->grid.boot[i]);

		if (bench_interrupted())
			break;
		code = MAX(code, boot_code(s, &s->grid.boot[i], s->done - before, r));
		if (code == EXITCODE_ACTION_FAILED || s->done == 0)
			return code;
	}
	return bench_interrupted() ? EXITCODE_ACTION_FAILED : code;
}

static int open_outputs(struct storm *s)
{
	if (s->o->markdown) {
		s->markdown = fopen(s->o->markdown, "we");
		if (!s->markdown) {
			complain("cannot write '%s': %s", s->o->markdown, strerrordesc_np(errno));
			return EXITCODE_UNDETERMINED;
		}
		note(s, storm_runs_head(s->markdown, true));
	}
	if (!s->o->common.json)
		note(s, storm_runs_head(stdout, false));
	return EXITCODE_OK;
}

static void finish(struct storm *s)
{
	if (s->o->common.json)
		note(s, json_print(stdout, storm_runs_json(s->run, s->done, bench_interrupted())));
	else
		note(s, storm_runs_summary(stdout, s->run, s->done, bench_interrupted()));
	if (s->markdown) {
		note(s, storm_runs_summary(s->markdown, s->run, s->done, bench_interrupted()));
		if (fclose(s->markdown) == EOF)
			note(s, -EIO);
	}
}

int storm_run_run(const struct storm_options *o)
{
	static struct storm s;
	int code;

	s.o = o;
	if (o->console.count) {
		complain("storm run has one console: it takes --baud N");
		return EXITCODE_USAGE;
	}
	if (grid_make(o, &s.grid) < 0)
		return EXITCODE_USAGE;
	s.run = calloc(s.grid.count, sizeof(*s.run));
	if (!s.run) {
		complain("no memory for the runs");
		grid_release(&s.grid);
		return EXITCODE_UNDETERMINED;
	}
	for (uint32_t i = 0; i < s.grid.count; i++)
		s.run[i].setting = s.grid.setting[i];
	s.began = clock_boot_seconds();
	bench_catch_signals();
	code = open_outputs(&s);
	if (code == EXITCODE_OK) {
		code = all_boots(&s);
		finish(&s);
		if (s.error < 0) {
			complain("cannot write the results: %s", strerrordesc_np(-s.error));
			code = EXITCODE_UNDETERMINED;
		}
	}
	for (uint32_t i = 0; i < s.done; i++)
		storm_run_release(&s.run[i]);
	free(s.run);
	grid_release(&s.grid);
	return code;
}
