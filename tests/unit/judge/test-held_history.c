/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/held_history.h"

static void test_too_few(void **state)
{
	struct held_history h = { 0 };
	struct held_sample a, b;

	assert_false(held_history_ends(&h, &a, &b));
	held_history_add(&h, 5, 100);
	assert_false(held_history_ends(&h, &a, &b));
	held_history_add(&h, 5, 100);
	assert_false(held_history_ends(&h, &a, &b));
	held_history_add(&h, 6, 300);
	assert_true(held_history_ends(&h, &a, &b));
	assert_near(b.seconds, 6, 0);
	assert_int_equal(b.bytes, 300);
}

/* However many samples, the settled one is near a quarter of the life, and the last is exact. */
static void test_any_length(void **state)
{
	static const uint32_t lengths[] = { 3, 10, 127, 128, 129, 1000, 100000 };

	for (size_t k = 0; k < ARRAY_SIZE(lengths); k++) {
		struct held_history h = { 0 };
		struct held_sample a, b;
		const double n = lengths[k];

		for (uint32_t i = 0; i < lengths[k]; i++)
			held_history_add(&h, 1000 + i, i);
		assert_true(held_history_ends(&h, &a, &b));
		assert_near(b.seconds, 1000 + n - 1, 0);
		assert_int_equal(b.bytes, lengths[k] - 1);
		assert_near(a.seconds, 1000 + n / 4, n / 32 + 1);
		assert_near((double)a.bytes, a.seconds - 1000, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
