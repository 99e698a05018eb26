/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "judge/trend.h"
#include "unit.h"

static void test_sort(void **state)
{
	double v[276];

	for (int i = 0; i < 276; i++)
		v[i] = (i * 7919) % 277;
	trend_sort(v, 276);
	for (int i = 1; i < 276; i++)
		assert_true(v[i - 1] <= v[i]);
}

/* One wild point of five: least squares says 20.9, the median of the ten slopes says 1. */
static void test_sen_ignores_an_outlier(void **state)
{
	struct points p = { 5, { 0, 1, 2, 3, 4 }, { 0, 1, 2, 3, 104 } };
	struct slope s = trend_sen(&p, 1.645);

	assert_float_equal(s.mid, 1, 1e-9);
	assert_true(s.low <= s.mid && s.mid <= s.high);
}

/*
 * n = 10 without ties: Var S = 10*9*25/18 = 125, C = 1.96 * 11.18 = 21.9, so of 45 slopes the
 * interval is from rank 11.5 to 34.5 (ranks 12 and 33 or 34). y = t^2 has slopes i + j: all known.
 */
static void test_sen_interval_ranks(void **state)
{
	struct points p = { .n = 10 };
	double slopes[45];
	struct slope s;
	int n = 0;

	for (int i = 0; i < 10; i++) {
		p.t[i] = i;
		p.y[i] = i * i;
		for (int j = 0; j < i; j++)
			slopes[n++] = i + j;
	}
	trend_sort(slopes, 45);
	s = trend_sen(&p, 1.96);
	assert_float_equal(s.mid, slopes[22], 1e-9);
	assert_float_equal(s.low, slopes[11], 1e-9);
	assert_float_equal(s.high, slopes[33], 1e-9);
}

static void test_sen_flat_and_tiny(void **state)
{
	struct points flat = { 4, { 0, 1, 2, 3 }, { 5, 5, 5, 5 } }, one = { 1, { 0 }, { 5 } };

	assert_float_equal(trend_sen(&flat, 1.645).high, 0, 0);
	assert_float_equal(trend_sen(&one, 1.645).mid, 0, 0);
}

static void test_drift(void **state)
{
	double up[] = { 1, 2, 3, 4, 5, 6 }, down[] = { -1, -2, -3, -4, -5, -6 };
	double walk[] = { 3, -2, 1, -3, 2, -1 }, few[] = { 1, 1, 1, 1 };
	double stairs[] = { 0.1, 5, -0.1, 5, 0.1, 5, 0, 5, -0.1, 5 };

	assert_float_equal(trend_drift(up, 6, 0), 1, 1e-9);
	assert_float_equal(trend_drift(down, 6, 0), -1, 1e-9);
	assert_float_equal(trend_drift(walk, 6, 0), 0, 1e-9);
	assert_float_equal(trend_drift(few, 4, 0), 0, 0);
	assert_float_equal(trend_drift(stairs, 10, 0.5), 1, 1e-9); /* the trembling is dropped */
}

/* The levels 10 t + noise of +-6: the signed ranks hesitate, the long-run variance does not. */
static void test_long_run_sees_through_level_noise(void **state)
{
	double d[13], noise[14] = { 6, -6, 6, -6, 6, -6, 6, -6, 6, -6, 6, -6, 6, -6 };
	double walk[13];

	for (int i = 0; i < 13; i++)
		d[i] = 10 + noise[i + 1] - noise[i];
	assert_true(trend_drift(d, 13, 0) < 0.85);
	assert_true(trend_long_run_z(d, 13) > 3.5);
	for (int i = 0; i < 13; i++)
		walk[i] = i < 7 ? 22 : -2; /* the same steps, not cancelling each other */
	assert_true(trend_long_run_z(walk, 13) < 3.5);
	assert_float_equal(trend_long_run_z(walk, 3), 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_sen_ignores_an_outlier),
		cmocka_unit_test(test_sen_interval_ranks),
		cmocka_unit_test(test_sen_flat_and_tiny),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_long_run_sees_through_level_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
