/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/storm_sweep.h"

#include <string.h>

const char *sweep_param_name(enum sweep_param p)
{
	static const char *const names[] = {
		[SWEEP_TASKS] = "tasks",       [SWEEP_ALLOCATORS] = "allocators",
		[SWEEP_VICTIMS] = "victims",   [SWEEP_BAUD] = "baud",
		[SWEEP_LOGLEVEL] = "loglevel", [SWEEP_DUMP_TASKS] = "dump_tasks",
	};

	_Static_assert(ARRAY_SIZE(names) == SWEEP_COUNT, "a name for every parameter");
	return names[p];
}

uint64_t sweep_value(const struct sweep_panel *panel, enum sweep_param p, uint32_t line, uint32_t x)
{
	if (p == panel->x)
		return panel->x_value[x];
	if (p == panel->line)
		return panel->line_value[line];
	return panel->value[p];
}

static int point(const struct storm_sim_config *config, const struct sweep_panel *panel,
		 uint32_t line, uint32_t x, struct storm_sim_result *ret)
{
	struct storm_sim_config c = *config;
	struct console_list consoles = *config->consoles;
	struct printk printk = *config->printk;
	uint64_t v[SWEEP_COUNT];

	for (uint32_t p = 0; p < SWEEP_COUNT; p++)
		v[p] = sweep_value(panel, p, line, x);
	c.allocators = (uint32_t)v[SWEEP_ALLOCATORS];
	c.leakers = (uint32_t)v[SWEEP_VICTIMS];
	c.shape.tasks = (double)(v[SWEEP_TASKS] + v[SWEEP_ALLOCATORS] + v[SWEEP_VICTIMS]);
	c.shape.dump_tasks = v[SWEEP_DUMP_TASKS] != 0;
	consoles.console[0].bits_per_second = opt_u64_of(v[SWEEP_BAUD]);
	printk.console_loglevel = opt_u64_of(v[SWEEP_LOGLEVEL]);
	c.consoles = &consoles;
	c.printk = &printk;
	return storm_sim_run(&c, ret);
}

int storm_sweep(struct storm_sim_config *config, struct sweep_panel *panel)
{
	for (uint32_t line = 0; line < panel->line_count; line++)
		for (uint32_t x = 0; x < panel->x_count; x++) {
			const int r = point(config, panel, line, x, &panel->result[line][x]);

			if (r < 0)
				return r;
			config->events_max -= panel->result[line][x].events;
		}
	return 0;
}

struct axis {
	enum sweep_param param;
	uint32_t count;
	uint64_t value[13];
};

void storm_sweep_defaults(const uint64_t value[SWEEP_COUNT],
			  struct sweep_panel panel[SWEEP_DEFAULT_PANELS])
{
	static const struct {
		struct axis x, line;
	} rows[SWEEP_DEFAULT_PANELS] = {
		{ { SWEEP_TASKS,
		    13,
		    { 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000 } },
		  { SWEEP_BAUD, 3, { 9600, 19200, 115200 } } },
		{ { SWEEP_ALLOCATORS, 10, { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000 } },
		  { SWEEP_VICTIMS, 3, { 16, 4, 1 } } },
		{ { SWEEP_VICTIMS, 7, { 1, 2, 4, 8, 16, 32, 64 } },
		  { SWEEP_DUMP_TASKS, 2, { 1, 0 } } },
		{ { SWEEP_BAUD, 8, { 1200, 2400, 9600, 19200, 38400, 57600, 115200, 921600 } },
		  { SWEEP_LOGLEVEL, 3, { 7, 6, 4 } } },
	};

	for (uint32_t i = 0; i < SWEEP_DEFAULT_PANELS; i++) {
		struct sweep_panel *p = &panel[i];

		*p = (struct sweep_panel){ .x = rows[i].x.param,
					   .line = rows[i].line.param,
					   .x_count = rows[i].x.count,
					   .line_count = rows[i].line.count };
		memcpy(p->value, value, sizeof(p->value));
		memcpy(p->x_value, rows[i].x.value, sizeof(rows[i].x.value));
		memcpy(p->line_value, rows[i].line.value, p->line_count * sizeof(p->line_value[0]));
	}
}
