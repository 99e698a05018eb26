/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cmd/storm.h"
#include "report/storm_json.h"
#include "report/storm_text.h"
#include "source/machine.h"

/* predict is about one machine. */
static bool one_value_each(const struct storm_options *o)
{
	const struct {
		const char *name;
		uint32_t count;
	} rows[] = {
		{ "--baud", o->baud.count },	     { "--tasks", o->tasks.count },
		{ "--loglevel", o->loglevel.count }, { "--dump-tasks", o->dump_tasks.count },
		{ "--kernel", o->kernels },	     { "--cpus", o->cpus.count },
		{ "--memory", o->memory.count },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].count > 1) {
			complain("storm predict takes one value of %s; simulate and run take lists",
				 rows[i].name);
			return false;
		}
	return true;
}

static void judge(const struct storm_options *o, const struct machine *m, struct storm_view *v)
{
	struct printk printk = m->printk;

	*v = (struct storm_view){ .machine = m };
	v->assumptions = oom_report_shape_of(m, &v->shape);
	v->loglevel = storm_loglevel(&printk);
	storm_predict(&v->shape, &m->consoles, &printk, &v->prediction);
	v->kill_count = (uint32_t)o->kills;
	v->kills = storm_kills(&v->prediction, v->kill_count);
}

/* Without options this machine; with --root that one; else what the options describe. */
static int read_machine(const struct storm_options *o, struct machine *m)
{
	const struct machine_options options = { MACHINE_CONSOLES_SECONDS };
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct fault f;

	if (o->described && !o->common.root)
		return EXITCODE_OK;
	if (root_open(o->common.root, &root, &f) < 0 || machine_read(&root, &options, m, &f) < 0)
		return fail(EXITCODE_UNDETERMINED, &f);
	return EXITCODE_OK;
}

int storm_predict_run(const struct storm_options *o)
{
	static struct machine m;
	struct storm_view v;
	int r;

	if (!one_value_each(o))
		return EXITCODE_USAGE;
	r = read_machine(o, &m);
	if (r != EXITCODE_OK)
		return r;
	if (o->described && storm_machine_override(o, &m) < 0)
		return EXITCODE_USAGE;
	judge(o, &m, &v);
	r = o->common.json ? json_print(stdout, storm_json(&v)) : storm_text(stdout, &v);
	if (r < 0) {
		complain("cannot write the report: %s", strerrordesc_np(-r));
		return EXITCODE_UNDETERMINED;
	}
	return storm_time_known(&v) ? EXITCODE_OK : EXITCODE_UNDETERMINED;
}
