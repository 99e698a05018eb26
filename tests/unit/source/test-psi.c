/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/psi.h"

#define SOME "some avg10=0.10 avg60=2.50 avg300=100.00 total=1500000\n"
#define FULL "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"

static void test_both(void **state)
{
	struct psi p;

	assert_int_equal(psi_parse(SOME FULL, sizeof(SOME FULL) - 1, &p), 0);
	assert_true(p.some.present && p.full.present);
	assert_true(p.some.avg60 == 2.5 && p.some.avg300 == 100 && p.some.total_seconds == 1.5);
	assert_int_equal(psi_parse(SOME, sizeof(SOME) - 1, &p), 0);
	assert_false(p.full.present);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"",
		FULL,
		SOME SOME,
		"some\n",
		"some avg10=0.1 avg60=0.1 avg300=0.1\n",
		"some avg10=-1 avg60=0.1 avg300=0.1 total=1\n",
		"some avg10=100.01 avg60=0.1 avg300=0.1 total=1\n",
		"some avg10=nan avg60=0.1 avg300=0.1 total=1\n",
		"some avg60=0.1 avg10=0.1 avg300=0.1 total=1\n",
		"some avg10=0.1 avg60=0.1 avg300=0.1 total=-1\n",
		"some avg10=0.1 avg60=0.1 avg300=0.1 total=1 more\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct psi p;

		assert_int_equal(psi_parse(rows[i], strlen(rows[i]), &p), -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
