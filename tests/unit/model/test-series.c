/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "model/series.h"
#include "unit.h"

static uint32_t push(struct series *s, double t, uint64_t bytes)
{
	struct sample x = { t, bytes, NAN };

	return series_push(s, &x);
}

static void test_widths_nest(void **state)
{
	unsigned int first = 0;

	for (unsigned int k = 0; k < SERIES_SCALES; k++) {
		assert_int_equal(series_scale[k].first, first);
		assert_true(series_scale[k].buckets <= SERIES_RING_MAX);
		first += series_scale[k].buckets;
		if (k > 0)
			assert_int_equal(series_scale[k].width_seconds %
						 series_scale[k - 1].width_seconds,
					 0);
	}
	assert_int_equal(first, SERIES_BUCKETS);
}

static void test_bucket_holds_the_minimum(void **state)
{
	struct series s;

	series_init(&s);
	push(&s, 100.0, 50 * MIB);
	push(&s, 100.2, 40 * MIB);
	push(&s, 100.4, 60 * MIB);
	assert_int_equal(series_bucket(&s, 0, 0), 40 * MIB / SERIES_UNIT_BYTES);
	assert_int_equal(push(&s, 101.1, 70 * MIB), 1);
	assert_int_equal(series_bucket(&s, 0, 1), 70 * MIB / SERIES_UNIT_BYTES);
	assert_int_equal(series_bucket(&s, 8, 0), 40 * MIB / SERIES_UNIT_BYTES);
	assert_int_equal(s.last_level, 70 * MIB / SERIES_UNIT_BYTES);
}

/* Whatever the sampling, each held bucket of each scale is the least of the samples in it. */
static void test_same_as_counting_all(void **state)
{
	struct series s;
	uint64_t seed = 1;
	static uint32_t level[5000];

	series_init(&s);
	for (unsigned int t = 0; t < ARRAY_SIZE(level); t++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		level[t] = (uint32_t)(seed >> 40) % 100000;
		push(&s, t, (uint64_t)level[t] * SERIES_UNIT_BYTES);
	}
	for (unsigned int k = 0; k < SERIES_SCALES; k++) {
		unsigned int width = series_scale[k].width_seconds;

		for (unsigned int i = 0; i * width < ARRAY_SIZE(level); i++) {
			uint32_t least = UINT32_MAX, got = series_bucket(&s, k, i);

			for (unsigned int t = i * width;
			     t < (i + 1) * width && t < ARRAY_SIZE(level); t++)
				least = MIN(least, level[t]);
			if (s.newest[k] - i <= series_scale[k].buckets)
				assert_int_equal(got, least);
			else
				assert_int_equal(got, SERIES_MISSING);
		}
	}
}

static void test_gap_is_missing_not_zero(void **state)
{
	struct series s;

	series_init(&s);
	for (int t = 0; t < 600; t += 10)
		push(&s, t, 100 * MIB);
	push(&s, 1000, 100 * MIB); /* 410 s without a sample */
	push(&s, 1010, 100 * MIB);
	assert_int_equal(series_bucket(&s, 3, 9), 100 * MIB / SERIES_UNIT_BYTES);
	for (uint32_t i = 10; i < 16; i++)
		assert_int_equal(series_bucket(&s, 3, i), SERIES_MISSING);
	assert_int_equal(series_bucket(&s, 3, 16), 100 * MIB / SERIES_UNIT_BYTES);
}

static void test_gap_longer_than_the_ring(void **state)
{
	struct series s;

	series_init(&s);
	push(&s, 0, 300 * MIB);
	push(&s, 60, 200 * MIB);
	push(&s, 60 + 40.0 * 86400, 100 * MIB);
	for (uint32_t i = 29; i < 40; i++)
		assert_int_equal(series_bucket(&s, 8, i), SERIES_MISSING);
	push(&s, 60 + 40.5 * 86400, 90 * MIB);
	push(&s, 60 + 41.1 * 86400, 90 * MIB);
	assert_int_equal(series_bucket(&s, 8, 41), 90 * MIB / SERIES_UNIT_BYTES);
	assert_int_equal(s.highest[8], 200 * MIB / SERIES_UNIT_BYTES);
}

static void test_finer_scales_cost_nothing(void **state)
{
	struct series s;

	series_init(&s);
	for (int t = 0; t <= 6000; t += 60)
		assert_int_equal(push(&s, t, MIB) & 7, 0);
	assert_int_equal(s.newest[0], 1); /* the first sample only */
	assert_int_equal(s.newest[3], 101);
}

static void test_time_going_back_is_ignored(void **state)
{
	struct series s, before;

	series_init(&s);
	push(&s, 10, MIB);
	push(&s, 20, 2 * MIB);
	before = s;
	assert_int_equal(push(&s, 19, 9 * MIB), 0);
	assert_int_equal(push(&s, NAN, 9 * MIB), 0);
	assert_int_equal(push(&s, INFINITY, 9 * MIB), 0);
	assert_int_equal(push(&s, 1e300, 9 * MIB), 0);
	assert_memory_equal(&s, &before, sizeof(s));
}

static void test_huge_levels_saturate(void **state)
{
	struct series s;

	series_init(&s);
	push(&s, 0, UINT64_MAX);
	assert_int_equal(s.last_level, SERIES_LEVEL_MAX);
	assert_int_not_equal(series_bucket(&s, 0, 0), SERIES_MISSING);
	push(&s, 1, UINT64_C(16) << 40);
	assert_int_equal(s.last_level, SERIES_LEVEL_MAX);
}

static void test_highest_remembers_what_left(void **state)
{
	struct series s;

	series_init(&s);
	for (int t = 0; t < 100; t++)
		push(&s, t, (t == 10 ? 900 : 100) * MIB);
	assert_int_equal(s.highest[0], 900 * MIB / SERIES_UNIT_BYTES);
	assert_int_equal(s.highest[1], 100 * MIB / SERIES_UNIT_BYTES); /* a 5 s floor saw none */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths_nest),
		cmocka_unit_test(test_bucket_holds_the_minimum),
		cmocka_unit_test(test_same_as_counting_all),
		cmocka_unit_test(test_gap_is_missing_not_zero),
		cmocka_unit_test(test_gap_longer_than_the_ring),
		cmocka_unit_test(test_finer_scales_cost_nothing),
		cmocka_unit_test(test_time_going_back_is_ignored),
		cmocka_unit_test(test_huge_levels_saturate),
		cmocka_unit_test(test_highest_remembers_what_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
