/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/console_cost.h"

/*
 * A VM of two processors, 512 MiB (two zones), Linux 6.1, `workers` idle processes with names of 11
 * characters and 15 others with names of 8: measured time on the wire (docs/STORM.md). Where the
 * printing drew RCU stall reports (9600, 1000 workers) they are in it.
 */
static const struct measured {
	uint64_t baud;
	uint32_t workers;
	bool dump;
	uint64_t loglevel;
	double wire_seconds, gap_seconds; /* gap: of an allocating process */
} runs[] = {
	{ 9600, 50, true, 7, 11.61, 11.91 },	{ 9600, 50, false, 7, 4.68, 4.63 },
	{ 9600, 50, true, 4, 0.17, 0.74 },	{ 9600, 200, true, 7, 30.99, 31.55 },
	{ 9600, 200, false, 7, 5.43, 7.51 },	{ 9600, 1000, true, 7, 119, 120 },
	{ 19200, 50, true, 7, 5.91, 6.30 },	{ 19200, 200, true, 7, 14.30, 15.16 },
	{ 19200, 200, true, 7, 14.12, 14.71 },	{ 19200, 200, false, 7, 2.49, 2.69 },
	{ 19200, 200, true, 4, 0.09, 0.28 },	{ 19200, 200, true, 3, 0, 0.11 },
	{ 19200, 1000, true, 7, 60.79, 60.88 }, { 115200, 50, true, 7, 1.05, 1.42 },
	{ 115200, 200, true, 7, 2.34, 1.88 },	{ 115200, 1000, true, 7, 9.22, 9.22 },
	{ 115200, 1000, false, 7, 0.45, 0.69 },
};

static struct oom_report_shape vm_shape(uint32_t workers, bool dump)
{
	return (struct oom_report_shape){
		.kernel = { 6, 1 },
		.tasks = workers + 15.0,
		.comm_bytes = (workers * 11.0 + 15 * 8) / (workers + 15),
		.cpus = 2,
		.nodes = 1,
		.zones = 2,
		.memory_bytes = 512 * MIB,
		.dump_tasks = dump,
		.timestamps = true,
		.rcu_stall_seconds = 21,
	};
}

static struct console uart(uint64_t baud)
{
	return (struct console){
		.name = "ttyS1",
		.kind = CONSOLE_UART,
		.registered = KNOWN,
		.enabled = true,
		.bits_per_second = baud ? opt_u64_of(baud) : opt_u64_none(ABSENT),
		.bits_per_character = 10,
	};
}

static struct storm_prediction predict(const struct oom_report_shape *shape, uint64_t baud,
				       uint64_t loglevel)
{
	const struct console_list consoles = { .console = { uart(baud) }, .count = 1 };
	const struct printk printk = { .console_loglevel = opt_u64_of(loglevel) };
	struct storm_prediction p;

	storm_predict(shape, &consoles, &printk, &p);
	return p;
}

static void test_measured_runs(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		const struct measured *m = &runs[i];
		const struct oom_report_shape shape = vm_shape(m->workers, m->dump);
		const struct storm_prediction p = predict(&shape, m->baud, m->loglevel);
		/* the measurement is rounded to 0.01 s */
		const double tolerance = 0.1 * m->wire_seconds + 0.005;

		assert_near(p.print_seconds.mid, m->wire_seconds, tolerance);
		assert_true(p.print_seconds.low <= m->wire_seconds + 0.005);
		assert_true(p.print_seconds.high >= m->wire_seconds - 0.005);
		assert_true(p.stall_seconds.low <= m->gap_seconds + 0.005);
		assert_true(p.stall_seconds.high >= m->gap_seconds - 0.005);
	}
}

static void test_levels(void **state)
{
	const struct oom_report_shape shape = vm_shape(200, true);
	const struct storm_prediction p = predict(&shape, 19200, 7);

	/* 4: the line of the verdict; 3: nothing; 5, 6: no table */
	assert_near(oom_report_console_bytes(&p.size, 4).mid, 168, 5);
	assert_true(oom_report_console_bytes(&p.size, 3).high == 0);
	assert_true(oom_report_console_bytes(&p.size, UINT64_MAX).mid == p.size.bytes.mid);
	assert_true(oom_report_task_table_bytes(&p.size, 6).mid == 0);
	assert_near(oom_report_task_table_bytes(&p.size, 7).mid, 21609, 10);
	assert_true(predict(&shape, 19200, 4).stall_seconds.high < 1);
	assert_true(predict(&shape, 19200, 3).stall_seconds.high < 1);
}

/* One after the other: the seconds of synchronous consoles add up, those of others do not. */
static void test_several_consoles(void **state)
{
	const struct oom_report_shape shape = vm_shape(200, true);
	struct console_list list = { .console = { uart(19200), uart(115200) }, .count = 2 };
	struct printk printk = { .console_loglevel = opt_u64_of(7) };
	const double slow = predict(&shape, 19200, 7).print_seconds.mid,
		     fast = predict(&shape, 115200, 7).print_seconds.mid;
	struct storm_prediction p;

	storm_predict(&shape, &list, &printk, &p);
	assert_near(p.print_seconds.mid, slow + fast, 1e-9);
	assert_int_equal(p.unknown_consoles, 0);

	list.console[0].nbcon = true;
	storm_predict(&shape, &list, &printk, &p);
	assert_near(p.print_seconds.mid, fast, 1e-9);
	assert_false(p.console[0].synchronous);
	assert_near(p.console[0].seconds.mid, slow, 1e-9);

	printk.legacy_thread = opt_u64_of(1);
	storm_predict(&shape, &list, &printk, &p);
	assert_true(p.print_seconds.high == 0);

	/* unknown is not fast: it is counted */
	printk.legacy_thread = opt_u64_none(ABSENT);
	list.console[1].bits_per_second = opt_u64_none(ABSENT);
	list.console[0] =
		(struct console){ .kind = CONSOLE_VT, .registered = KNOWN, .enabled = true };
	storm_predict(&shape, &list, &printk, &p);
	assert_int_equal(p.unknown_consoles, 2);
	assert_false(p.console[0].seconds.known);

	/* named on the command line, but no driver took it */
	list.console[1] = uart(300);
	list.console[1].registered = ABSENT;
	storm_predict(&shape, &list, &printk, &p);
	assert_true(p.console[1].seconds.known && p.console[1].seconds.high == 0);
}

static void test_rcu_stalls(void **state)
{
	struct oom_report_shape shape = vm_shape(1000, true);
	const double with = predict(&shape, 9600, 7).print_seconds.mid;

	shape.rcu_stall_seconds = 0;
	assert_true(with > predict(&shape, 9600, 7).print_seconds.mid + 1);
	/* suppressed, measured: 55.26 s by bytes, 55.44 and 55.39 on the wire */
	assert_near(predict(&shape, 19200, 7).print_seconds.mid, 55.4, 1);
	/* so slow that reports of stalls draw reports of stalls: ends all the same */
	shape.rcu_stall_seconds = 21;
	assert_true(predict(&shape, 1, 7).print_seconds.mid > 1e6);
}

/* A stall report takes longer than the time between two: one a line of the report, no more. */
static void test_rcu_stalls_of_a_slow_line(void **state)
{
	const struct oom_report_shape shape = vm_shape(200, true);
	static const uint64_t bauds[] = { 50, 300, 600 };

	for (size_t i = 0; i < ARRAY_SIZE(bauds); i++) {
		const struct storm_prediction p = predict(&shape, bauds[i], 7);
		double bytes = p.size.bytes.mid;

		for (uint32_t part = 0; part < PART_COUNT; part++)
			bytes += p.size.part[part].lines * 3800.0;
		assert_true(p.print_seconds.mid <= bytes * 10 / (double)bauds[i] * 1.001);
		assert_true(p.print_seconds.mid >= p.size.bytes.mid * 10 / (double)bauds[i]);
		assert_true(p.print_seconds.low <= p.print_seconds.mid);
		assert_true(p.print_seconds.mid <= p.print_seconds.high);
	}
}

/* Four leakers, dump, 19200 baud: gaps of 57.1 to 60.1 s in all; without dump 10.4 to 13.7 s. */
static void test_kills_in_a_row(void **state)
{
	struct oom_report_shape shape = vm_shape(200, true);
	struct storm_prediction p = predict(&shape, 19200, 7);
	struct storm_kills kills = storm_kills(&p, 4);

	assert_int_equal(kills.full_reports, 4);
	assert_true(kills.stall_seconds.low < 57.1 && kills.stall_seconds.high > 60.1);
	assert_near(kills.stall_seconds.mid, 58.6, 5.9);
	assert_int_equal(storm_kills(&p, 16).full_reports, 16);

	shape = vm_shape(200, false);
	p = predict(&shape, 19200, 7);
	kills = storm_kills(&p, 4);
	assert_true(kills.stall_seconds.low < 10.4 && kills.stall_seconds.high > 13.7);
	assert_near(kills.stall_seconds.mid, 12, 2);

	/* a fast console lets the rate limit bite: 10 in 5 s, then one line each */
	p = predict(&shape, UINT64_C(115200) * 100, 7);
	p.stall_seconds.mid = p.print_seconds.mid + 0.4;
	assert_int_equal(storm_kills(&p, 12).full_reports, 10);
	p.stall_seconds.mid = p.print_seconds.mid + 0.6;
	assert_int_equal(storm_kills(&p, 12).full_reports, 12);
	assert_true(storm_kills(&p, 0).print_seconds.high == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measured_runs),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_several_consoles),
		cmocka_unit_test(test_rcu_stalls),
		cmocka_unit_test(test_rcu_stalls_of_a_slow_line),
		cmocka_unit_test(test_kills_in_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
