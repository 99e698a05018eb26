/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_shape.h"

/* A small server: systemd, its services, a login. */
#define TASKS_ASSUMED 150
#define COMM_ASSUMED 10
#define MEMORY_ASSUMED (4 * GIB)
/* CONFIG_RCU_CPU_STALL_TIMEOUT, kernel/rcu/Kconfig.debug */
#define RCU_STALL_ASSUMED 21

static const char *const texts[] = {
	[ASSUMED_KERNEL] = "the kernel's version is not known: the newest format is assumed",
	[ASSUMED_TASKS] = "the number of processes is not known: 150 are assumed",
	[ASSUMED_TASKS_INCOMPLETE] = "not all processes were counted: there may be more",
	[ASSUMED_COMM] = "the names of the processes are not known: 10 characters are assumed",
	[ASSUMED_CPUS] = "the number of processors is not known: 1 is assumed",
	[ASSUMED_NODES] = "the number of memory nodes is not known: 1 is assumed",
	[ASSUMED_ZONES] =
		"the number of memory zones is not known: DMA, DMA32 and a Normal one a node",
	[ASSUMED_MEMORY] = "the memory size is not known: counters of a machine of 4 GiB",
	[ASSUMED_DUMP_TASKS] = "vm.oom_dump_tasks is not known: 1, the kernel's default",
	[ASSUMED_TIMESTAMPS] = "printk.time is not known: on",
	[ASSUMED_CALLER] = "CONFIG_PRINTK_CALLER is not known: off",
	[ASSUMED_RCU] = "the RCU stall timeout is not known: 21 s, the kernel's default",
	[ASSUMED_LOGLEVEL] = "console_loglevel is not known: 7, the kernel's default",
};

const char *shape_assumption_text(enum shape_assumption a)
{
	_Static_assert(ARRAY_SIZE(texts) == ASSUMED_COUNT, "a text for every assumption");
	return texts[a];
}

static bool known_or(struct opt_u64 o, bool assumed, enum shape_assumption a, uint32_t *assumptions)
{
	if (opt_is_known(o))
		return o.value != 0;
	*assumptions |= 1u << a;
	return assumed;
}

static void fill_tasks(const struct task_census *tasks, struct oom_report_shape *shape,
		       uint32_t *assumptions)
{
	const bool known = opt_is_known(tasks->tasks);

	shape->tasks = known ? (double)tasks->tasks.value : TASKS_ASSUMED;
	if (!known)
		*assumptions |= 1u << ASSUMED_TASKS;
	else if (!tasks->complete)
		*assumptions |= 1u << ASSUMED_TASKS_INCOMPLETE;
	shape->comm_bytes = known && tasks->comm_bytes > 0 ? tasks->comm_bytes : COMM_ASSUMED;
	if (!(known && tasks->comm_bytes > 0))
		*assumptions |= 1u << ASSUMED_COMM;
}

static void fill_hardware(const struct machine *m, struct oom_report_shape *shape,
			  uint32_t *assumptions)
{
	const bool memory = m->meminfo_known == KNOWN;

	shape->cpus = m->cpus ? m->cpus : 1;
	shape->nodes = m->nodes ? m->nodes : 1;
	shape->zones = m->zones ? m->zones : shape->nodes + 2;
	shape->memory_bytes = memory ? m->meminfo.total_bytes : MEMORY_ASSUMED;
	*assumptions |= (m->cpus ? 0 : 1u << ASSUMED_CPUS) | (m->nodes ? 0 : 1u << ASSUMED_NODES) |
			(m->zones ? 0 : 1u << ASSUMED_ZONES) | (memory ? 0 : 1u << ASSUMED_MEMORY);
}

uint32_t oom_report_shape_of(const struct machine *m, struct oom_report_shape *ret)
{
	const struct opt_u64 rcu = m->oom.rcu_stall_seconds, off = m->oom.rcu_stall_suppress;
	uint32_t assumptions = 0;

	*ret = (struct oom_report_shape){ .kernel = m->kernel };
	if (!m->kernel.major)
		assumptions |= 1u << ASSUMED_KERNEL;
	fill_tasks(&m->tasks, ret, &assumptions);
	fill_hardware(m, ret, &assumptions);
	ret->dump_tasks = known_or(m->oom.dump_tasks, true, ASSUMED_DUMP_TASKS, &assumptions);
	ret->timestamps = known_or(m->printk.timestamps, true, ASSUMED_TIMESTAMPS, &assumptions);
	ret->caller = known_or(m->printk.caller, false, ASSUMED_CALLER, &assumptions);
	if (!opt_is_known(m->printk.console_loglevel))
		assumptions |= 1u << ASSUMED_LOGLEVEL;
	if (opt_is_known(off) && off.value)
		ret->rcu_stall_seconds = 0;
	else if (opt_is_known(rcu))
		ret->rcu_stall_seconds = (double)rcu.value;
	else {
		ret->rcu_stall_seconds = RCU_STALL_ASSUMED;
		assumptions |= 1u << ASSUMED_RCU;
	}
	return assumptions;
}
