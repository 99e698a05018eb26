/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/zoneinfo.h"

#define ZONE(name, count)                                                                          \
	"Node 0, zone " name "\n  pages free     3840\n        min      60\n        low      75\n" \
	"        high     90\n        protection: (0, 2990)\n  pagesets\n    cpu: 0\n"             \
	"              count:    " count "\n              high:     378\n"                         \
	"              batch:    63\n              high_min: 1\n"

static void test_sums(void **state)
{
	static const char in[] = ZONE("DMA32", "7") ZONE("Normal", "100");
	struct zoneinfo z;

	assert_int_equal(zoneinfo_parse(in, sizeof(in) - 1, &z), 0);
	assert_true(z.pcp_pages == 107);
	/* "high:" of a pageset is not the watermark "high". */
	assert_true(z.min_pages == 120 && z.low_pages == 150 && z.high_pages == 180);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"",
		"min 1\n",
		ZONE("DMA", "-1"),
		ZONE("DMA", "x"),
		ZONE("DMA", "1 2"),
		ZONE("DMA", ""),
		ZONE("A", "18446744073709551615") ZONE("B", "1"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct zoneinfo z;

		assert_int_equal(zoneinfo_parse(rows[i], strlen(rows[i]), &z), -EPROTO);
	}
}

/* What show_mem prints: nodes, and zones with pages. */
static void test_populated(void **state)
{
	static const char in[] = "Node 0, zone DMA\n        present 3998\n"
				 "Node 0, zone Movable\n        present 0\n"
				 "Node 1, zone Normal\n        present 12\n";
	struct zoneinfo z;

	assert_int_equal(zoneinfo_parse(in, sizeof(in) - 1, &z), 0);
	assert_true(z.nodes == 2 && z.populated_zones == 2);
	assert_int_equal(zoneinfo_parse("Node 0, zone DMA\n", 17, &z), 0);
	assert_true(z.nodes == 1 && z.populated_zones == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_populated),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
