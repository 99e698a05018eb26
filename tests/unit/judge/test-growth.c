/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "judge/growth.h"
#include "unit.h"

/* Level in MiB at a time in seconds. */
typedef double (*shape)(double t);

static struct verdict judge(shape f, double seconds, double interval, double limit_mib)
{
	struct growth_policy p = growth_policy_default(2);
	struct headroom h = { .bytes = opt_u64_none(ABSENT) };
	struct verdict v, again;
	struct series s, before;
	double t = 0;

	series_init(&s);
	for (; t <= seconds; t += interval) {
		struct sample x = { t, (uint64_t)(f(t) * MIB), NAN };

		series_push(&s, &x);
	}
	t -= interval;
	if (limit_mib > 0)
		h.bytes = opt_u64_of((uint64_t)(fmax(0, limit_mib - f(t)) * MIB));
	before = s;
	growth_judge(&s, &h, &p, t, &v);
	growth_judge(&s, &h, &p, t, &again);
	assert_memory_equal(&s, &before, sizeof(s));
	assert_memory_equal(&v, &again, sizeof(v));
	assert_true(v.score >= 0 && v.score <= 1);
	assert_true(v.reason_count > 0);
	if (v.exhaustion_seconds.known)
		assert_true(v.exhaustion_seconds.low <= v.exhaustion_seconds.mid &&
			    v.exhaustion_seconds.mid <= v.exhaustion_seconds.high);
	return v;
}

static const struct reason *reason(const struct verdict *v, enum reason_id id)
{
	for (uint32_t i = 0; i < v->reason_count; i++)
		if (v->reason[i].id == id)
			return &v->reason[i];
	return NULL;
}

static double flat(double t _unused_)
{
	return 300;
}

static double leak(double t) /* 100 MiB/h */
{
	return 200 + t / 36;
}

static double slow_leak(double t) /* 2 MiB/h */
{
	return 200 + t / 1800;
}

static double cache(double t) /* tau 5 h */
{
	return 100 + 900 * (1 - exp(-t / 18000));
}

static double step(double t)
{
	return t < 9 * 3600 ? 200 : 800;
}

static double hourly_steps(double t)
{
	return 200 + 100 * floor(t / 3600);
}

static double refill(double t) /* a peak, a drop, the same climb again */
{
	return t < 12 * 3600 ? 200 + t / 36 : 200 + (t - 12 * 3600) / 36;
}

static double falling(double t)
{
	return 2000 - t / 36;
}

static void test_unknown_when_young(void **state)
{
	struct verdict v = judge(leak, 3, 1, 1000);

	assert_int_equal(v.class, VERDICT_UNKNOWN);
	assert_non_null(reason(&v, REASON_TOO_YOUNG));
	assert_false(v.exhaustion_seconds.known);
	assert_false(v.growth_bytes_per_second.known);
}

static void test_steady(void **state)
{
	struct verdict v = judge(flat, 12 * 3600, 60, 1000);

	assert_int_equal(v.class, VERDICT_STEADY);
	assert_non_null(reason(&v, REASON_BELOW_NOISE));
	assert_false(v.exhaustion_seconds.known);
	v = judge(falling, 12 * 3600, 60, 3000);
	assert_int_equal(v.class, VERDICT_STEADY);
	assert_false(v.exhaustion_seconds.known);
}

static double large(double t) /* 20 MiB in 12 h */
{
	return 4000 + t / 2160;
}

static double late_leak(double t) /* 100 MiB/h from hour 30 on */
{
	return 200 + fmax(0, t - 108000) / 36;
}

/* The texts name what they were compared with; a figure of another rule would be a lie. */
static void test_reasons_give_the_true_comparison(void **state)
{
	struct verdict v = judge(flat, 9, 1, 400000);
	const struct reason *r = reason(&v, REASON_BELOW_NOISE);

	assert_non_null(r);
	assert_float_equal(r->number[1], (double)growth_policy_default(2).noise_floor_bytes, 1);
	v = judge(large, 12 * 3600, 60, 400000);
	assert_null(reason(&v, REASON_BELOW_NOISE));
	r = reason(&v, REASON_TOO_LITTLE);
	assert_non_null(r);
	assert_true(r->number[0] > 4 * MIB && r->number[0] < r->number[1]);
	assert_float_equal(r->number[1], r->number[3] / 100, 1);
	v = judge(late_leak, 40 * 3600, 60, 3000);
	assert_float_equal(v.exhaustion_seconds.mid, 1800 * 36, 3600);
	r = reason(&v, REASON_NEW_GROUND);
	assert_non_null(r);
	assert_true(r->number[1] >= 200 * MIB && r->number[0] > r->number[1]);
	v = judge(refill, 20 * 3600, 60, 3000);
	r = reason(&v, REASON_OLD_GROUND);
	assert_non_null(r);
	assert_true(r->number[0] <= r->number[1]);
}

static void test_leaking_with_its_reasons(void **state)
{
	struct verdict v = judge(leak, 20 * 3600, 60, 4096);
	double rate = MIB / 36.0, left = (4096 - 2200) * 36.0;

	assert_int_equal(v.class, VERDICT_LEAKING);
	assert_true(v.score >= 0.8);
	assert_float_equal(v.growth_bytes_per_second.mid, rate, rate / 50);
	assert_float_equal(v.exhaustion_seconds.mid, left, left / 50);
	assert_non_null(reason(&v, REASON_FLOOR_RISES));
	assert_non_null(reason(&v, REASON_SPREAD));
	assert_non_null(reason(&v, REASON_NO_DECELERATION));
	assert_non_null(reason(&v, REASON_NO_EARLIER));
	assert_null(reason(&v, REASON_NEW_GROUND));
	assert_non_null(reason(&v, REASON_URGENT));
}

static void test_same_leak_far_from_its_limit(void **state)
{
	struct verdict v = judge(leak, 4 * 3600, 60, 65536);

	assert_true(v.class == VERDICT_GROWING || v.class == VERDICT_SUSPECT);
	assert_non_null(reason(&v, REASON_NOT_URGENT));
	assert_true(v.exhaustion_seconds.known);
}

static void test_slow_for_days_is_suspect(void **state)
{
	struct verdict v = judge(slow_leak, 6 * 86400, 60, 16384);

	assert_int_equal(v.class, VERDICT_SUSPECT);
	assert_true(v.score >= 0.5 && v.score < 0.8);
}

static void test_no_limit_known(void **state)
{
	struct verdict v = judge(leak, 20 * 3600, 60, 0);

	assert_int_equal(v.class, VERDICT_LEAKING);
	assert_non_null(reason(&v, REASON_NO_LIMIT));
	assert_false(v.exhaustion_seconds.known);
}

static void test_cache_decelerates(void **state)
{
	struct verdict v = judge(cache, 12 * 3600, 60, 2048);

	assert_true(v.class < VERDICT_SUSPECT);
	assert_non_null(reason(&v, REASON_DECELERATES));
}

static void test_one_step_is_no_leak_many_are(void **state)
{
	struct verdict v = judge(step, 12 * 3600, 60, 2048);

	assert_true(v.class < VERDICT_SUSPECT);
	v = judge(hourly_steps, 15 * 3600, 60, 4096);
	assert_int_equal(v.class, VERDICT_LEAKING);
}

static void test_old_ground(void **state)
{
	struct verdict v = judge(refill, 20 * 3600, 60, 2048);

	assert_int_equal(v.class, VERDICT_GROWING);
	assert_non_null(reason(&v, REASON_OLD_GROUND));
}

static void test_sampling_does_not_matter(void **state)
{
	static const double intervals[] = { 5, 10, 15, 30, 60, 120, 300 };

	for (size_t i = 0; i < ARRAY_SIZE(intervals); i++) {
		assert_int_equal(judge(leak, 20 * 3600, intervals[i], 4096).class, VERDICT_LEAKING);
		assert_int_equal(judge(flat, 20 * 3600, intervals[i], 4096).class, VERDICT_STEADY);
	}
}

static void test_exhausted_already(void **state)
{
	struct verdict v = judge(leak, 20 * 3600, 60, 2200);

	assert_int_equal(v.class, VERDICT_LEAKING);
	assert_float_equal(v.exhaustion_seconds.mid, 0, 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_when_young),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_reasons_give_the_true_comparison),
		cmocka_unit_test(test_leaking_with_its_reasons),
		cmocka_unit_test(test_same_leak_far_from_its_limit),
		cmocka_unit_test(test_slow_for_days_is_suspect),
		cmocka_unit_test(test_no_limit_known),
		cmocka_unit_test(test_cache_decelerates),
		cmocka_unit_test(test_one_step_is_no_leak_many_are),
		cmocka_unit_test(test_old_ground),
		cmocka_unit_test(test_sampling_does_not_matter),
		cmocka_unit_test(test_exhausted_already),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
