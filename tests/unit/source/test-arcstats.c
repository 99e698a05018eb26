/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/arcstats.h"

static int parse(const char *in, uint64_t *ret)
{
	return arcstats_parse(in, strlen(in), ret);
}

static void test_shrinkable(void **state)
{
	uint64_t v = 0;

	assert_int_equal(parse("13 1 0x01 123 33456 9 8\nname type data\nhits 4 5\n"
			       "c_min                           4    100\nsize    4    1100\n",
			       &v),
			 0);
	assert_true(v == 1000);
	assert_int_equal(parse("size 4 5\nc_min 4 9\n", &v), 0);
	assert_true(v == 0);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"",
		"size 4 5\n",
		"c_min 4 5\n",
		"size 4 5\nsize 4 5\nc_min 4 1\n",
		"size 3 5\nc_min 4 1",
		"size 4 -5\nc_min 4 1",
		"size 4\nc_min 4 1",
		"size 4 5 6\nc_min 4 1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = 77;

		assert_int_equal(parse(rows[i], &v), -EPROTO);
		assert_true(v == 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shrinkable),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
