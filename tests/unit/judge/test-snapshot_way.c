/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "judge/snapshot_way.h"

#define NONE                                                                                       \
	{                                                                                          \
		0                                                                                  \
	}

static void test_choice(void **state)
{
	static const struct {
		struct snapshot_facts facts;
		enum snapshot_method wish, method;
		const char *reason;
	} rows[] = {
		/* No limit is known. */
		{ { 8 * MIB, 20 * MIB }, SNAPSHOT_NONE, SNAPSHOT_COPY, "8 MiB or less" },
		{ { 9 * MIB, 20 * MIB }, SNAPSHOT_NONE, SNAPSHOT_FORK, "runs on" },
		{ { 9 * MIB, 20 * MIB }, SNAPSHOT_COPY, SNAPSHOT_COPY, "asked" },
		{ { 1 * MIB, 20 * MIB }, SNAPSHOT_FORK, SNAPSHOT_FORK, "asked" },
		/* A fork of 1 GiB takes 2 + 102.4 MiB of the target's limit. */
		{ { GIB, GIB, { 106 * MIB, KNOWN } }, SNAPSHOT_NONE, SNAPSHOT_FORK, "runs on" },
		{ { GIB, GIB, { 104 * MIB, KNOWN } }, SNAPSHOT_NONE, SNAPSHOT_COPY, "too short" },
		{ { GIB, GIB, { 104 * MIB, KNOWN } }, SNAPSHOT_FORK, SNAPSHOT_NONE, "" },
		/* The copy takes 1024 + 153.6 MiB of ours. */
		{ { GIB, GIB, NONE, { 1178 * MIB, KNOWN } }, SNAPSHOT_NONE, SNAPSHOT_FORK, "" },
		{ { GIB, GIB, NONE, { 1177 * MIB, KNOWN } }, SNAPSHOT_NONE, SNAPSHOT_NONE, "" },
		/* And both of what both are in. */
		{ { GIB, GIB, NONE, NONE, { 1283 * MIB, KNOWN } },
		  SNAPSHOT_NONE,
		  SNAPSHOT_FORK,
		  "" },
		{ { GIB, GIB, NONE, NONE, { 1281 * MIB, KNOWN } },
		  SNAPSHOT_NONE,
		  SNAPSHOT_COPY,
		  "too short" },
		{ { GIB, GIB, NONE, NONE, { 1100 * MIB, KNOWN } },
		  SNAPSHOT_NONE,
		  SNAPSHOT_NONE,
		  "" },
		{ { GIB, GIB, { 0, UNREADABLE } }, SNAPSHOT_NONE, SNAPSHOT_FORK, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *reason = NULL;
		const enum snapshot_method got =
			snapshot_choose(&rows[i].facts, rows[i].wish, &reason);

		if (got != rows[i].method || !reason || !strstr(reason, rows[i].reason))
			fail_msg("row %zu: %d '%s'", i, got, reason);
	}
}

static void test_short_of(void **state)
{
	struct snapshot_facts f = { GIB, GIB, { 10 * MIB, KNOWN }, { 10 * MIB, KNOWN } };

	assert_int_equal(snapshot_short_of(&f, SNAPSHOT_FORK), SHORT_OF_TARGET);
	assert_int_equal(snapshot_short_of(&f, SNAPSHOT_COPY), SHORT_OF_OWN);
	f.own_left = opt_u64_none(ABSENT);
	assert_int_equal(snapshot_short_of(&f, SNAPSHOT_COPY), SHORT_OF_NOTHING);
	f.common_left = opt_u64_of(GIB);
	assert_int_equal(snapshot_short_of(&f, SNAPSHOT_COPY), SHORT_OF_COMMON);
	/* The least of each part. */
	f.copy_bytes = f.resident_bytes = 0;
	assert_true(snapshot_need_of(&f, SNAPSHOT_FORK).target_bytes == 16 * MIB);
	assert_true(snapshot_need_of(&f, SNAPSHOT_COPY).target_bytes == 0);
	assert_true(snapshot_need_of(&f, SNAPSHOT_COPY).own_bytes == 16 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_short_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
