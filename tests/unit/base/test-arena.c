/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdalign.h>
#include <stdint.h>

#include "unit.h"

#include "base/arena.h"

static void test_aligned_and_bounded(void **state)
{
	static _Alignas(64) char memory[256];
	struct arena a = { .buf = memory, .size = sizeof(memory) };
	char *first = arena_alloc(&a, 1), *second = arena_alloc(&a, 1);

	assert_ptr_equal(first, memory);
	assert_int_equal((uintptr_t)second % alignof(max_align_t), 0);
	assert_true(second > first);
	assert_null(arena_alloc(&a, sizeof(memory)));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - alignof(max_align_t)));
	/* a refusal loses nothing */
	assert_non_null(arena_alloc(&a, sizeof(memory) - a.used - alignof(max_align_t)));
	assert_true(a.used <= a.size);
}

static void test_exactly_full(void **state)
{
	static _Alignas(64) char memory[64];
	struct arena a = { .buf = memory, .size = sizeof(memory) };

	assert_non_null(arena_alloc(&a, 64));
	assert_null(arena_alloc(&a, 1));
	assert_int_equal(a.most, 64);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	assert_int_equal(a.most, 64); /* what was needed at most, over all resets */
	assert_ptr_equal(arena_alloc(&a, 8), memory);
	assert_int_equal(a.most, 64);
}

/* A size that is no multiple of the alignment: rounding up must not step over the end. */
static void test_odd_size(void **state)
{
	static _Alignas(64) char memory[33];
	struct arena a = { .buf = memory, .size = sizeof(memory) };

	assert_non_null(arena_alloc(&a, 33));
	assert_null(arena_alloc(&a, 0));
	assert_int_equal(a.used, 33);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aligned_and_bounded),
		cmocka_unit_test(test_exactly_full),
		cmocka_unit_test(test_odd_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
