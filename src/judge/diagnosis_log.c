/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules about where the report goes besides the consoles: will there be evidence afterwards? */
#include <string.h>

#include "judge/diagnosis_rules.h"

const char *const log_daemon_names[LOG_DAEMON_COUNT] = { "systemd-journald", "rsyslogd",
							 "syslog-ng", "klogd" };

static void evidence_journald(struct finding *f, const struct log_daemon *l)
{
	char file[32];

	(void)snprintf(file, sizeof(file), "/proc/%d/comm", (int)l->pid);
	finding_evidence(f, file, "%s", log_daemon_names[LOG_DAEMON_JOURNALD]);
}

static double report_lines(const struct storm_prediction *p)
{
	double lines = 0;

	for (int i = 0; i < PART_COUNT; i++)
		lines += p->size.part[i].lines;
	return lines;
}

void rule_ring_too_small(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct opt_u64 ring = in->machine->printk.ring_bytes;
	struct finding *f;

	if (!opt_is_known(ring) || !(in->prediction->ring_bytes > (double)ring.value))
		return;
	f = finding_add(d, FINDING_RING_TOO_SMALL, SEVERITY_WARNING);
	f->number[0] = in->prediction->ring_bytes;
	f->number[1] = (double)ring.value;
	finding_evidence_u64(f,
			     in->machine->printk.ring_source == RING_SYSLOG
				     ? "syslog(SYSLOG_ACTION_SIZE_BUFFER)"
				     : "CONFIG_LOG_BUF_SHIFT, log_buf_len= and the CPUs",
			     ring);
	finding_evidence_u64(f, "/proc/cmdline log_buf_len", in->machine->ring_bytes_cmdline);
}

void rule_no_log_daemon(const struct diagnosis_input *in, struct diagnosis *d)
{
	struct finding *f;

	for (int i = 0; i < LOG_DAEMON_COUNT; i++) {
		if (in->machine->log_daemon[i].running != ABSENT)
			return;
	}
	/* A captured tree that holds only a few processes proves no absence. */
	if (!in->machine->tasks.complete)
		return;
	f = finding_add(d, FINDING_NO_LOG_DAEMON, SEVERITY_NOTICE);
	finding_evidence(f, "/proc/*/comm", "no systemd-journald, rsyslogd, syslog-ng, klogd");
}

/*
 * journald's own limit is per unit, and kernel messages belong to none (journald-server.c,
 * server_dispatch_message: `if (c && c->unit)`): what it is set to does not matter here.
 */
void rule_log_rate_limit(const struct diagnosis_input *in, struct diagnosis *d)
{
	const double lines = report_lines(in->prediction);

	for (int i = LOG_DAEMON_JOURNALD + 1; i < LOG_DAEMON_COUNT; i++) {
		const struct log_daemon *l = &in->machine->log_daemon[i];
		struct finding *f;

		if (l->running != KNOWN || !opt_is_set(l->rate_limit_burst) ||
		    !(lines > (double)l->rate_limit_burst.value))
			continue;
		f = finding_add(d, FINDING_LOG_RATE_LIMIT, SEVERITY_WARNING);
		finding_subject(f, log_daemon_names[i]);
		f->number[0] = lines;
		f->number[1] = (double)l->rate_limit_burst.value;
		f->number[2] = number_of(l->rate_limit_seconds);
		finding_evidence_u64(f, l->evidence[0] ? l->evidence : "the daemon's default",
				     l->rate_limit_burst);
	}
}

/* Is it a line that the kernel prints on too? A video console has no speed to share. */
static bool shares_a_line(const struct console_list *list, const char *name)
{
	const bool preferred = !name[0] || strcmp(name, "console") == 0;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct console *c = &list->console[i];

		if (c->registered != ABSENT &&
		    (c->kind == CONSOLE_UART || c->kind == CONSOLE_UNKNOWN) &&
		    (preferred ? c->preferred || list->count == 1 : strcmp(c->name, name) == 0))
			return true;
	}
	return false;
}

void rule_log_to_console(const struct diagnosis_input *in, struct diagnosis *d)
{
	for (int i = 0; i < LOG_DAEMON_COUNT; i++) {
		const struct log_daemon *l = &in->machine->log_daemon[i];
		struct finding *f;

		if (l->running != KNOWN || !opt_is_set(l->forwards_to_console) ||
		    !shares_a_line(&in->machine->consoles, l->console))
			continue;
		/* journald forwards what user space logged, kernel messages never
		 * (journald-kmsg.c, dev_kmsg_record). */
		f = finding_add(d, FINDING_LOG_TO_CONSOLE,
				i == LOG_DAEMON_JOURNALD ? SEVERITY_NOTICE : SEVERITY_WARNING);
		finding_subject(f, log_daemon_names[i]);
		finding_evidence(f, l->evidence[0] ? l->evidence : log_daemon_names[i], "to %s",
				 l->console[0] ? l->console : "console");
	}
}

void rule_log_not_kept(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct log_daemon *journald = &in->machine->log_daemon[LOG_DAEMON_JOURNALD];
	struct finding *f;

	if (journald->running != KNOWN || !opt_is(journald->persistent, 0))
		return;
	for (int i = LOG_DAEMON_JOURNALD + 1; i < LOG_DAEMON_COUNT; i++) {
		const struct log_daemon *l = &in->machine->log_daemon[i];

		if (l->running == KNOWN && !opt_is(l->persistent, 0))
			return;
	}
	f = finding_add(d, FINDING_LOG_NOT_KEPT, SEVERITY_NOTICE);
	finding_subject(f, log_daemon_names[LOG_DAEMON_JOURNALD]);
	evidence_journald(f, journald);
}
