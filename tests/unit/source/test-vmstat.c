/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/vmstat.h"

static void test_zones_are_summed(void **state)
{
	static const char in[] = "nr_free_pages 5\npswpin 1\npswpout 2\noom_kill 3\n"
				 "allocstall_dma 1\nallocstall_normal 20\nallocstall_movable 300\n";
	struct vmstat v;

	assert_int_equal(vmstat_parse(in, sizeof(in) - 1, &v), 0);
	assert_true(v.allocstall.value == 321 && v.pswpout.value == 2 && v.oom_kill.value == 3);
	assert_int_equal(v.pgmajfault.known, ABSENT);
}

static void test_old_single_counter(void **state)
{
	struct vmstat v;

	assert_int_equal(vmstat_parse("allocstall 7\n", 13, &v), 0);
	assert_true(v.allocstall.value == 7);
	assert_int_equal(vmstat_parse("", 0, &v), 0);
	assert_int_equal(v.allocstall.known, ABSENT);
	assert_int_equal(v.oom_kill.known, ABSENT);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"oom_kill\n",
		"oom_kill -1\n",
		"oom_kill 1 2\n",
		"oom_kill 1\noom_kill 1\n",
		"oom_kill 1 kB\n",
		"pswpin 99999999999999999999\n",
		"allocstall_dma 18446744073709551615\nallocstall_normal 1\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct vmstat v;
		int r = vmstat_parse(rows[i], strlen(rows[i]), &v);

		/* "oom_kill" without a blank is another name, not a bad value. */
		assert_int_equal(r, i == 0 ? 0 : -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones_are_summed),
		cmocka_unit_test(test_old_single_counter),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
