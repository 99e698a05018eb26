/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "judge/quiet.h"

static struct guard_policy policy;
static struct domain domain[2];

/* A host of 1000 MiB with so much left, shrinking by `loss` MiB/s. */
static struct domain host_with(uint64_t left, double loss)
{
	return (struct domain){ .cgroup = CGROUP_NONE,
				.headroom = { .bytes = opt_u64_of(left * MIB),
					      .capacity_bytes = opt_u64_of(1000 * MIB),
					      .kind = LIMIT_HOST },
				.loss_bytes_per_second = loss * (double)MIB };
}

static struct domain cgroup_with(uint64_t left, double loss)
{
	struct domain d = host_with(left, loss);

	d.cgroup = 3;
	d.headroom.kind = LIMIT_CGROUP;
	d.headroom.cgroup = 3;
	return d;
}

static int set_up(void **state)
{
	memset(&policy, 0, sizeof(policy));
	policy.quiet_level = 4;
	policy.quiet_stall_seconds = 1;
	policy.quiet_share = 0.1;
	policy.quiet_seconds = 60;
	policy.quiet_restore_seconds = 30;
	return 0;
}

static bool is_short(struct domain d)
{
	domain[0] = d;
	return quiet_short_domain(&policy, domain, 1) == &domain[0];
}

static void test_the_host_is_short(void **state)
{
	assert_true(is_short(host_with(100, 0)));
	assert_false(is_short(host_with(101, 0)));
	/* a forecast counts once half is gone */
	assert_true(is_short(host_with(500, 10)));
	assert_false(is_short(host_with(510, 10)));
	assert_false(is_short(host_with(500, 8)));
	/* a burst at once */
	assert_true(is_short(host_with(900, 301)));
	assert_false(is_short(host_with(900, 200)));
	/* it gives back, or nothing is known */
	assert_false(is_short(host_with(500, -10)));
	struct domain d = host_with(1, 100);
	d.headroom.bytes = opt_u64_none(UNREADABLE);
	assert_false(is_short(d));
}

static void test_a_full_cgroup_is_no_shortage(void **state)
{
	assert_false(is_short(cgroup_with(0, 0)));
	assert_false(is_short(cgroup_with(50, 0)));
	assert_true(is_short(cgroup_with(50, 1)));
}

static void test_the_nearest_is_named(void **state)
{
	domain[0] = host_with(90, 0);
	domain[1] = cgroup_with(50, 5);
	assert_ptr_equal(quiet_short_domain(&policy, domain, 2), &domain[1]);
	assert_ptr_equal(quiet_short_domain(&policy, domain, 1), &domain[0]);
	assert_null(quiet_short_domain(&policy, domain, 0));
}

/* A short host, and a console on which a report takes ten seconds. */
static struct quiet_input slow_console(void)
{
	domain[0] = host_with(50, 0);
	return (struct quiet_input){ .policy = &policy,
				     .domain = domain,
				     .domain_count = 1,
				     .console_loglevel = opt_u64_of(7),
				     .saved_seconds = 10,
				     .now_seconds = 1000 };
}

static void test_lowers_only_for_a_slow_console(void **state)
{
	struct quiet_input in = slow_console();

	assert_int_equal(quiet_next(&in), QUIET_LOWER);
	in.saved_seconds = 0.9;
	assert_int_equal(quiet_next(&in), QUIET_NONE);
	policy.quiet = QUIET_YES;
	assert_int_equal(quiet_next(&in), QUIET_LOWER);
	/* a level that counts for nothing protects nobody */
	in.ignore_loglevel = true;
	assert_int_equal(quiet_next(&in), QUIET_NONE);
	policy.quiet = QUIET_NO;
	in = slow_console();
	assert_int_equal(quiet_next(&in), QUIET_NONE);
	/* a serial line whose speed nobody knows may be slow */
	policy.quiet = QUIET_AUTO;
	in.saved_seconds = 0;
	assert_int_equal(quiet_next(&in), QUIET_NONE);
	in.unknown_consoles = 1;
	assert_int_equal(quiet_next(&in), QUIET_LOWER);
}

static void test_leaves_a_quiet_console_alone(void **state)
{
	struct quiet_input in = slow_console();

	in.console_loglevel = opt_u64_of(4);
	assert_int_equal(quiet_next(&in), QUIET_NONE);
	in.console_loglevel = opt_u64_of(1);
	assert_int_equal(quiet_next(&in), QUIET_NONE);
	in.console_loglevel = opt_u64_none(UNREADABLE);
	assert_int_equal(quiet_next(&in), QUIET_NONE);
	in = slow_console();
	domain[0] = host_with(500, 0);
	assert_int_equal(quiet_next(&in), QUIET_NONE);
}

static void test_restores_after_a_while(void **state)
{
	struct quiet_input in = slow_console();

	in.lowered = true;
	in.console_loglevel = opt_u64_of(4);
	in.short_seconds = 971;
	assert_int_equal(quiet_next(&in), QUIET_NONE);
	in.short_seconds = 970;
	assert_int_equal(quiet_next(&in), QUIET_RESTORE);
	/* whatever the console costs by now, and at once when it was switched off */
	in.saved_seconds = 0;
	assert_int_equal(quiet_next(&in), QUIET_RESTORE);
	in.short_seconds = 1000;
	policy.quiet = QUIET_NO;
	assert_int_equal(quiet_next(&in), QUIET_RESTORE);
}

static void test_looks_as_often_as_a_burst_asks(void **state)
{
	struct domain d = host_with(150, 0);

	assert_true(fabs(quiet_look_seconds(&policy, &d) - 0.1) < 1e-6);
	d = host_with(50, 0);
	assert_true(fabs(quiet_look_seconds(&policy, &d) - 0.1) < 1e-6);
	/* 64 GiB with 9.4 of them left: 3 GiB above the shortage, half a second at 6 GiB/s */
	d.headroom.capacity_bytes = opt_u64_of(64 * GIB);
	d.headroom.bytes = opt_u64_of((uint64_t)(9.4 * (double)GIB));
	assert_true(fabs(quiet_look_seconds(&policy, &d) - 0.5) < 1e-6);
	d.headroom.bytes = opt_u64_of(60 * GIB);
	assert_true(fabs(quiet_look_seconds(&policy, &d) - 1) < 1e-6);
	d.headroom.bytes = opt_u64_none(ABSENT);
	assert_true(fabs(quiet_look_seconds(&policy, &d) - 1) < 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_the_host_is_short, set_up),
		cmocka_unit_test_setup(test_a_full_cgroup_is_no_shortage, set_up),
		cmocka_unit_test_setup(test_the_nearest_is_named, set_up),
		cmocka_unit_test_setup(test_lowers_only_for_a_slow_console, set_up),
		cmocka_unit_test_setup(test_leaves_a_quiet_console_alone, set_up),
		cmocka_unit_test_setup(test_restores_after_a_while, set_up),
		cmocka_unit_test_setup(test_looks_as_often_as_a_burst_asks, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
