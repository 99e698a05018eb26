/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What could not be known, and whether the seconds hang on it. */
#include <stddef.h>
#include <stdio.h>

#include "judge/diagnosis_rules.h"

static void add(struct diagnosis *d, enum unknown_id id, const char *subject, const char *why,
		bool decisive)
{
	struct unknown *u = &d->unknown[d->unknown_count];

	d->undetermined |= decisive;
	if (d->unknown_count == UNKNOWNS_MAX)
		return;
	d->unknown_count++;
	u->id = id;
	u->decisive = decisive;
	(void)snprintf(u->subject, sizeof(u->subject), "%s", subject);
	(void)snprintf(u->why, sizeof(u->why), "%s", why);
}

static const char *why_of(enum known known)
{
	return known == UNREADABLE ? "it cannot be read" : "it is not there";
}

static bool is_line(const struct console *c)
{
	return c->kind == CONSOLE_UART || c->kind == CONSOLE_UNKNOWN;
}

static void unknown_consoles(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct console_list *list = &in->machine->consoles;

	/* Without it the command line still names the consoles; without both nothing does. */
	if (list->registered != KNOWN)
		add(d, UNKNOWN_CONSOLES, "/proc/consoles",
		    list->why[0] ? list->why : why_of(list->registered), !list->count);
	if (in->machine->cmdline_known != KNOWN)
		add(d, UNKNOWN_CONSOLES, "/proc/cmdline", why_of(in->machine->cmdline_known),
		    false);
	if (list->dropped)
		add(d, UNKNOWN_CONSOLES_DROPPED, "", "", true);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct console *c = &list->console[i];
		const struct console_cost *cost = &in->prediction->console[i];

		if (!is_line(c) || c->registered == ABSENT || opt_is_known(c->bits_per_second))
			continue;
		add(d, UNKNOWN_CONSOLE, c->name, c->why[0] ? c->why : "nothing tells its speed",
		    cost->synchronous && cost->bytes.known && cost->bytes.mid > 0);
	}
}

static void unknown_assumed(const struct diagnosis_input *in, struct diagnosis *d)
{
	const uint32_t decisive = 1u << ASSUMED_TASKS | 1u << ASSUMED_LOGLEVEL;

	for (uint32_t i = 0; i < ASSUMED_COUNT; i++) {
		if (in->assumptions & 1u << i)
			add(d, UNKNOWN_ASSUMED, "", shape_assumption_text(i), decisive & 1u << i);
	}
}

/* An emulated line takes as long as the hypervisor takes for a character: often less. */
static void unknown_line(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct machine *m = in->machine;

	for (uint32_t i = 0; i < m->consoles.count; i++) {
		const struct console *c = &m->consoles.console[i];

		if (opt_is_set(m->virtual_machine) && c->kind == CONSOLE_UART &&
		    c->registered != ABSENT && c->baud_source != BAUD_OPTION &&
		    in->prediction->console[i].seconds.mid > 0)
			add(d, UNKNOWN_LINE, c->name,
			    "a virtual machine: an emulated line may be faster than its speed",
			    false);
	}
}

/* Files that exist and were refused: ABSENT only means that this kernel has no such thing. */
static const struct {
	size_t offset;
	const char *file;
} settings[] = {
	{ offsetof(struct machine, printk.ignore_loglevel),
	  "/sys/module/printk/parameters/ignore_loglevel" },
	{ offsetof(struct machine, guard.level), "guard's state file" },
	{ offsetof(struct machine, printk.delay_ms), "/proc/sys/kernel/printk_delay" },
	{ offsetof(struct machine, oom.panic_on_oom), "/proc/sys/vm/panic_on_oom" },
	{ offsetof(struct machine, oom.kill_allocating_task),
	  "/proc/sys/vm/oom_kill_allocating_task" },
	{ offsetof(struct machine, oom.panic_seconds), "/proc/sys/kernel/panic" },
	{ offsetof(struct machine, oom.overcommit_memory), "/proc/sys/vm/overcommit_memory" },
	{ offsetof(struct machine, oom.min_free_bytes), "/proc/sys/vm/min_free_kbytes" },
	{ offsetof(struct machine, oom.lru_gen_min_ttl_ms), "/sys/kernel/mm/lru_gen/min_ttl_ms" },
	{ offsetof(struct machine, oom.sysrq), "/proc/sys/kernel/sysrq" },
	{ offsetof(struct machine, oom.hung_task_panic), "/proc/sys/kernel/hung_task_panic" },
};

static void unknown_settings(const struct machine *m, struct diagnosis *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct opt_u64 *o =
			(const struct opt_u64 *)((const char *)m + settings[i].offset);

		if (o->known == UNREADABLE)
			add(d, UNKNOWN_SETTING, settings[i].file, why_of(UNREADABLE), false);
	}
}

/* Who may have the last word on the level of the next boot, and could not be asked. */
static void unknown_boot_level(const struct machine *m, struct diagnosis *d)
{
	const struct log_daemon *rsyslog = &m->log_daemon[LOG_DAEMON_RSYSLOG];

	if (rsyslog->running == KNOWN && rsyslog->console_loglevel.known == UNREADABLE)
		add(d, UNKNOWN_BOOT_LEVEL, "rsyslogd", "its configuration cannot be read", false);
	else if (m->persisted_loglevel.known == UNREADABLE)
		add(d, UNKNOWN_BOOT_LEVEL, m->persisted_file, why_of(UNREADABLE), false);
}

void diagnosis_unknowns(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct machine *m = in->machine;

	unknown_consoles(in, d);
	unknown_line(in, d);
	unknown_assumed(in, d);
	if (!opt_is_known(m->printk.ring_bytes))
		add(d, UNKNOWN_RING, "", why_of(m->printk.ring_bytes.known), false);
	for (int i = 0; i < LOG_DAEMON_COUNT; i++) {
		if (m->log_daemon[i].running == UNREADABLE)
			add(d, UNKNOWN_LOG_DAEMON, log_daemon_names[i], why_of(UNREADABLE), false);
	}
	if (m->services.services.known == UNREADABLE)
		add(d, UNKNOWN_SERVICES, "", why_of(UNREADABLE), false);
	unknown_boot_level(m, d);
	unknown_settings(m, d);
}
