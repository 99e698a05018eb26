/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "vm/run/record.h"

static struct text as_text(const char *s)
{
	return text_of(s, strlen(s));
}

static void test_record(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	char prefix[64];

	assert_int_equal(records_add(&r, as_text("12,371,3336853,-;calibration 000000")), 0);
	assert_int_equal(r.record[0].level, 4);
	assert_true(r.record[0].usec == 3336853);
	assert_true(text_is(record_text(&r, &r.record[0]), "calibration 000000"));
	assert_int_equal(record_prefix(&r.record[0], prefix), strlen("[    3.336853] "));
	assert_string_equal(prefix, "[    3.336853] ");
	assert_int_equal(record_console_bytes(&r, &r.record[0]),
			 strlen("[    3.336853] calibration 000000\r\n"));
}

/* The kernel escapes what is not printable, and the backslash; a console gets the bytes. */
static void test_escapes(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	struct text rest, line;
	bool started = false;

	assert_int_equal(records_add(&r, as_text("4,1,1500000,-;a\\x0ab\\x5cx\\x09c\\xg")), 0);
	assert_true(text_is(record_text(&r, &r.record[0]), "a\nb\\x\tc\\xg"));
	rest = record_text(&r, &r.record[0]);
	assert_true(record_next_line(&rest, &line, &started));
	assert_true(text_is(line, "a"));
	assert_true(record_next_line(&rest, &line, &started));
	assert_true(text_is(line, "b\\x\tc\\xg"));
	assert_false(record_next_line(&rest, &line, &started));
	assert_int_equal(record_console_bytes(&r, &r.record[0]), 2 * 17 + 1 + 8);
}

static void test_empty_text_is_a_line(void **state)
{
	_cleanup_records_ struct records r = { 0 };

	assert_int_equal(records_add(&r, as_text("6,1,0,-;")), 0);
	assert_int_equal(record_console_bytes(&r, &r.record[0]), strlen("[    0.000000] \r\n"));
}

/* With CONFIG_PRINTK_CALLER both the record and the console name the thread or the CPU. */
static void test_caller(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	char prefix[64];

	assert_int_equal(records_add(&r, as_text("6,9,100000000000,-,caller=T12;x")), 0);
	(void)record_prefix(&r.record[0], prefix);
	assert_string_equal(prefix, "[100000.000000][   T12] ");
}

static void test_console_line(void **state)
{
	_cleanup_records_ struct records r = { 0 };

	assert_int_equal(records_add_console(&r, as_text("[   10.480999] R10: 00")), 0);
	assert_true(r.record[0].usec == 10480999);
	assert_true(text_is(record_text(&r, &r.record[0]), "R10: 00"));
	assert_int_equal(records_add_console(&r, as_text("[   10.480999] ")), 0);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = { "",
					    ";",
					    "4;x",
					    "4,1;x",
					    "4,1,2",
					    "x,1,2,-;t",
					    "-4,1,2,-;t",
					    "4,1,99999999999999999999,-;t",
					    "4,1,2,-,caller=0123456789abcdef;t" };
	static const char *const console[] = {
		"", "x", "[", "[1.5] x", "[ 1.123456 x", "[-1.123456] x", "[99999999999.123456] x"
	};
	_cleanup_records_ struct records r = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(records_add(&r, as_text(rows[i])), -EPROTO);
	for (size_t i = 0; i < ARRAY_SIZE(console); i++)
		assert_int_equal(records_add_console(&r, as_text(console[i])), -EPROTO);
	assert_int_equal(r.count, 0);
}

static void test_bounded(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	uint32_t added = 0;

	while (records_add(&r, TEXT("4,1,2,-;t")) == 0)
		added++;
	assert_int_equal(added, RECORDS_MAX);
	records_clear(&r);
	assert_int_equal(records_add(&r, TEXT("4,1,2,-;t")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_empty_text_is_a_line),
		cmocka_unit_test(test_caller),
		cmocka_unit_test(test_console_line),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
