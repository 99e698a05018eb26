/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/process_reader.h"

static void test_oom_score_adj(void **state)
{
	static const struct {
		const char *in;
		int r;
		int16_t value;
	} rows[] = {
		{ "0\n", 0, 0 },	   { "-1000\n", 0, -1000 },    { "1000\n", 0, 1000 },
		{ "500", 0, 500 },	   { "", -EPROTO, 77 },	       { "\n", -EPROTO, 77 },
		{ "1001\n", -EPROTO, 77 }, { "-1001\n", -EPROTO, 77 }, { "1\n2\n", -EPROTO, 77 },
		{ "1 \n", -EPROTO, 77 },   { "x\n", -EPROTO, 77 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int16_t v = 77;

		assert_int_equal(oom_score_adj_parse(rows[i].in, strlen(rows[i].in), &v),
				 rows[i].r);
		assert_int_equal(v, rows[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oom_score_adj),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
