/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "oom_sample.h"

static struct oom_storms storms;

static struct oom_report *report_at(double seconds, const char *victim)
{
	struct oom_report *r = sample();

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_at(r, seconds);
	sample_victim(r, 10, victim, MIB);
	return r;
}

static uint32_t add(const struct oom_report *r, double print_seconds)
{
	struct oom_story s = { .printing = { .seconds_known = true, .seconds = print_seconds } };

	return oom_storms_add(&storms, r, &s);
}

static void test_window(void **state)
{
	memset(&storms, 0, sizeof(storms));
	assert_int_equal(add(report_at(1000, "a"), 2), 0);
	assert_int_equal(add(report_at(1300, "b"), 3), 0);
	assert_int_equal(add(report_at(1500, "b"), 4), 0);
	assert_int_equal(add(report_at(1801, "b"), 1), 1);
	assert_int_equal(storms.count, 2);
	assert_int_equal(storms.storm[0].reports, 3);
	assert_int_equal(storms.storm[0].kills, 3);
	assert_int_equal(storms.storm[0].first, 1);
	assert_int_equal(storms.storm[0].last, 3);
	assert_near(storms.storm[0].print_seconds, 9, 1e-9);
	assert_int_equal(storms.storm[0].printed_known, 3);
	assert_string_equal(storms.storm[0].victim, "b");
	assert_int_equal(storms.storm[0].victim_kills, 2);
	/* after a reboot the clock starts again */
	assert_int_equal(add(report_at(5, "b"), 1), 2);
}

static void test_boots_apart(void **state)
{
	struct oom_report *r;

	memset(&storms, 0, sizeof(storms));
	assert_int_equal(add(report_at(100, "a"), 1), 0);
	assert_int_equal(add(report_at(5000, "a"), 1), 1);
	/* 60 s and 100 s after those of the boot before, by another clock */
	assert_int_equal(add(report_at(160, "a"), 1), 2);
	assert_int_equal(add(report_at(5100, "a"), 1), 3);
	assert_int_equal(add(report_at(5200, "a"), 1), 3);
	/* another machine's clock says nothing of this one */
	r = report_at(30, "a");
	(void)snprintf(r->origin, sizeof(r->origin), "other");
	assert_int_equal(add(r, 1), 4);
	assert_int_equal(add(report_at(5300, "a"), 1), 3);
}

static void test_causes_apart(void **state)
{
	struct oom_report *r;

	memset(&storms, 0, sizeof(storms));
	assert_int_equal(add(report_at(10, "a"), 1), 0);
	r = report_at(11, "a");
	sample_memcg(r, "/a", 100, 0);
	assert_int_equal(add(r, 1), 1);
	r = report_at(12, "a");
	sample_memcg(r, "/b", 100, 0);
	assert_int_equal(add(r, 1), 2);
	r = report_at(13, "a");
	(void)snprintf(r->origin, sizeof(r->origin), "other");
	assert_int_equal(add(r, 1), 3);
	/* interleaved: each goes back to its own */
	r = report_at(14, "a");
	sample_memcg(r, "/a", 100, 0);
	assert_int_equal(add(r, 1), 1);
	assert_string_equal(storms.storm[1].subject, "/a");
	assert_int_equal(add(report_at(15, "a"), 1), 0);
}

/* A kill alone, and a cgroup that is not named, are of the storm that they fall into. */
static void test_fragments(void **state)
{
	struct oom_report *r;

	memset(&storms, 0, sizeof(storms));
	r = report_at(10, "a");
	sample_memcg(r, "/a", 100, 0);
	assert_int_equal(add(r, 1), 0);
	assert_int_equal(add(report_at(11, "b"), 1), 1);
	r = report_at(12, "a");
	sample_memcg(r, "", 100, 0);
	assert_int_equal(add(r, 1), 0);
	assert_string_equal(storms.storm[0].subject, "/a");
	r = report_at(13, "a");
	r->constraint = OOM_CONSTRAINT_UNKNOWN;
	assert_int_equal(add(r, 1), 0);
	assert_int_equal(add(report_at(14, "b"), 1), 1);
	r = report_at(15, "b");
	r->constraint = OOM_CONSTRAINT_UNKNOWN;
	assert_int_equal(add(r, 1), 1);
	assert_near(storms.storm[1].print_seconds, 3, 1e-9);
	/* a policy's own word is another cause */
	r = report_at(16, "b");
	r->constraint = OOM_CONSTRAINT_UNKNOWN;
	r->constraint_source = OOM_CONSTRAINT_PRINTED;
	assert_int_equal(add(r, 1), 2);
	/* what begins with a fragment learns its cause */
	r = report_at(1000, "a");
	r->constraint = OOM_CONSTRAINT_UNKNOWN;
	assert_int_equal(add(r, 1), 3);
	r = report_at(1001, "a");
	sample_memcg(r, "/b", 100, 0);
	assert_int_equal(add(r, 1), 3);
	assert_int_equal(storms.storm[3].constraint, OOM_CONSTRAINT_MEMCG);
	assert_string_equal(storms.storm[3].subject, "/b");
	assert_int_equal(add(report_at(1002, "b"), 1), 4);
}

static void test_without_a_clock(void **state)
{
	struct oom_report *r;

	memset(&storms, 0, sizeof(storms));
	for (int i = 0; i < 3; i++) {
		r = report_at(0, "a");
		r->first = r->last = (struct oom_stamp){ 0 };
		assert_int_equal(add(r, 1), 0);
	}
	sample_memcg(r, "/a", 100, 0);
	assert_int_equal(add(r, 1), 1);
	/* something else came in between */
	r->constraint = OOM_CONSTRAINT_NONE;
	assert_int_equal(add(r, 1), 2);
}

static void test_suppressed_and_group(void **state)
{
	struct oom_report *r = report_at(10, "a");

	memset(&storms, 0, sizeof(storms));
	sample_victim(r, 11, "b", MIB);
	sample_victim(r, 12, "b", MIB);
	r->victims_dropped = 2;
	r->trigger.suppressed = opt_u64_of(7);
	(void)add(r, 1);
	(void)add(r, 1);
	assert_int_equal(storms.storm[0].kills, 10);
	assert_int_equal(storms.storm[0].suppressed.value, 14);
	assert_string_equal(storms.storm[0].victim, "b");
	assert_int_equal(storms.storm[0].victim_kills, 4);
}

static void test_bound(void **state)
{
	memset(&storms, 0, sizeof(storms));
	for (int i = 0; i < OOM_STORMS; i++)
		assert_int_equal(add(report_at(i * 1000.0, "a"), 1), i);
	assert_int_equal(add(report_at(1e9, "a"), 1), UINT32_MAX);
	assert_int_equal(storms.dropped, 1);
	assert_int_equal(storms.reports, OOM_STORMS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_boots_apart),
		cmocka_unit_test(test_causes_apart),
		cmocka_unit_test(test_without_a_clock),
		cmocka_unit_test(test_suppressed_and_group),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
