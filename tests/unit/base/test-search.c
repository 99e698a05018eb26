/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/search.h"

struct row {
	uint32_t other;
	uint64_t start, end;
};

/* Against the obvious way, for every length up to 9 and every value around the members. */
static void test_every_place(void **state)
{
	struct row rows[9];

	for (uint64_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i] = (struct row){ .start = 10 * i, .end = 10 * i + 5 };
	for (size_t count = 0; count <= ARRAY_SIZE(rows); count++)
		for (uint64_t value = 0; value < 100; value++) {
			size_t by_start = 0, by_end = 0;

			while (by_start < count && rows[by_start].start <= value)
				by_start++;
			while (by_end < count && rows[by_end].end <= value)
				by_end++;
			assert_int_equal(UPPER_BOUND(rows, count, start, value), by_start);
			assert_int_equal(UPPER_BOUND(rows, count, end, value), by_end);
		}
}

static void test_equal_members_and_extremes(void **state)
{
	const struct row rows[] = { { 0, 0, 7 }, { 0, 7, 7 }, { 0, 7, UINT64_MAX } };
	const struct row *none = NULL;

	assert_int_equal(UPPER_BOUND(rows, 3, start, 7), 3);
	assert_int_equal(UPPER_BOUND(rows, 3, start, 6), 1);
	assert_int_equal(UPPER_BOUND(rows, 3, end, UINT64_MAX), 3);
	assert_int_equal(UPPER_BOUND(rows, 3, end, UINT64_MAX - 1), 2);
	assert_int_equal(UPPER_BOUND(none, 0, end, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_place),
		cmocka_unit_test(test_equal_members_and_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
