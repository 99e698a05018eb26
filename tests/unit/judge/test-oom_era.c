/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/oom_era.h"
#include "oom_sample.h"

static void assert_version(struct kernel_version v, uint32_t major, uint32_t minor)
{
	assert_int_equal(v.major, major);
	assert_int_equal(v.minor, minor);
}

/* A table without anything else: its header alone. */
static void check_header(uint32_t columns, struct kernel_span span, struct kernel_version newest,
			 enum oom_badness_rule rule, bool assumed)
{
	struct oom_report *r = sample();
	struct oom_era e;
	bool a;

	r->columns = columns;
	oom_era_of(r, &e);
	assert_version(e.shape.since, span.since.major, span.since.minor);
	assert_version(e.shape.before, span.before.major, span.before.minor);
	assert_version(e.version, newest.major, newest.minor);
	assert_false(e.version_told);
	assert_int_equal(oom_era_badness(r, &e, &a), rule);
	assert_int_equal(a, assumed);
}

static void test_header_dates(void **state)
{
	check_header(COLUMNS_2_6_36, (struct kernel_span){ { 2, 6 }, { 3, 8 } },
		     (struct kernel_version){ 3, 7 }, OOM_BADNESS_ROOT_30, true);
	check_header(COLUMNS_3_8, (struct kernel_span){ { 3, 8 }, { 4, 0 } },
		     (struct kernel_version){ 3, 19 }, OOM_BADNESS_ROOT_3_PERCENT, true);
	check_header(COLUMNS_4_0, (struct kernel_span){ { 4, 0 }, { 4, 15 } },
		     (struct kernel_version){ 4, 14 }, OOM_BADNESS_ROOT_3_PERCENT, false);
	check_header(COLUMNS_4_15, (struct kernel_span){ { 4, 15 }, { 6, 8 } },
		     (struct kernel_version){ 6, 7 }, OOM_BADNESS_SIGNED, true);
	check_header(COLUMNS_6_8, (struct kernel_span){ { 6, 8 }, { 0 } },
		     (struct kernel_version){ 0 }, OOM_BADNESS_SIGNED, false);
}

static void test_nothing_known(void **state)
{
	struct oom_report *r = sample();
	struct oom_era e;
	bool assumed;

	oom_era_of(r, &e);
	assert_version(e.version, 0, 0);
	assert_version(e.shape.since, 0, 0);
	assert_int_equal(oom_era_badness(r, &e, &assumed), OOM_BADNESS_SIGNED);
	assert_true(assumed);
}

/* 4.18 that prints what 5.0 and 5.4 print: the shape is believed, the version is told. */
static void test_vendor_kernel(void **state)
{
	struct oom_report *r = sample();
	struct oom_era e;
	bool assumed;

	sample_kernel(r, 4, 18, COLUMNS_4_15);
	r->constraint_source = OOM_CONSTRAINT_PRINTED;
	sample_victim(r, 10, "x", MIB)->pgtables_bytes = opt_u64_of(4096);
	oom_era_of(r, &e);
	assert_version(e.version, 4, 18);
	assert_version(e.shape.since, 5, 4);
	assert_true(e.vendor);
	assert_int_equal(oom_era_badness(r, &e, &assumed), OOM_BADNESS_PLAIN);
	assert_false(assumed);
	/* the same lines of the kernel that they are from */
	r->version = (struct kernel_version){ 5, 14 };
	oom_era_of(r, &e);
	assert_false(e.vendor);
	assert_int_equal(oom_era_badness(r, &e, &assumed), OOM_BADNESS_SIGNED);
}

/* 2.6.32 of RHEL 6 has oom_score_adj; that of kernel.org has not. */
static void test_2_6(void **state)
{
	struct oom_report *r = sample();
	struct oom_era e;
	bool assumed;

	sample_kernel(r, 2, 6, COLUMNS_2_6_36);
	(void)snprintf(r->release, sizeof(r->release), "2.6.32-100.el6");
	oom_era_of(r, &e);
	assert_int_equal(oom_era_badness(r, &e, &assumed), OOM_BADNESS_PERMILLE);
	r->columns = 0;
	oom_era_of(r, &e);
	assert_int_equal(oom_era_badness(r, &e, &assumed), OOM_BADNESS_CHILDREN);
	r->trigger.oom_score_adj = opt_i64_of(0);
	assert_int_equal(oom_era_badness(r, &e, &assumed), OOM_BADNESS_PERMILLE);
}

static void test_lines_narrow(void **state)
{
	struct oom_report *r = sample();
	struct oom_era e;

	r->columns = COLUMNS_4_15;
	r->choice.known = true;
	r->choice.score = opt_i64_of(500);
	r->trigger.gfp_mask = opt_u64_of(0x6200ca);
	oom_era_of(r, &e);
	assert_version(e.shape.since, 4, 18);
	assert_version(e.shape.before, 5, 1);
	assert_version(e.version, 5, 0);
	/* a contradiction is left out, and told only where there is a version to differ from */
	r->memory.pages.value[OOM_SEC_PAGETABLES] = opt_u64_of(1);
	oom_era_of(r, &e);
	assert_version(e.shape.before, 5, 1);
}

static void test_equals(void **state)
{
	struct oom_era e = { .version = { 5, 2 } };

	assert_false(oom_era_last_of_equals(&e));
	e.version.minor = 3;
	assert_true(oom_era_last_of_equals(&e));
	e.version = (struct kernel_version){ 0 };
	assert_true(oom_era_last_of_equals(&e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_dates),  cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_vendor_kernel), cmocka_unit_test(test_2_6),
		cmocka_unit_test(test_lines_narrow),  cmocka_unit_test(test_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
