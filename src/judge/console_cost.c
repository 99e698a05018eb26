/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/console_cost.h"

#include <math.h>

#define BITS_8N1 10
#define RANGE(lo, m, hi)                                                                           \
	{                                                                                          \
		.known = true, .low = (lo), .mid = (m), .high = (hi)                               \
	}

/* include/linux/printk.h: CONSOLE_LOGLEVEL_DEFAULT, when nothing else is known. */
#define LOGLEVEL_DEFAULT 7

/* One RCU stall report with its stacks, measured in a VM of two processors (docs/STORM.md): what
 * four reports of 101609 bytes were longer by, a stall report each. Level 3 and 4 and 6 mixed. */
static const struct interval rcu_report_bytes = RANGE(70, 3800, 4800);

/* kernel/rcu/tree_stall.h, check_cpu_stall: the next one 3 x the timeout + 3 jiffies later. */
static double rcu_reports(double seconds, double timeout, double most)
{
	if (timeout <= 0 || seconds < timeout)
		return 0;
	return MIN(1 + floor((seconds - timeout) / (3 * timeout)), most);
}

/*
 * Seconds to print `lines` of `bytes`, and the stall reports that this draws; those take time as
 * well. A driver prints a record with interrupts off: the tick that looks for a stall comes between
 * two, and as in storm_sim.c there is a stall report a line of the OOM report at most. Below about
 * 800 baud one takes longer than the time until the next: without that bound there is no end.
 */
static double seconds_with_rcu(double bytes, double lines, double per_byte, double timeout,
			       double each, double *ret_bytes)
{
	double reports = 0, seconds = bytes * per_byte, n;

	/* grows by one at least each time, to `lines` at most */
	while ((n = rcu_reports(seconds, timeout, lines)) > reports) {
		reports = n;
		seconds = (bytes + reports * each) * per_byte;
	}
	*ret_bytes = bytes + reports * each;
	return seconds;
}

static double printed_lines(const struct oom_report_size *size, uint64_t level)
{
	double lines = 0;

	for (uint32_t i = 0; i < PART_COUNT; i++)
		if (size->part[i].level < level)
			lines += size->part[i].lines;
	return lines;
}

/* A line is never faster than its rate; busy drivers left it idle for up to so much of the time
 * (wire time over bytes x 10 / baud: median 1.00, upper quartile 1.04 of 40 reports). */
#define LINE_IDLE 1.05

static bool prints(const struct console *c)
{
	return c->registered != ABSENT && !(c->registered == KNOWN && !c->enabled);
}

struct console_cost console_cost(const struct oom_report_shape *shape,
				 const struct oom_report_size *size, const struct console *console,
				 const struct printk *printk, uint64_t level)
{
	struct console_cost cost = { .synchronous = console_is_synchronous(console, printk) };
	const struct interval table = oom_report_task_table_bytes(size, level);
	const double timeout = shape->rcu_stall_seconds, lines = printed_lines(size, level);
	double per_byte;

	cost.bytes = oom_report_console_bytes(size, level);
	if (!prints(console) || console->kind == CONSOLE_NULL || cost.bytes.high <= 0) {
		if (!prints(console))
			cost.bytes = (struct interval){ .known = true };
		cost.seconds.known = cost.task_table_seconds.known = true;
		return cost;
	}
	if (console->kind != CONSOLE_UART || !opt_is_known(console->bits_per_second) ||
	    console->bits_per_second.value == 0)
		return cost;
	per_byte = (console->bits_per_character ? console->bits_per_character : BITS_8N1) /
		   (double)console->bits_per_second.value;
	cost.task_table_seconds = (struct interval)RANGE(table.low * per_byte, table.mid * per_byte,
							 table.high * per_byte * LINE_IDLE);
	cost.seconds =
		(struct interval)RANGE(seconds_with_rcu(cost.bytes.low, lines, per_byte, timeout,
							rcu_report_bytes.low, &cost.bytes.low),
				       seconds_with_rcu(cost.bytes.mid, lines, per_byte, timeout,
							rcu_report_bytes.mid, &cost.bytes.mid),
				       seconds_with_rcu(cost.bytes.high, lines,
							per_byte * LINE_IDLE, timeout,
							rcu_report_bytes.high, &cost.bytes.high));
	return cost;
}

static void add(struct interval *sum, const struct interval *i)
{
	sum->low += i->low;
	sum->mid += i->mid;
	sum->high += i->high;
}

/*
 * What an allocating process waits beyond the printing: victim search, exit, and the luck of
 * finding a page. Measured as largest gap of an allocating heartbeat less the printing time, by
 * printing time (docs/STORM.md): none, n 36; one line, n 36; more, n 54. In one run of 72 a page
 * turned up after a third of the printing: the low end is a share of it.
 */
static const struct {
	double until_seconds; /* of printing */
	double low_share;     /* of the printing that is waited at least */
	struct interval beyond;
} waits[] = {
	{ 0.001, 0, RANGE(0.04, 0.08, 0.43) },
	{ 0.25, 0, RANGE(0.02, 0.1, 0.61) },
	{ __DBL_MAX__, 0.35, RANGE(0, 0.4, 4.5) },
};

static struct interval stall_of(const struct interval *print)
{
	size_t i = 0;

	while (print->mid >= waits[i].until_seconds)
		i++;
	return (struct interval)RANGE(print->low * waits[i].low_share + waits[i].beyond.low,
				      print->mid + waits[i].beyond.mid,
				      print->high + waits[i].beyond.high);
}

/* Text of a record in the ring has no prefix and no line end, but a block header and padding
 * (kernel/printk/printk_ringbuffer.c: an unsigned long, sizes rounded to it). */
static double ring_bytes_of(const struct oom_report_shape *shape,
			    const struct oom_report_size *size)
{
	const double prefix =
		(shape->timestamps ? 15 : 0) + (shape->caller ? 8 : 0) + 2 /* CR LF */;
	double lines = 0;

	for (uint32_t i = 0; i < PART_COUNT; i++)
		lines += size->part[i].lines;
	return size->bytes.mid - lines * prefix + lines * (8 + 4);
}

/* Every call of printk waits so long: the report's lines, on whatever level. */
static double delay_seconds(const struct printk *printk, const struct oom_report_size *size)
{
	double lines = 0;

	if (!opt_is_known(printk->delay_ms))
		return 0;
	for (uint32_t i = 0; i < PART_COUNT; i++)
		lines += size->part[i].lines;
	return lines * (double)printk->delay_ms.value / 1000;
}

uint64_t storm_loglevel(const struct printk *printk)
{
	if (opt_is_known(printk->ignore_loglevel) && printk->ignore_loglevel.value)
		return UINT64_MAX;
	return opt_is_known(printk->console_loglevel) ? printk->console_loglevel.value
						      : LOGLEVEL_DEFAULT;
}

void storm_predict(const struct oom_report_shape *shape, const struct console_list *consoles,
		   const struct printk *printk, struct storm_prediction *ret)
{
	const struct interval zero = { .known = true };
	const uint64_t level = storm_loglevel(printk);
	double delay;

	*ret = (struct storm_prediction){ .print_seconds = zero,
					  .task_table_seconds = zero,
					  .verdict_seconds = zero };
	oom_report_size(shape, &ret->size);
	ret->ring_bytes = ring_bytes_of(shape, &ret->size);
	delay = delay_seconds(printk, &ret->size);
	ret->console_count = MIN(consoles->count, (uint32_t)CONSOLES_MAX);
	for (uint32_t i = 0; i < ret->console_count; i++) {
		const struct console *c = &consoles->console[i];
		struct console_cost *cost = &ret->console[i];
		const uint64_t cut = MIN(level, (uint64_t)ret->size.part[PART_HEADER].level);
		struct console_cost verdict;

		*cost = console_cost(shape, &ret->size, c, printk, level);
		if (!cost->synchronous)
			continue;
		if (!cost->seconds.known) {
			ret->unknown_consoles++;
			continue;
		}
		verdict = console_cost(shape, &ret->size, c, printk, cut);
		add(&ret->print_seconds, &cost->seconds);
		add(&ret->task_table_seconds, &cost->task_table_seconds);
		add(&ret->verdict_seconds, &verdict.seconds);
	}
	add(&ret->print_seconds, &(struct interval)RANGE(delay, delay, delay));
	ret->stall_seconds = stall_of(&ret->print_seconds);
}

/* mm/oom_kill.c: DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST */
#define RATELIMIT_SECONDS 5
#define RATELIMIT_BURST 10

struct kill_row {
	double print, stall;
	uint32_t full;
};

static struct kill_row kills_in_a_row(uint32_t kills, double full, double cut, double beyond)
{
	struct kill_row sum = { 0 };
	double begin = 0;
	uint32_t printed = 0;

	for (uint32_t i = 0; i < kills; i++) {
		if (sum.stall > begin + RATELIMIT_SECONDS) {
			begin = sum.stall;
			printed = 0;
		}
		const double cost = printed < RATELIMIT_BURST ? full : cut;

		sum.full += printed < RATELIMIT_BURST;
		printed += printed < RATELIMIT_BURST;
		sum.print += cost;
		sum.stall += cost + beyond;
	}
	return sum;
}

struct storm_kills storm_kills(const struct storm_prediction *p, uint32_t kills)
{
	const struct interval *one = &p->print_seconds, *cut = &p->verdict_seconds,
			      *stall = &p->stall_seconds;
	const struct kill_row low = kills_in_a_row(kills, one->low, cut->low, 0),
			      mid = kills_in_a_row(kills, one->mid, cut->mid,
						   stall->mid - one->mid),
			      high = kills_in_a_row(kills, one->high, cut->high,
						    stall->high - one->high);

	return (struct storm_kills){
		.print_seconds = RANGE(low.print, mid.print, high.print),
		.stall_seconds = RANGE(MIN(low.stall, stall->low * kills), mid.stall, high.stall),
		.full_reports = mid.full,
	};
}

bool storm_consoles_known(const struct machine *m)
{
	return m->consoles.count > 0 || m->consoles.registered == KNOWN || m->consoles.no_console;
}

bool storm_print_known(const struct storm_prediction *p)
{
	for (uint32_t i = 0; i < p->console_count; i++)
		if (p->console[i].synchronous && p->console[i].seconds.known &&
		    p->console[i].bytes.mid > 0)
			return true;
	return p->unknown_consoles == 0;
}
