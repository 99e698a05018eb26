/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/storm_bench.h"

#include <math.h>

/* Nearer than this is the resolution of the bench's clock, not a difference. */
#define SECONDS_LEAST 0.001

/* vm/guest: "hb-alloc", "hb-sleep", a "hb-pinN" a CPU, "allocator", "leaker", "worker-NNNN". Its
 * init is not in the table: oom_unkillable_task(). */
static const struct {
	double beat, pinned, allocator, leaker, worker;
} comm_bytes = { 8, 7, 9, 6, 11 };

static void fill_tasks(const struct storm_setting *s, struct oom_report_shape *shape)
{
	const double own = 2.0 + s->cpus;
	const double bytes = 2 * comm_bytes.beat + s->cpus * comm_bytes.pinned +
			     s->allocators * comm_bytes.allocator + s->leakers * comm_bytes.leaker +
			     s->tasks * comm_bytes.worker;

	shape->tasks = own + s->allocators + s->leakers + s->tasks;
	shape->comm_bytes = bytes / shape->tasks;
}

static struct interval times(const struct interval *i, double n)
{
	return (struct interval){
		.known = true, .low = i->low * n, .mid = i->mid * n, .high = i->high * n
	};
}

void storm_expect(const struct storm_setting *s, struct kernel_version kernel,
		  struct storm_expectation *ret)
{
	const struct console_list consoles = {
		.console = { { .name = "ttyS1",
			       .kind = CONSOLE_UART,
			       .registered = KNOWN,
			       .enabled = true,
			       .bits_per_second = opt_u64_of(s->baud),
			       .bits_per_character = 10 } },
		.count = 1,
	};
	const struct printk printk = { .console_loglevel = opt_u64_of(s->loglevel) };
	struct oom_report_shape shape = {
		.kernel = kernel,
		.cpus = s->cpus,
		.nodes = 1,
		/* DMA, DMA32; a Normal one for what QEMU puts above 4 GiB (it leaves out the
		   fourth) */
		.zones = s->memory_bytes > 3 * GIB ? 3 : 2,
		.memory_bytes = s->memory_bytes,
		.dump_tasks = s->dump_tasks,
		.timestamps = true,
		.rcu_stall_seconds = 21,
		.invoker = INVOKER_POPULATE,
	};
	struct storm_prediction p;
	struct storm_kills kills;

	fill_tasks(s, &shape);
	storm_predict(&shape, &consoles, &printk, &p);
	kills = storm_kills(&p, s->leakers);
	*ret = (struct storm_expectation){
		.bytes = times(&p.size.bytes, s->leakers),
		.console_bytes = times(&p.console[0].bytes, s->leakers),
		.print_seconds = kills.print_seconds,
		.task_table_seconds = times(&p.task_table_seconds, kills.full_reports),
		.stall_seconds = p.stall_seconds,
		.all_stalls_seconds = kills.stall_seconds,
	};
}

const char *storm_invalid_because(const struct storm_measured *m)
{
	if (!m->there)
		return *m->why ? m->why : "nothing was measured";
	if (!m->valid)
		return *m->why ? m->why : "the bench says so";
	if (!opt_is_known(m->kills) || m->kills.value == 0)
		return "no OOM kill was seen";
	if (!(m->bytes > 0))
		return "no OOM report was in the ring buffer";
	if (!isfinite(m->print_seconds))
		return "the time on the wire is not known";
	return NULL;
}

bool storm_met(const struct storm_expectation *e, const struct storm_measured *m)
{
	return fabs(e->print_seconds.mid - m->print_seconds) <=
	       MAX(0.1 * m->print_seconds, SECONDS_LEAST);
}
