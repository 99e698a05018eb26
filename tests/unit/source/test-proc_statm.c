/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/proc_statm.h"

static void test_parts(void **state)
{
	struct proc_statm m;

	assert_int_equal(proc_statm_parse("765 430 402 5 0 90 0\n", 21, &m), 0);
	assert_true(m.size_pages == 765 && m.resident_pages == 430 && m.shared_pages == 402);
	assert_true(m.data_pages == 90);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = { "",
					    "1\n",
					    "1 2 1 0 0\n",
					    "1 2 3 0 0 0 0\n",
					    "1 -2 0 0 0 0 0\n",
					    "1 70368744177665 0 0 0 0 0\n",
					    "1 2 x 0 0 0 0\n" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proc_statm m;

		assert_int_equal(proc_statm_parse(rows[i], strlen(rows[i]), &m), -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
