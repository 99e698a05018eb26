/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "model/roots.h"

static void test_dead_stacks_are_kept_apart(void **test)
{
	_cleanup_roots_ struct roots r = ROOTS_NONE;
	static const uint64_t words[2] = { 1, 2 };

	for (uint32_t i = 0; i < 200; i++) {
		const struct root_range range = {
			.start = 8 * i,
			.copy = (const uint8_t *)words,
			.bytes = i % 4 ? sizeof(words) : 0,
			.kind = i % 2 ? ROOT_DEAD_STACK : ROOT_STACK,
		};

		assert_int_equal(roots_add(&r, &range), 0);
	}
	assert_int_equal(r.ranges, 50); /* the empty ones are left out */
	assert_int_equal(r.deads, 100);
	assert_int_equal(r.range[0].start, 16);
	assert_int_equal(r.dead[99].start, 8 * 199);
}

static void test_words_made_here_are_zero_and_stay(void **test)
{
	_cleanup_roots_ struct roots r = ROOTS_NONE;
	uint64_t *first = roots_words(&r, 3);

	assert_non_null(first);
	assert_int_equal(first[2], 0);
	first[2] = 7;
	for (uint32_t i = 0; i < 100; i++)
		assert_non_null(roots_words(&r, 1));
	assert_int_equal(first[2], 7);
	assert_int_equal(r.word_arrays, 101);
}

static void test_every_kind_has_a_name(void **test)
{
	for (uint32_t k = 0; k <= ROOT_DEAD_STACK; k++)
		assert_string_not_equal(root_kind_name((enum root_kind)k), "unknown");
	assert_string_equal(root_kind_name((enum root_kind)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dead_stacks_are_kept_apart),
		cmocka_unit_test(test_words_made_here_are_zero_and_stay),
		cmocka_unit_test(test_every_kind_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
