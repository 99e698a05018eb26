/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor --fix and --undo: from the proposals of the judge to the acts, and whether they last. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "act/changes.h"
#include "act/remedy.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/doctor.h"
#include "judge/diagnosis.h"
#include "source/guard_config.h"
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

/*
 * Does guard hold console_loglevel lowered at the moment? Its state file says so, of this boot. One
 * that is malformed restores nothing, so it holds nothing.
 */
static bool guard_holds_loglevel(int top)
{
	static struct guard_policy policy;
	static struct config_report report;
	static struct changes changes;
	char boot_id[40];
	struct fault f;
	size_t len;

	guard_policy_default(&policy);
	if (guard_config_read(NULL, &policy, &report) < 0)
		guard_policy_default(&policy);
	if (file_read_at(top, "proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id), &len) < 0)
		return false;
	boot_id[strcspn(boot_id, "\n")] = '\0';
	return changes_load(&changes, policy.state_file, boot_id, &f) == 0 &&
	       changes_find(&changes, CHANGE_SYSCTL, (struct process_id){ 0 }) != NULL;
}

static int world_of(const struct doctor_options *o, int top, struct remedy_world *ret)
{
	*ret = (struct remedy_world){ .dry_run = o->dry_run, .top = top };
	if (top < 0)
		return -errno;
	if (guard_holds_loglevel(top))
		ret->held = remedy_knob(REMEDY_CONSOLE_LOGLEVEL);
	return 0;
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
		struct strbuf s = STRBUF(quoted);

		if (orders[i].remedy != REMEDY_CONSOLE_LOGLEVEL)
			continue;
		strbuf_escape(&s, text_of(m.persisted_file, strlen(m.persisted_file)));
		if (opt_is_known(m.persisted_loglevel) &&
		    m.persisted_loglevel.value != orders[i].value)
			complain("'%s' sets the level to %" PRIu64 " again at the next boot", s.buf,
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

int doctor_act(const struct doctor_options *o, struct doctor_view *v)
{
	struct remedy_order orders[REMEDY_COUNT];
	const uint32_t count = o->undo ? 0 : orders_of(o, v->diagnosis, orders);
	_cleanup_close_ int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct remedy_world w;
	int r = world_of(o, top, &w);

	expect(v, orders, count);
	v->acts = &acts;
	v->undo = o->undo;
	v->dry_run = o->dry_run;
	if (r < 0)
		r = fault_errno(&fault, r, "cannot open '/'");
	else if (o->undo)
		r = remedies_undo(&w, &acts, &fault);
	else if (count)
		r = remedies_apply(&w, orders, count, &acts, &fault);
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
