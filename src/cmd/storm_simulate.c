/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/storm.h"
#include "judge/oom_shape.h"
#include "report/sweep_report.h"

#define PANELS_MAX 16

struct sweep {
	struct sweep_panel *panel; /* PANELS_MAX */
	uint32_t count;
};

static const struct storm_list *list_of(const struct storm_options *o, enum sweep_param p)
{
	const struct storm_list *lists[SWEEP_COUNT] = {
		[SWEEP_TASKS] = &o->tasks,	 [SWEEP_ALLOCATORS] = &o->allocators,
		[SWEEP_VICTIMS] = &o->leakers,	 [SWEEP_BAUD] = &o->baud,
		[SWEEP_LOGLEVEL] = &o->loglevel, [SWEEP_DUMP_TASKS] = &o->dump_tasks,
	};

	return lists[p];
}

/* The parameter with the most values that is not `taken`; SWEEP_COUNT when all others have one. */
static enum sweep_param longest(const struct storm_options *o, enum sweep_param taken)
{
	enum sweep_param best = SWEEP_COUNT;

	for (uint32_t p = 0; p < SWEEP_COUNT; p++)
		if (p != taken && list_of(o, p)->count > 1 &&
		    (best == SWEEP_COUNT || list_of(o, p)->count > list_of(o, best)->count))
			best = p;
	return best;
}

/* The next combination of the parameters that are on no axis; false after the last. */
static bool next_values(const struct storm_options *o, enum sweep_param x, enum sweep_param line,
			uint32_t index[SWEEP_COUNT])
{
	for (uint32_t p = 0; p < SWEEP_COUNT; p++) {
		if (p == x || p == line || list_of(o, p)->count < 2)
			continue;
		if (++index[p] < list_of(o, p)->count)
			return true;
		index[p] = 0;
	}
	return false;
}

static int plan_lists(const struct storm_options *o, const uint64_t value[SWEEP_COUNT],
		      struct sweep *sweep)
{
	enum sweep_param x = longest(o, SWEEP_COUNT), line = longest(o, x);
	uint32_t index[SWEEP_COUNT] = { 0 };

	/* single values only: one point */
	if (x == SWEEP_COUNT)
		x = SWEEP_TASKS;
	if (line == SWEEP_COUNT)
		line = x == SWEEP_BAUD ? SWEEP_LOGLEVEL : SWEEP_BAUD;
	if (list_of(o, line)->count > SWEEP_LINES_MAX) {
		complain("two lists of more than %d values are too much for one picture",
			 SWEEP_LINES_MAX);
		return -EINVAL;
	}
	do {
		struct sweep_panel *p = &sweep->panel[sweep->count];

		if (sweep->count++ == PANELS_MAX) {
			complain("too many combinations: at most %d pictures", PANELS_MAX);
			return -EINVAL;
		}
		memcpy(p->value, value, sizeof(p->value));
		for (uint32_t i = 0; i < SWEEP_COUNT; i++)
			if (list_of(o, i)->count)
				p->value[i] = list_of(o, i)->value[index[i]];
		p->x = x;
		p->line = line;
		p->x_count = MAX(list_of(o, x)->count, 1u);
		p->x_value[0] = value[x];
		for (uint32_t i = 0; i < list_of(o, x)->count; i++)
			p->x_value[i] = list_of(o, x)->value[i];
		p->line_count = MAX(list_of(o, line)->count, 1u);
		p->line_value[0] = value[line];
		for (uint32_t i = 0; i < list_of(o, line)->count; i++)
			p->line_value[i] = list_of(o, line)->value[i];
	} while (next_values(o, x, line, index));
	return 0;
}

static int plan(const struct storm_options *o, struct sweep *sweep)
{
	uint64_t value[SWEEP_COUNT] = {
		[SWEEP_TASKS] = 200,  [SWEEP_ALLOCATORS] = 8, [SWEEP_VICTIMS] = 4,
		[SWEEP_BAUD] = 19200, [SWEEP_LOGLEVEL] = 7,   [SWEEP_DUMP_TASKS] = 1,
	};
	bool any = false;

	for (uint32_t p = 0; p < SWEEP_COUNT; p++) {
		if (list_of(o, p)->count)
			value[p] = list_of(o, p)->value[0];
		any = any || list_of(o, p)->count;
	}
	if (any)
		return plan_lists(o, value, sweep);
	storm_sweep_defaults(value, sweep->panel);
	sweep->count = SWEEP_DEFAULT_PANELS;
	return 0;
}

static int simulate(const struct storm_options *o, struct sweep *sweep)
{
	static struct machine m;
	struct storm_sim_config config = { .consoles = &m.consoles, .printk = &m.printk };
	int r = storm_machine_override(o, &m);
	uint64_t events;

	m.consoles.count = 1;
	if (!m.cpus)
		m.cpus = 2;
	(void)oom_report_shape_of(&m, &config.shape);
	storm_sim_defaults(&config);
	events = config.events_max;
	for (uint32_t i = 0; i < sweep->count && r == 0; i++)
		r = storm_sweep(&config, &sweep->panel[i]);
	if (r == -E2BIG)
		complain("too much to simulate: %" PRIu64 " events are not enough for all points; "
			 "take fewer allocators, victims, tasks or values, or less --memory",
			 events);
	else if (r < 0)
		complain("cannot simulate: %s", strerrordesc_np(-r));
	return r;
}

static int write_chart(const char *path, const struct sweep *sweep)
{
	FILE *f = fopen(path, "we");
	int r = f ? sweep_svg(f, sweep->panel, sweep->count) : -errno;

	if (f && fclose(f) == EOF && r == 0)
		r = -errno;
	if (r < 0)
		complain("cannot write '%s': %s", path, strerrordesc_np(-r));
	return r;
}

int storm_simulate_run(const struct storm_options *o)
{
	struct sweep sweep = { .panel = calloc(PANELS_MAX, sizeof(*sweep.panel)) };
	int code = EXITCODE_UNDETERMINED, r;

	if (o->console.count || o->kernels > 1 || o->cpus.count > 1 || o->memory.count > 1) {
		complain("storm simulate has one console, one --kernel, --cpus and --memory");
		free(sweep.panel);
		return EXITCODE_USAGE;
	}
	if (!sweep.panel) {
		complain("no memory for the simulation");
	} else if (plan(o, &sweep) < 0) {
		code = EXITCODE_USAGE;
	} else if ((r = simulate(o, &sweep)) < 0) {
		code = r == -E2BIG ? EXITCODE_USAGE : EXITCODE_UNDETERMINED;
	} else {
		r = o->common.json ? json_print(stdout, sweep_json(sweep.panel, sweep.count))
				   : sweep_text(stdout, sweep.panel, sweep.count);
		if (r == 0 && o->svg)
			r = write_chart(o->svg, &sweep);
		code = r == 0 ? EXITCODE_OK : EXITCODE_UNDETERMINED;
	}
	free(sweep.panel);
	return code;
}
