/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "cmd/storm.h"
#include "judge/console_cost.h"
#include "source/machine.h"

int storm_kernel_parse(struct text t, struct kernel_version *ret)
{
	struct kernel_version v;

	/* 2.6 is the oldest whose report is known; 64 leaves room for what is to come */
	if (!kernel_version_parse(t, &v) || v.major < 2 || v.major > 64 ||
	    (v.major == 2 && v.minor < 6))
		return -EINVAL;
	*ret = v;
	return 0;
}

/* A console of the options alone: a line that is there and prints. */
static void console_add(struct console_list *list, const char *name)
{
	struct console *c = &list->console[list->count];

	if (list->count == CONSOLES_MAX)
		return;
	*c = (struct console){ .kind = CONSOLE_UART, .registered = KNOWN, .enabled = true };
	(void)!text_copy(text_string(name), c->name, sizeof(c->name));
	list->count++;
}

/* A machine that was read has the consoles it has; one whose consoles nothing tells may have any.
 */
static bool speed_fits(const struct storm_options *o, const struct console_baud *named,
		       struct machine *m)
{
	char name[4 * CONSOLE_NAME_SIZE + 1];
	const struct console *c;

	if (!o->common.root || !storm_consoles_known(m))
		return true;
	c = console_named(&m->consoles, named->console);
	if (c && c->kind == CONSOLE_UART)
		return true;
	complain("--baud: '%s' is no serial console of this machine",
		 ESCAPED(name, text_string(named->console)));
	return false;
}

/* The flag of what /proc/consoles did not tell about has no meaning before it is said to be. */
static void make_threaded(struct console *c)
{
	if (c->registered == UNREADABLE) {
		c->registered = KNOWN;
		c->enabled = true;
	}
	c->nbcon = true;
}

static void override_consoles(const struct storm_options *o, struct console_list *list)
{
	if (!o->common.root && list->count == 0 && o->console.count == 0)
		console_add(list, "ttyS0");
	for (uint32_t i = 0; i < list->count && o->baud.count; i++)
		if (list->console[i].kind == CONSOLE_UART)
			console_set_baud(&list->console[i], o->baud.value[0]);
	for (uint32_t i = 0; i < o->console.count; i++) {
		const struct console_baud *named = &o->console.baud[i];
		struct console *c;

		if (!console_named(list, named->console))
			console_add(list, named->console);
		c = console_named(list, named->console);
		if (c)
			console_set_baud(c, named->bits_per_second);
	}
	for (uint32_t i = 0; i < list->count && o->threaded; i++)
		make_threaded(&list->console[i]);
}

int storm_machine_override(const struct storm_options *o, struct machine *m)
{
	for (uint32_t i = 0; i < o->console.count; i++)
		if (!speed_fits(o, &o->console.baud[i], m))
			return -EINVAL;
	override_consoles(o, &m->consoles);
	if (o->kernels)
		(void)!storm_kernel_parse(o->kernel[0], &m->kernel); /* checked by the parser */
	if (o->tasks.count) {
		m->tasks.tasks = opt_u64_of(o->tasks.value[0]);
		m->tasks.complete = true;
	}
	if (o->comm_bytes)
		m->tasks.comm_bytes = (double)o->comm_bytes;
	if (o->loglevel.count)
		m->printk.console_loglevel = opt_u64_of(o->loglevel.value[0]);
	if (o->dump_tasks.count)
		m->oom.dump_tasks = opt_u64_of(o->dump_tasks.value[0]);
	if (o->caller)
		m->printk.caller = opt_u64_of(1);
	if (o->cpus.count)
		m->cpus = (uint32_t)o->cpus.value[0];
	if (o->nodes)
		m->nodes = (uint32_t)o->nodes;
	if (o->zones)
		m->zones = (uint32_t)o->zones;
	if (o->memory.count) {
		m->meminfo_known = KNOWN;
		m->meminfo.total_bytes = o->memory.value[0];
	}
	return 0;
}
