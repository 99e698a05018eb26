/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/cgroup_files.h"

static void test_numbers(void **state)
{
	static const struct {
		const char *in;
		int r;
		enum known known;
		uint64_t value;
	} rows[] = {
		{ "0\n", 0, KNOWN, 0 },
		{ "4096\n", 0, KNOWN, 4096 },
		{ "max\n", 0, ABSENT, 0 },
		{ "9223372036854771712\n", 0, ABSENT, 0 }, /* v1, 4 KiB pages */
		{ "9223372036854710272\n", 0, ABSENT, 0 }, /* v1, 64 KiB pages */
		{ "", -EPROTO },
		{ "\n", -EPROTO },
		{ "-1\n", -EPROTO },
		{ "maximum\n", -EPROTO },
		{ "1\n2\n", -EPROTO },
		{ "1 2\n", -EPROTO },
		{ "99999999999999999999\n", -EPROTO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct opt_u64 v = { 0 };

		assert_int_equal(cgroup_number_parse(rows[i].in, strlen(rows[i].in), &v),
				 rows[i].r);
		assert_int_equal(v.known, rows[i].known);
		assert_true(v.value == rows[i].value);
	}
}

static int stat_parse(const char *in, enum cgroup_version v, struct cgroup_stat *ret)
{
	return cgroup_stat_parse(in, strlen(in), v, ret);
}

static void test_stat(void **state)
{
	struct cgroup_stat s;

	assert_int_equal(
		stat_parse("anon 7\nfile 900\nshmem 50\ninactive_file 100\nactive_file 20\n"
			   "slab_reclaimable 3\n",
			   CGROUP_V2, &s),
		0);
	assert_true(s.anon_bytes.value == 7 && s.shmem_bytes.value == 50);
	assert_true(s.reclaimable_bytes.value == 123);
	/* v1: the own numbers are not those of the descendants */
	assert_int_equal(
		stat_parse("rss 1\ninactive_file 1\nactive_file 1\nhierarchical_memory_limit 5\n"
			   "total_rss 10\ntotal_inactive_file 20\ntotal_active_file 30\n",
			   CGROUP_V1, &s),
		0);
	assert_true(s.anon_bytes.value == 10 && s.reclaimable_bytes.value == 50);
	assert_int_equal(s.shmem_bytes.known, ABSENT);
	assert_int_equal(stat_parse("anon 7\n", CGROUP_V2, &s), 0);
	assert_int_equal(s.reclaimable_bytes.known, ABSENT);
	assert_int_equal(stat_parse("anon 7\nanon 7\n", CGROUP_V2, &s), -EPROTO);
	assert_int_equal(stat_parse("anon -7\n", CGROUP_V2, &s), -EPROTO);
	assert_int_equal(stat_parse("inactive_file 18446744073709551615\nactive_file 1\n",
				    CGROUP_V2, &s),
			 -EPROTO);
}

static void test_events(void **state)
{
	static const char v2[] = "low 0\nhigh 5\nmax 9\noom 2\noom_kill 1\n";
	static const char v1[] = "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n";
	struct opt_u64 v;

	assert_int_equal(cgroup_oom_kill_parse(v2, sizeof(v2) - 1, &v), 0);
	assert_true(v.value == 1);
	assert_int_equal(cgroup_oom_kill_parse(v1, sizeof(v1) - 1, &v), 0);
	assert_true(v.value == 4);
	assert_int_equal(cgroup_oom_kill_parse("under_oom 0\n", 12, &v), 0);
	assert_int_equal(v.known, ABSENT);
	assert_int_equal(cgroup_oom_kill_parse("oom_kill x\n", 11, &v), -EPROTO);
}

static void test_controllers(void **state)
{
	assert_true(cgroup_controllers_have_memory(TEXT("cpuset cpu io memory pids\n")));
	assert_false(cgroup_controllers_have_memory(TEXT("cpuset memoryx\n")));
	assert_false(cgroup_controllers_have_memory(TEXT("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_controllers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
