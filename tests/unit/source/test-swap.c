/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/swap.h"

#define HEAD "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static void test_areas(void **state)
{
	static const char in[] =
		HEAD "/dev/zram0                              partition\t1024\t\t24\t"
		     "\t100\n/swap\\040file file 10 0 -2\n";
	struct text rest = text_of(in, sizeof(in) - 1), device;
	struct swap_area a;

	assert_int_equal(swaps_next(&rest, &a), 1);
	assert_true(a.size_bytes == 1024 * KIB && a.used_bytes == 24 * KIB);
	assert_true(swap_area_zram(&a, &device));
	assert_true(text_is(device, "zram0"));
	assert_int_equal(swaps_next(&rest, &a), 1);
	assert_true(text_is(a.name, "/swap\\040file"));
	assert_false(swap_area_zram(&a, &device));
	assert_int_equal(swaps_next(&rest, &a), 0);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"/dev/sda1\n",
		"/dev/sda1 partition 5\n",
		"/dev/sda1 partition 5 6 -2\n",
		"/dev/sda1 partition -5 0 -2\n",
		"/dev/sda1 partition 99999999999999999999 0 -2\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text rest = text_of(rows[i], strlen(rows[i]));
		struct swap_area a;

		assert_int_equal(swaps_next(&rest, &a), -EPROTO);
	}
}

/* A name becomes part of a path below /sys: only digits may follow "zram". */
static void test_zram_names(void **state)
{
	static const char *const rows[] = {
		"/dev/zram", "/dev/zram../../x", "/dev/zram0/..", "zram0", "/dev/zramX", "/dev/sda",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct swap_area a = { .name = text_of(rows[i], strlen(rows[i])) };
		struct text device;

		assert_false(swap_area_zram(&a, &device));
	}
}

static void test_mm_stat(void **state)
{
	static const char *const bad[] = { "", "1 2\n", "1 2 x\n", "1 -2 3\n", "1\n2\n3\n" };
	struct zram z;

	assert_int_equal(zram_parse("  4096 74 12288 0 12288 0 0 0 0\n", 33, &z), 0);
	assert_true(z.data_bytes == 4096 && z.used_bytes == 12288);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(zram_parse(bad[i], strlen(bad[i]), &z), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_areas),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_zram_names),
		cmocka_unit_test(test_mm_stat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
