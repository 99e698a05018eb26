/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/host_reader.h"

static void test_cpulist(void **state)
{
	static const struct {
		const char *in;
		int r;
		uint32_t count;
	} rows[] = {
		{ "0\n", 0, 1 },	   { "0-1\n", 0, 2 },
		{ "0-3,8,10-11\n", 0, 7 }, { "", -EPROTO, 77 },
		{ "\n", -EPROTO, 77 },	   { "a\n", -EPROTO, 77 },
		{ "3-1", -EPROTO, 77 },	   { "0-3,2", -EPROTO, 77 },
		{ "0,0", -EPROTO, 77 },	   { "0--1", -EPROTO, 77 },
		{ "0,,1", -EPROTO, 77 },   { "0-18446744073709551615", -EPROTO, 77 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t count = 77;

		assert_int_equal(cpulist_parse(text_of(rows[i].in, strlen(rows[i].in)), &count),
				 rows[i].r);
		assert_true(count == rows[i].count);
	}
}

static void test_uptime(void **state)
{
	double up = 77;

	assert_int_equal(uptime_parse(TEXT("93.55 180.10\n"), &up), 0);
	assert_true(up > 93.54 && up < 93.56);
	assert_int_equal(uptime_parse(TEXT("-1 2\n"), &up), -EPROTO);
	assert_int_equal(uptime_parse(TEXT(""), &up), -EPROTO);
	assert_int_equal(uptime_parse(TEXT("x"), &up), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpulist),
		cmocka_unit_test(test_uptime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
