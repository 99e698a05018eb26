/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "judge/growth.h"
#include "judge/track.h"
#include "unit.h"

struct play {
	struct track track;
	struct growth_policy policy;
	double limit, t;
	double alarm, cleared; /* times, < 0 when not yet */
};

static void play_init(struct play *p, double limit)
{
	track_init(&p->track);
	p->policy = growth_policy_default(2);
	p->limit = limit;
	p->t = 0;
	p->alarm = p->cleared = -1;
}

static struct headroom headroom(const struct play *p, double held)
{
	return (struct headroom){ .bytes = p->limit > 0
						   ? opt_u64_of((uint64_t)fmax(0, p->limit - held))
						   : opt_u64_none(ABSENT) };
}

static void feed(struct play *p, double held)
{
	struct sample x = { p->t, (uint64_t)held, NAN };
	struct headroom h = headroom(p, held);
	enum verdict_class before = track_class(&p->track);

	track_feed(&p->track, &x, &h, &p->policy);
	if (track_class(&p->track) == VERDICT_LEAKING && p->alarm < 0)
		p->alarm = p->t;
	if (before == VERDICT_LEAKING && track_class(&p->track) != VERDICT_LEAKING)
		p->cleared = p->t;
}

static struct verdict verdict(const struct play *p, double held)
{
	struct headroom h = headroom(p, held);
	struct verdict v;

	track_verdict(&p->track, &h, &p->policy, p->t, &v);
	return v;
}

static void test_size(void **state)
{
	assert_true(sizeof(struct track) <= 704);
}

/* The requirement: 1 s sampling, 20 MiB/s, 1 GiB of headroom: leaking within 15 s. */
static void test_fast_leak_from_the_first_sample(void **state)
{
	struct play p;

	play_init(&p, 50.0 * MIB + GIB);
	for (; p.t < 45; p.t++)
		feed(&p, (50 + 20 * p.t) * MIB);
	assert_true(p.alarm >= 0 && p.alarm <= 15);
	assert_true(p.cleared < 0);
}

static void test_fast_leak_after_steady_time(void **state)
{
	struct play p;

	for (double start = 30; start < 40000; start *= 6) {
		play_init(&p, 200.0 * MIB + GIB);
		for (; p.t < start + 45; p.t++)
			feed(&p, (200 + 20 * fmax(0, p.t - start)) * MIB);
		assert_true(p.alarm > start && p.alarm <= start + 15);
	}
}

static void test_fast_leak_with_jitter(void **state)
{
	struct play p;

	play_init(&p, 50.0 * MIB + GIB);
	for (int i = 0; i < 40; i++, p.t += 1 + 0.04 * ((i * 7) % 5 - 2))
		feed(&p, (50 + 20 * p.t + (i * 13) % 7) * MIB);
	assert_true(p.alarm >= 0 && p.alarm <= 15);
}

/* While it fills, it is a leak to any observer; what matters is that it is cleared at once. */
static void test_fast_cache_is_cleared_within_seconds(void **state)
{
	struct play p;
	double full = 512 / 20.0;

	play_init(&p, 50.0 * MIB + GIB);
	for (; p.t < full + 20; p.t++)
		feed(&p, (50 + fmin(512, 20 * p.t)) * MIB);
	assert_int_not_equal(track_class(&p.track), VERDICT_LEAKING);
	assert_true(p.cleared < 0 || p.cleared <= full + 15);
}

static void test_drop_clears_at_once(void **state)
{
	struct play p;

	play_init(&p, GIB);
	for (; p.t < 30; p.t++)
		feed(&p, (50 + 20 * p.t) * MIB);
	assert_int_equal(track_class(&p.track), VERDICT_LEAKING);
	for (; p.t < 34; p.t++)
		feed(&p, 60.0 * MIB);
	assert_int_not_equal(track_class(&p.track), VERDICT_LEAKING);
}

/* 40 MiB/h against 4 GiB: 100 h to exhaustion; a third is 33 h. The alarm must not flap. */
static void test_slow_leak(void **state)
{
	struct play p;
	struct verdict v;
	double held = 0, left;

	play_init(&p, 4.0 * GIB);
	for (; p.t < 60 * 3600; p.t += 60) {
		held = 100.0 * MIB + 40.0 * MIB * p.t / 3600 + ((int)(p.t / 60) % 10) * 2.0 * MIB;
		feed(&p, held);
	}
	assert_true(p.alarm > 0 && p.alarm < 33 * 3600);
	assert_true(p.cleared < 0);
	v = verdict(&p, held);
	assert_int_equal(v.class, VERDICT_LEAKING);
	assert_true(v.score >= 0.8 && v.score <= 1);
	left = (p.limit - held) / (40.0 * MIB / 3600);
	assert_true(v.exhaustion_seconds.known);
	assert_true(v.exhaustion_seconds.low <= left && left <= v.exhaustion_seconds.high);
}

static void test_leak_without_a_limit(void **state)
{
	struct play p;
	struct verdict v;

	play_init(&p, 0);
	for (; p.t < 24 * 3600; p.t += 60)
		feed(&p, 200.0 * MIB + 50.0 * MIB * p.t / 3600);
	v = verdict(&p, 1400.0 * MIB);
	assert_int_equal(v.class, VERDICT_LEAKING);
	assert_false(v.exhaustion_seconds.known);
	assert_true(v.growth_bytes_per_second.known);
}

static void test_sawtooth_step_and_flat_raise_nothing(void **state)
{
	struct play saw, step, flat;

	play_init(&saw, 2.0 * GIB);
	play_init(&step, 2.0 * GIB);
	play_init(&flat, 2.0 * GIB);
	for (double t = 0; t < 48 * 3600; t += 10) {
		saw.t = step.t = flat.t = t;
		feed(&saw, (300 + fmod(t, 90) * 2) * MIB);
		feed(&step, (t < 30 * 3600 ? 300 : 900) * (double)MIB);
		feed(&flat, 1500.0 * MIB);
	}
	assert_true(saw.alarm < 0 && step.alarm < 0 && flat.alarm < 0);
	assert_int_equal(verdict(&flat, 1500.0 * MIB).class, VERDICT_STEADY);
}

static void test_restart_forgets(void **state)
{
	struct play p;

	play_init(&p, GIB);
	for (; p.t < 30; p.t++)
		feed(&p, (50 + 20 * p.t) * MIB);
	track_init(&p.track);
	assert_int_equal(track_class(&p.track), VERDICT_UNKNOWN);
	assert_int_equal(verdict(&p, 0).class, VERDICT_UNKNOWN);
}

static void test_verdict_is_pure(void **state)
{
	struct play p;
	struct track before;
	struct verdict a, b;

	play_init(&p, GIB);
	for (; p.t < 30; p.t++)
		feed(&p, (50 + 20 * p.t) * MIB);
	before = p.track;
	a = verdict(&p, 650.0 * MIB);
	b = verdict(&p, 650.0 * MIB);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_equal(&before, &p.track, sizeof(before));
}

/* Nothing of this may overflow, divide by zero or loop (the suite runs under UBSan). */
static void test_absurd_input(void **state)
{
	static const uint64_t level[] = { 0, UINT64_MAX, 1, UINT64_C(16) << 40, 4096 };
	struct growth_policy policy = growth_policy_default(4096);
	struct headroom none = { .bytes = opt_u64_of(0) },
			huge = { .bytes = opt_u64_of(UINT64_MAX) };
	struct track t;
	struct verdict v;

	for (int h = 0; h < 2; h++) {
		track_init(&t);
		for (int i = 0; i < 4000; i++) {
			struct sample x = { i * (i % 7 ? 1.0 : 1000.0), level[i % 5], NAN };

			track_feed(&t, &x, h ? &huge : &none, &policy);
			track_verdict(&t, h ? &huge : &none, &policy, x.time_seconds, &v);
			assert_true(v.score >= 0 && v.score <= 1);
			assert_true(v.reason_count > 0 && v.reason_count <= VERDICT_REASONS);
		}
		track_verdict(&t, &none, &policy, -1e18, &v);
		track_verdict(&t, &none, &policy, 1e18, &v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_fast_leak_from_the_first_sample),
		cmocka_unit_test(test_fast_leak_after_steady_time),
		cmocka_unit_test(test_fast_leak_with_jitter),
		cmocka_unit_test(test_fast_cache_is_cleared_within_seconds),
		cmocka_unit_test(test_drop_clears_at_once),
		cmocka_unit_test(test_slow_leak),
		cmocka_unit_test(test_leak_without_a_limit),
		cmocka_unit_test(test_sawtooth_step_and_flat_raise_nothing),
		cmocka_unit_test(test_restart_forgets),
		cmocka_unit_test(test_verdict_is_pure),
		cmocka_unit_test(test_absurd_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
