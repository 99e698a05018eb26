/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor's look at the machine: as it is, or as the options say; and what is to be said of it. */
#include "base/strbuf.h"
#include "cmd/doctor.h"
#include "judge/diagnosis.h"
#include "source/machine.h"

static int override(const struct doctor_options *o, struct machine *m)
{
	for (uint32_t i = 0; i < o->bauds.count; i++) {
		const struct console_baud *b = &o->bauds.baud[i];
		struct console *found = console_named(&m->consoles, b->console);

		if (!found) {
			char quoted[4 * CONSOLE_NAME_SIZE];

			complain("--baud: this machine has no console '%s'",
				 ESCAPED(quoted, text_string(b->console)));
			return EXITCODE_USAGE;
		}
		/* Whatever drives it: the operator says that it is a line. */
		found->kind = CONSOLE_UART;
		console_set_baud(found, b->bits_per_second);
	}
	if (o->tasks) {
		m->tasks.tasks = opt_u64_of(o->tasks);
		m->tasks.complete = true;
	}
	return EXITCODE_OK;
}

int doctor_look(const struct doctor_options *o, struct doctor_view *ret)
{
	const struct machine_options how = { MACHINE_CONSOLES_SECONDS };
	const struct diagnosis_policy policy = diagnosis_policy_default();
	_cleanup_root_ struct root root = ROOT_CLOSED;
	static struct guard_record guard;
	static struct machine m;
	static struct diagnosis d;
	struct storm_view *s = &ret->storm;
	struct diagnosis_input in;
	struct fault f;
	int r = root_open(o->common.root, &root, &f);

	if (r == 0)
		r = machine_read(&root, &how, &m, &f);
	if (r < 0)
		return fail(EXITCODE_UNDETERMINED, &f);
	if (!o->common.root) {
		guard_record_read(&root, &guard);
		guard_record_judge(&guard, &m);
		guard_record_close(&guard);
	}
	r = override(o, &m);
	if (r != EXITCODE_OK)
		return r;
	*ret = (struct doctor_view){ .storm.machine = &m, .diagnosis = &d };
	s->assumptions = oom_report_shape_of(&m, &s->shape);
	s->loglevel = storm_loglevel(&m.printk);
	storm_predict(&s->shape, &m.consoles, &m.printk, &s->prediction);
	in = (struct diagnosis_input){ &m, &s->shape, s->assumptions, &s->prediction, &policy };
	diagnose(&in, &d);
	return EXITCODE_OK;
}
