/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <math.h>

#include "judge/oom_printing.h"
#include "oom_sample.h"

static struct oom_printing of(const struct oom_report *r)
{
	struct oom_printing p;

	oom_printing_of(r, &p);
	return p;
}

/* `lines` lines as a console of that speed prints them, from one second on. */
static struct oom_report *printed(uint32_t lines, uint32_t baud)
{
	struct oom_report *r = sample();
	double at = 1;

	for (uint32_t i = 0; i < lines; i++) {
		uint32_t bytes = 60 + i * 7 % 50;

		r->line_time[i] = (struct oom_line_time){ (uint64_t)(at * 1e6), bytes };
		r->bytes += bytes;
		at += bytes * 10.0 / baud;
	}
	r->line_time_count = lines;
	r->first.boot_usec = opt_u64_of(r->line_time[0].boot_usec);
	r->last.boot_usec = opt_u64_of(r->line_time[lines - 1].boot_usec);
	return r;
}

static void test_baud(void **state)
{
	static const uint32_t rates[] = { 9600, 19200, 38400, 57600, 115200, 460800 };

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		struct oom_printing p = of(printed(200, rates[i]));

		assert_true(p.baud_known);
		assert_int_equal(p.inferred_baud, rates[i]);
		assert_near(p.bytes_per_second, rates[i] / 10.0, rates[i] / 1000.0);
		assert_near(p.seconds, 16744 * 10.0 / rates[i], 1000.0 / rates[i]);
		assert_int_equal(p.console_slow, p.seconds > 1);
	}
}

static void test_standard_rates(void **state)
{
	assert_int_equal(oom_standard_baud(11520), 115200);
	assert_int_equal(oom_standard_baud(11520 * 0.975), 115200);
	assert_int_equal(oom_standard_baud(11520 * 0.96), 0);
	assert_int_equal(oom_standard_baud(959), 9600);
	assert_int_equal(oom_standard_baud(0), 0);
	assert_int_equal(oom_standard_baud(41000), 0);
}

/* A speed that is no standard one is a speed all the same: an emulated UART. */
static void test_odd_speed(void **state)
{
	struct oom_printing p = of(printed(50, 410000));

	assert_true(p.baud_known);
	assert_int_equal(p.inferred_baud, 0);
}

/*
 * A UART whose line has a buffer, as the bench paces it: a line is ready when all before it but 64
 * bytes is out, and nobody sees it go before the next lump of `lump` bytes.
 */
static struct oom_report *buffered(uint32_t lines, double bytes_per_second, double lump)
{
	struct oom_report *r = printed(lines, 9600);
	double bytes = 0;

	for (uint32_t i = 0; i < lines; i++) {
		double out = bytes > 64 ? ceil((bytes - 64) / lump) * lump : 0;

		r->line_time[i].boot_usec = 1000000 + (uint64_t)(out / bytes_per_second * 1e6);
		bytes += r->line_time[i].console_bytes;
	}
	r->last.boot_usec = opt_u64_of(r->line_time[lines - 1].boot_usec);
	return r;
}

static void test_baud_through_a_buffer(void **state)
{
	static const uint32_t rates[] = { 9600, 19200, 38400, 115200 };

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		assert_int_equal(of(buffered(140, rates[i] / 10.0, 65)).inferred_baud, rates[i]);
		assert_int_equal(of(buffered(140, rates[i] / 10.0, 130)).inferred_baud, rates[i]);
	}
}

/* Since 6.x: a quarter of the text is stored before the first byte of it is printed. */
static void test_baud_behind_stored_lines(void **state)
{
	struct oom_report *r = buffered(140, 960, 65);

	for (uint32_t i = 1; i < 35; i++)
		r->line_time[i].boot_usec = 1000000 + i * 15;
	assert_int_equal(of(r).inferred_baud, 9600);
	assert_true(of(r).console_slow);
}

/* A screen, or a UART of another speed: as slow, but no baud rate. */
static void test_straight_at_no_standard_rate(void **state)
{
	static const double rates[] = { 1050, 1320, 5000, 15300, 41000, 92160, 153600 };

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		const struct oom_report *r = buffered(140, rates[i], 65);

		assert_int_equal(of(r).inferred_baud, 0);
		assert_int_equal(of(r).console_slow, of(r).seconds > 1);
	}
}

/* Uneven by a third every thousand bytes: their mean happens to be 115200. */
static void test_mean_is_no_baud(void **state)
{
	struct oom_report *r = buffered(140, 11520, 65);
	double at = 1;

	for (uint32_t i = 0; i < 140; i++) {
		r->line_time[i].boot_usec = (uint64_t)(at * 1e6);
		at += r->line_time[i].console_bytes / (i / 35 % 2 ? 17280 : 8640.0);
	}
	assert_int_equal(of(r).inferred_baud, 0);
}

/* The guest stood still in the middle: no console did that. */
static void test_one_gap_is_no_slow_console(void **state)
{
	struct oom_report *r = buffered(140, 200000000, 65);

	for (uint32_t i = 70; i < 140; i++)
		r->line_time[i].boot_usec += 20000000;
	r->last.boot_usec = opt_u64_of(r->line_time[139].boot_usec);
	assert_true(of(r).seconds > 19);
	assert_false(of(r).console_slow);
}

static void test_too_few_or_too_uneven(void **state)
{
	struct oom_report *r = printed(10, 9600);

	assert_false(of(r).baud_known); /* nine intervals */
	assert_true(of(printed(11, 9600)).baud_known);
	r = printed(40, 9600);
	for (uint32_t i = 0; i < 40; i++)
		r->line_time[i].boot_usec = 1000000 + i * i * 1000;
	assert_false(of(r).baud_known);
	/* no console: as fast as the processor writes memory */
	assert_false(of(printed(40, 200000000)).baud_known);
}

/* The lines of a multi-line record have one stamp; their bytes went out together. */
static void test_shared_stamps(void **state)
{
	struct oom_report *r = printed(60, 19200);

	for (uint32_t i = 1; i + 3 < 60; i += 6)
		r->line_time[i + 1].boot_usec = r->line_time[i + 2].boot_usec =
			r->line_time[i].boot_usec;
	assert_int_equal(of(r).inferred_baud, 19200);
}

static void test_seconds(void **state)
{
	struct oom_report *r = sample();

	assert_false(of(r).seconds_known);
	assert_false(opt_is_known(of(r).bytes));
	r->first.wall_usec = opt_u64_of(5000000);
	r->last.wall_usec = opt_u64_of(8000000);
	assert_true(of(r).seconds_known && of(r).coarse);
	assert_near(of(r).seconds, 3, 0);
	assert_false(of(r).console_slow);
	/* what the reaper says later is no printing time */
	r->first.boot_usec = opt_u64_of(1000000);
	r->last.boot_usec = opt_u64_of(9000000);
	sample_victim(r, 1, "x", 1)->at.boot_usec = opt_u64_of(2500000);
	assert_near(of(r).seconds, 1.5, 1e-9);
	assert_false(of(r).coarse);
	r->victim[0].at.boot_usec = opt_u64_of(500000);
	assert_false(of(r).seconds_known);
}

/* One line, or a log daemon's second: a difference of 0 is no time. */
static void test_no_difference(void **state)
{
	struct oom_report *r = sample();

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	r->first.wall_usec = r->last.wall_usec = opt_u64_of(7000000);
	assert_false(of(r).seconds_known);
	sample_at(r, 7);
	assert_false(of(r).seconds_known);
	assert_true(isnan(of(r).task_table_seconds));
}

static void test_task_table(void **state)
{
	struct oom_report *r = printed(100, 9600);
	struct oom_printing p;

	r->columns = COLUMNS_6_8;
	p = of(r);
	assert_true(isnan(p.task_table_seconds));
	for (int i = 0; i < 20; i++)
		sample_task(r, 10 + i, "twelve-bytes", 1, 0);
	p = of(r);
	/* "[%7d] %5d %5d %8lu %8lu %8lu %8lu %9lu %8ld %8lu         %5hd %s": 97 + 12, prefix, CR
	 * LF
	 */
	assert_near(p.task_table_seconds, 20 * 126.0 / 960, 0.3);
	for (int i = 0; i < 2000; i++)
		sample_task(r, 100 + i, "x", 1, 0);
	p = of(r);
	assert_true(p.task_table_seconds <= p.seconds);
}

static void test_hostile(void **state)
{
	struct oom_report *r = printed(30, 9600);

	for (uint32_t i = 0; i < 30; i++)
		r->line_time[i] = (struct oom_line_time){ i % 2 ? UINT64_MAX : 0, UINT32_MAX };
	(void)of(r);
	r->last.boot_usec = opt_u64_of(UINT64_MAX);
	r->first.boot_usec = opt_u64_of(0);
	(void)of(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_baud),
		cmocka_unit_test(test_standard_rates),
		cmocka_unit_test(test_baud_through_a_buffer),
		cmocka_unit_test(test_baud_behind_stored_lines),
		cmocka_unit_test(test_straight_at_no_standard_rate),
		cmocka_unit_test(test_mean_is_no_baud),
		cmocka_unit_test(test_one_gap_is_no_slow_console),
		cmocka_unit_test(test_odd_speed),
		cmocka_unit_test(test_too_few_or_too_uneven),
		cmocka_unit_test(test_shared_stamps),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_no_difference),
		cmocka_unit_test(test_task_table),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
