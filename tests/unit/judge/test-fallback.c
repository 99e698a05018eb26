/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "judge/fallback.h"
#include "processes.h"

static struct guard_policy policy;
static float recent[16];
static struct suspect suspects[GUARD_SUSPECTS];
static const struct guard_self self = { .pid = 50, .helper_pid = 51 };

/* Host of 1000 MiB with 40 MiB left, going at `loss` MiB/s. */
static struct domain short_host(double loss)
{
	return (struct domain){ .cgroup = CGROUP_NONE,
				.headroom = { .bytes = opt_u64_of(40 * MIB),
					      .capacity_bytes = opt_u64_of(1000 * MIB),
					      .kind = LIMIT_HOST },
				.loss_bytes_per_second = loss * (double)MIB,
				.scan_loss_bytes_per_second = loss * (double)MIB };
}

static int clear(void **state)
{
	memset(&policy, 0, sizeof(policy));
	memset(recent, 0, sizeof(recent));
	memset(suspects, 0, sizeof(suspects));
	policy.fallback = true;
	policy.fallback_share = 0.05;
	policy.fallback_seconds = 10;
	return 0;
}

static uint32_t choose(struct machine *m, struct domain d)
{
	return fallback_choose(&policy, &self, &m->t, recent, suspects, &d);
}

static void set_rule(struct rule_list *l, const char *comm)
{
	l->count = 1;
	l->rule[0].field = RULE_COMM;
	(void)snprintf(l->rule[0].pattern, sizeof(l->rule[0].pattern), "%s", comm);
}

static void test_due(void **state)
{
	struct domain d = short_host(0);

	assert_true(fallback_is_due(&policy, &d));
	d.headroom.bytes = opt_u64_of(51 * MIB);
	assert_false(fallback_is_due(&policy, &d));
	d.headroom.bytes = opt_u64_none(UNREADABLE);
	assert_false(fallback_is_due(&policy, &d));
	/* Twice the share when two seconds are left, never more. */
	d = short_host(50);
	d.headroom.bytes = opt_u64_of(100 * MIB);
	assert_true(fallback_is_due(&policy, &d));
	d.headroom.bytes = opt_u64_of(104 * MIB);
	assert_false(fallback_is_due(&policy, &d));
	/* 4 GiB are below the share of a large machine, yet no shortage while nothing moves. */
	d = short_host(0);
	d.headroom.capacity_bytes = opt_u64_of(100 * GIB);
	d.headroom.bytes = opt_u64_of(4 * GIB);
	assert_false(fallback_is_due(&policy, &d));
	d.loss_bytes_per_second = (double)GIB;
	assert_true(fallback_is_due(&policy, &d));
	policy.fallback = false;
	d = short_host(100);
	assert_false(fallback_is_due(&policy, &d));
}

/* A cgroup may rest at its limit for years; only one that runs out, and only when asked for. */
static void test_due_in_a_cgroup(void **state)
{
	struct domain d = short_host(100);

	d.cgroup = 2;
	assert_false(fallback_is_due(&policy, &d));
	policy.fallback_cgroups = true;
	assert_true(fallback_is_due(&policy, &d));
	d.loss_bytes_per_second = 0;
	assert_false(fallback_is_due(&policy, &d));
	d.loss_bytes_per_second = 4 * MIB; /* 10 s */
	assert_true(fallback_is_due(&policy, &d));
	d.loss_bytes_per_second = 3.9 * MIB;
	assert_false(fallback_is_due(&policy, &d));
}

static void test_the_burst_goes_first(void **state)
{
	struct machine *m = machine();

	(void)add(m, "big", 0, 600);
	(void)add(m, "burst", 0, 50);
	(void)add(m, "preferred", 0, 100);
	set_rule(&policy.prefer, "preferred");
	recent[1] = 50.0f * MIB;
	assert_int_equal(choose(m, short_host(100)), 1);
	/* More than was lost: a forked child shows the pages that it shares with its parent. */
	recent[1] = 201.0f * MIB;
	assert_int_equal(choose(m, short_host(100)), 2);
	/* less than half of the loss: not it alone */
	recent[1] = 49.0f * MIB;
	assert_int_equal(choose(m, short_host(100)), 2);
	policy.prefer.count = 0;
	assert_int_equal(choose(m, short_host(100)), 0);
}

/* On a host that rests at its bound, the noise of the headroom must not name a culprit. */
static void test_drift_is_no_burst(void **state)
{
	struct machine *m = machine();

	(void)add(m, "big", 0, 600);
	(void)add(m, "shell", 0, 1);
	recent[1] = 8192;
	assert_int_equal(choose(m, short_host(12.0 / 1024)), 0);
}

static void test_preferred(void **state)
{
	struct machine *m = machine();

	(void)add(m, "big", 0, 600);
	(void)add(m, "batch", 0, 10);
	(void)add(m, "batch", 0, 20);
	set_rule(&policy.prefer, "batch");
	assert_int_equal(choose(m, short_host(0)), 2);
}

static void test_the_kernels_choice(void **state)
{
	struct machine *m = machine();

	(void)add(m, "big", 0, 300);
	add(m, "offered", 0, 10)->oom_score_adj = 500; /* 10 + 500 MiB */
	add(m, "file", 0, 1)->file_bytes = 400 * MIB;
	assert_int_equal(choose(m, short_host(0)), 1);
	m->process[1].oom_score_adj = 0;
	assert_int_equal(choose(m, short_host(0)), 2);
}

static void test_never(void **state)
{
	struct machine *m = machine();

	add(m, "init", 0, 900)->id.pid = 1;
	add(m, "bulkhead", 0, 900)->id.pid = 50;
	(void)add(m, "db", 2, 900);
	set_rule(&policy.protect, "db");
	add(m, "zombie", 0, 900)->zombie = true;
	add(m, "sshd", 0, 900)->oom_score_adj = -1000;
	(void)add(m, "stale", 0, 900);
	m->state[5] = SLOT_STALE;
	(void)add(m, "gone", 0, 900);
	m->state[6] = SLOT_FREE;
	(void)add(m, "empty", 0, 0);
	assert_int_equal(choose(m, short_host(100)), UINT32_MAX);
	(void)add(m, "small", 0, 1);
	assert_int_equal(choose(m, short_host(100)), 8);
	/* in hand already: not twice */
	suspects[3] = (struct suspect){ .used = true, .id = m->process[8].id };
	assert_int_equal(choose(m, short_host(100)), UINT32_MAX);
	/* another life with the same pid is another process */
	suspects[3].id.starttime_ticks++;
	assert_int_equal(choose(m, short_host(100)), 8);
}

static void test_only_inside_the_domain(void **state)
{
	struct machine *m = machine();
	struct domain d = short_host(100);

	(void)add(m, "outside", 3, 900);
	(void)add(m, "below", 2, 10);
	(void)add(m, "nowhere", CGROUP_NONE, 900);
	d.cgroup = 1;
	assert_int_equal(choose(m, d), 1);
	d.cgroup = 0;
	assert_int_equal(choose(m, d), 0);
	assert_true(domain_holds(&(struct domain){ .cgroup = CGROUP_NONE }, &m->process[2], &m->t));
	assert_false(domain_holds(&d, &m->process[2], &m->t));
}

static void test_seconds(void **state)
{
	struct domain d = short_host(4);

	assert_true(fabs(domain_seconds(&d) - 10) < 1e-9);
	d.loss_bytes_per_second = -5;
	assert_true(isinf(domain_seconds(&d)));
	d = short_host(4);
	d.headroom.bytes = opt_u64_none(ABSENT);
	assert_true(isinf(domain_seconds(&d)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_due, clear),
		cmocka_unit_test_setup(test_due_in_a_cgroup, clear),
		cmocka_unit_test_setup(test_the_burst_goes_first, clear),
		cmocka_unit_test_setup(test_drift_is_no_burst, clear),
		cmocka_unit_test_setup(test_preferred, clear),
		cmocka_unit_test_setup(test_the_kernels_choice, clear),
		cmocka_unit_test_setup(test_never, clear),
		cmocka_unit_test_setup(test_only_inside_the_domain, clear),
		cmocka_unit_test_setup(test_seconds, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
