/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor --fix and --undo: from the proposals of the judge to the acts, and whether they last. */
#include <inttypes.h>
#include <string.h>

#include "act/remedy.h"
#include "base/strbuf.h"
#include "cmd/doctor.h"
#include "judge/diagnosis.h"
#include "source/machine.h"

static struct acts acts;
static struct fault fault;

/* Without LIST what a finding asks for; with it all that it names. */
static uint32_t orders_of(const struct doctor_options *o, const struct diagnosis *d,
			  struct remedy_order ret[REMEDY_COUNT])
{
	uint32_t count = 0;

	for (int i = REMEDY_NONE + 1; i < REMEDY_COUNT; i++) {
		if (o->named ? o->wanted[i] : d->remedy[i].proposed)
			ret[count++] = (struct remedy_order){ (enum remedy_id)i,
							      d->remedy[i].after.value };
	}
	return count;
}

/* Reads once more what the next boot will do: a later file, or rsyslog, may have the last word. */
static void warn_if_undone(const struct doctor_options *o, const struct remedy_order *orders,
			   uint32_t count)
{
	const struct machine_options no_console = { 0 };
	_cleanup_root_ struct root root = ROOT_CLOSED;
	static struct machine m;
	struct fault f;

	if (o->dry_run || root_open(NULL, &root, &f) < 0 ||
	    machine_read(&root, &no_console, &m, &f) < 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct log_daemon *rsyslog = &m.log_daemon[LOG_DAEMON_RSYSLOG];
		char quoted[4 * MACHINE_SYSCTL_FILE_SIZE];

		if (orders[i].remedy != REMEDY_CONSOLE_LOGLEVEL)
			continue;
		if (opt_is_known(m.persisted_loglevel) &&
		    m.persisted_loglevel.value != orders[i].value)
			complain("'%s' sets the level to %" PRIu64 " again at the next boot",
				 ESCAPED(quoted, text_string(m.persisted_file)),
				 m.persisted_loglevel.value);
		if (rsyslog->running == KNOWN && opt_is_known(rsyslog->console_loglevel) &&
		    rsyslog->console_loglevel.value != orders[i].value)
			complain("rsyslogd sets the level to %" PRIu64
				 " again when it starts (klogConsoleLogLevel)",
				 rsyslog->console_loglevel.value);
	}
}

static void expect(struct doctor_view *v, const struct remedy_order *orders, uint32_t count)
{
	const struct diagnosis_input in = { .machine = v->storm.machine,
					    .shape = &v->storm.shape,
					    .assumptions = v->storm.assumptions,
					    .prediction = &v->storm.prediction };
	bool fixed[REMEDY_COUNT] = { false };

	for (uint32_t i = 0; i < count; i++)
		fixed[orders[i].remedy] = true;
	v->seconds_after = diagnosis_seconds_after(&in, v->diagnosis, fixed);
}

/* What guard holds is left to it; what a guard that is gone has left is taken over. */
static int act(const struct doctor_options *o, const struct remedy_order *orders, uint32_t count)
{
	_cleanup_root_ struct root root = ROOT_CLOSED;
	struct remedy_world w = { .dry_run = o->dry_run };
	static struct guard_record guard;
	int r = root_open(NULL, &root, &fault);

	if (r < 0)
		return r;
	w.top = root.top;
	guard_record_read(&root, &guard);
	guard_record_world(&guard, &w);
	if (o->undo)
		r = remedies_undo(&w, &acts, &fault);
	else if (count)
		r = remedies_apply(&w, orders, count, &acts, &fault);
	/* Doctor's record has it now: no guard that starts later may put it back. */
	if (w.left.taken) {
		const int late = changes_remove(&guard.changes, guard.change, r ? NULL : &fault);

		r = r ? r : late;
	}
	guard_record_close(&guard);
	return r;
}

int doctor_act(const struct doctor_options *o, struct doctor_view *v)
{
	struct remedy_order orders[REMEDY_COUNT];
	const uint32_t count = o->undo ? 0 : orders_of(o, v->diagnosis, orders);
	const int r = act(o, orders, count);

	expect(v, orders, count);
	v->acts = &acts;
	v->undo = o->undo;
	v->dry_run = o->dry_run;
	if (r < 0) {
		v->fault = &fault;
		return fail(EXITCODE_ACTION_FAILED, &fault);
	}
	if (acts_failed(&acts))
		return EXITCODE_ACTION_FAILED;
	if (count)
		warn_if_undone(o, orders, count);
	return EXITCODE_OK;
}
