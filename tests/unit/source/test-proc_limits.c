/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/proc_limits.h"

#define DATA(v) "Max data size             " v " unlimited            bytes     \n"
#define AS(v) "Max address space         " v " unlimited            bytes     \n"

static void test_values(void **state)
{
	static const char in[] = "Limit                     Soft Limit           Hard Limit\n" DATA(
		"1048576             ") "Max stack size            8388608  unlimited  "
					"bytes\n" AS("unlimited           ");
	struct proc_limits l;

	assert_int_equal(proc_limits_parse(in, sizeof(in) - 1, &l), 0);
	assert_true(opt_is_known(l.data_bytes) && l.data_bytes.value == MIB);
	assert_int_equal(l.as_bytes.known, ABSENT);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"",
		DATA("1"),
		AS("1"),
		DATA("1") AS("1") AS("1"),
		DATA("1") AS("-1"),
		DATA("1") AS("1x"),
		DATA("1") AS("99999999999999999999"),
		DATA("1") "Max address space 1 1 files\n",
		DATA("1") "Max address space 1\n",
		DATA("1") "Max address space \n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proc_limits l;

		assert_int_equal(proc_limits_parse(rows[i], strlen(rows[i]), &l), -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
