/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of two equal reports is the same one, by host, time and the form of the log. */
#include <string.h>

#include "unit.h"

#include "source/oom_known.h"

#define MINUTE (UINT64_C(60) * 1000000)

static const struct {
	const char *origin[2], *form[2];
	uint64_t minutes; /* between them */
	uint64_t inputs;
	bool same;
} rows[] = {
	{ { "db1", "db1" }, { "Jun 20 12:00:00", "Jun 20 12:00:00" }, 0, 0, true },
	{ { "db1", "db1.nest.org" }, { "Jun 20 12:00:00", "Jun 20 12:00:00" }, 0, 0, true },
	{ { "db1", "db2" }, { "Jun 20 12:00:00", "Jun 20 12:00:00" }, 0, 0, false },
	{ { "db1", "" }, { "Jun 20 12:00:00", "Jun 20 12:00:00" }, 0, 0, true },
	{ { "db1", "db1" }, { "Jun 20 12:00:00", "Jun  2 12:15:00" }, 15, 0, false },
	{ { "db1", "db1" }, { "Jun 20 12:00:00", "2025-06-20T12:15:00Z" }, 15, 0, true },
	{ { "db1", "db1" }, { "Jun 20 12:00:00", "Jun 20 12:15:00" }, 15, 1, true },
	{ { "db1", "db1" }, { "Jun 20 12:00:00", "Jun 20 12:07:00" }, 7, 1, false },
};

static void test_same(void **state)
{
	static struct oom_known k;
	struct oom_victim v = { .pid = 71,
				.comm = "owl",
				.total_vm_bytes = opt_u64_of(9),
				.anon_rss_bytes = opt_u64_of(8),
				.file_rss_bytes = opt_u64_of(7) };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(&k, 0, sizeof(k));
		for (int n = 0; n < 2; n++) {
			struct oom_report r = { .victim = &v, .victim_count = 1 };
			const uint64_t usec = 7 * MINUTE + (n ? rows[i].minutes * MINUTE : 0);

			(void)snprintf(r.origin, sizeof(r.origin), "%s", rows[i].origin[n]);
			(void)snprintf(r.first.wall_text, sizeof(r.first.wall_text), "%s",
				       rows[i].form[n]);
			r.first.wall_usec = opt_u64_of(usec);
			k.input += n ? rows[i].inputs : 0;
			assert_int_equal(oom_known_again(&k, &r), n && rows[i].same);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
