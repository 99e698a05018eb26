/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/oom_gfp.h"

static const struct kernel_version v3_10 = { 3, 10 }, v4_8 = { 4, 8 }, v4_15 = { 4, 15 },
				   v4_18 = { 4, 18 }, v5_4 = { 5, 4 }, v6_16 = { 6, 16 },
				   unknown = { 0 };

static void check(uint64_t mask, struct kernel_version v, enum gfp_layout layout, const char *names)
{
	char text[400];
	struct strbuf out = STRBUF(text);

	assert_int_equal(gfp_layout_of_mask(mask), layout);
	if (kernel_version_known(v))
		assert_int_equal(gfp_layout_of_version(v), layout);
	gfp_decode(mask, layout, v, &out);
	assert_string_equal(text, names);
}

/* The number alone tells where its bits are; the names are those that such a kernel prints. */
static void test_decode(void **state)
{
	check(0xd0, v3_10, GFP_LAYOUT_WAIT, "GFP_KERNEL");
	check(0x201da, v3_10, GFP_LAYOUT_WAIT, "GFP_HIGHUSER_MOVABLE|__GFP_COLD");
	check(0x280da, v3_10, GFP_LAYOUT_WAIT, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO");
	check(0x3000d0, v3_10, GFP_LAYOUT_WAIT, "GFP_KERNEL|__GFP_KMEMCG|__GFP_NOTRACK");
	check(0x24000c0, v4_8, GFP_LAYOUT_4_4, "GFP_KERNEL");
	check(0x24280ca, v4_8, GFP_LAYOUT_4_4, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO");
	/* write(2) into the page cache: WRITE is where 4.10 has KSWAPD_RECLAIM */
	check(0x34200ca, v4_8, GFP_LAYOUT_4_4, "GFP_HIGHUSER_MOVABLE|__GFP_WRITE");
	check(0x15000c0, v4_15, GFP_LAYOUT_4_10, "GFP_KERNEL_ACCOUNT");
	check(0x14280ca, v4_15, GFP_LAYOUT_4_10, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO");
	check(0x6200ca, v4_18, GFP_LAYOUT_4_18, "GFP_HIGHUSER_MOVABLE");
	check(0x6000c0, v4_18, GFP_LAYOUT_4_18, "GFP_KERNEL");
	check(0xcc0, v5_4, GFP_LAYOUT_5_1, "GFP_KERNEL");
	check(0x100dca, v5_4, GFP_LAYOUT_5_1, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO");
	check(0x101c4a, v5_4, GFP_LAYOUT_5_1,
	      "GFP_NOFS|__GFP_HIGHMEM|__GFP_HARDWALL|__GFP_MOVABLE|__GFP_WRITE");
	check(0x400dc0, v5_4, GFP_LAYOUT_5_1, "GFP_KERNEL_ACCOUNT|__GFP_ZERO");
	check(0x1100cca, (struct kernel_version){ 5, 15 }, GFP_LAYOUT_5_1, "GFP_HIGHUSER_MOVABLE");
	check(0x140dca, v5_4, GFP_LAYOUT_5_1, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO");
	check(0x140dca, v6_16, GFP_LAYOUT_5_1, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP");
	check(0x2100cca, v6_16, GFP_LAYOUT_5_1, "GFP_HIGHUSER_MOVABLE");
}

static void test_decode_leaves_numbers(void **state)
{
	char text[400];
	struct strbuf out = STRBUF(text);

	/* 0x100000 was KMEMCG, then NOACCOUNT: without a version it stays a number */
	gfp_decode(0x1000d0, GFP_LAYOUT_WAIT, unknown, &out);
	assert_string_equal(text, "GFP_KERNEL|0x100000");
	strbuf_clear(&out);
	gfp_decode(UINT64_C(0x8000000000000cc0), GFP_LAYOUT_5_1, v6_16, &out);
	assert_string_equal(text, "GFP_KERNEL|0x8000000000000000");
	strbuf_clear(&out);
	gfp_decode(0, GFP_LAYOUT_5_1, v6_16, &out);
	assert_string_equal(text, "");
}

static void test_layout_unknown(void **state)
{
	assert_int_equal(gfp_layout_of_mask(0), GFP_LAYOUT_UNKNOWN);
	assert_int_equal(gfp_layout_of_mask(0x20), GFP_LAYOUT_UNKNOWN); /* may not wait */
	assert_int_equal(gfp_layout_of_mask(UINT64_MAX), GFP_LAYOUT_UNKNOWN);
	assert_int_equal(gfp_layout_of_version(unknown), GFP_LAYOUT_UNKNOWN);
	assert_int_equal(gfp_layout_of_version((struct kernel_version){ 2, 6 }), GFP_LAYOUT_WAIT);
	assert_int_equal(gfp_layout_of_version((struct kernel_version){ 4, 3 }), GFP_LAYOUT_WAIT);
	assert_int_equal(gfp_layout_of_version((struct kernel_version){ 5, 0 }), GFP_LAYOUT_4_18);
	assert_int_equal(gfp_layout_of_version((struct kernel_version){ 9, 0 }), GFP_LAYOUT_5_1);
}

static void check_span(const char *names, uint32_t since_major, uint32_t since_minor,
		       uint32_t before_major, uint32_t before_minor)
{
	struct kernel_span s = gfp_names_span(names);

	assert_int_equal(s.since.major, since_major);
	assert_int_equal(s.since.minor, since_minor);
	assert_int_equal(s.before.major, before_major);
	assert_int_equal(s.before.minor, before_minor);
}

static void test_names_date_the_kernel(void **state)
{
	check_span("GFP_KERNEL", 4, 6, 0, 0);
	check_span("GFP_KERNEL|__GFP_REPEAT", 4, 6, 4, 13);
	check_span("GFP_HIGHUSER_MOVABLE|__GFP_COLD", 4, 6, 4, 15);
	check_span("GFP_KERNEL|__GFP_RETRY_MAYFAIL|__GFP_NOTRACK", 4, 13, 4, 15);
	check_span("GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP", 6, 13, 0, 0);
	check_span("GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO", 4, 6, 6, 14);
	check_span("|||", 4, 6, 0, 0);
}

static void test_meaning(void **state)
{
	struct gfp_meaning m = gfp_meaning_of("", true, 0x201da);

	assert_int_equal(m.zone, GFP_ZONE_MOVABLE);
	assert_true(m.movable);
	m = gfp_meaning_of("", true, 0xd0);
	assert_int_equal(m.zone, GFP_ZONE_NORMAL);
	assert_false(m.movable);
	/* the names go before the number */
	m = gfp_meaning_of("GFP_KERNEL|GFP_DMA32", true, 0x201da);
	assert_int_equal(m.zone, GFP_ZONE_DMA32);
	m = gfp_meaning_of("GFP_NOFS|__GFP_HIGHMEM|__GFP_HARDWALL|__GFP_MOVABLE", false, 0);
	assert_int_equal(m.zone, GFP_ZONE_MOVABLE);
	m = gfp_meaning_of("GFP_HIGHUSER", false, 0);
	assert_int_equal(m.zone, GFP_ZONE_HIGHMEM);
	assert_int_equal(gfp_meaning_of("", false, 0).zone, GFP_ZONE_UNKNOWN);
	assert_int_equal(gfp_meaning_of("", true, 0).zone, GFP_ZONE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),	       cmocka_unit_test(test_decode_leaves_numbers),
		cmocka_unit_test(test_layout_unknown), cmocka_unit_test(test_names_date_the_kernel),
		cmocka_unit_test(test_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
