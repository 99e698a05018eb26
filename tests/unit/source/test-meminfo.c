/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/meminfo.h"

#define BASE "MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 500 kB\n"
#define SWAP "SwapTotal: 100 kB\nSwapFree: 40 kB\n"

static void test_full(void **state)
{
	static const char in[] = BASE "Cached:   60624 kB\n" SWAP
				      "Zswap: 1 kB\nZswapped: 3 kB\nAnonPages: 15952 kB\n"
				      "HugePages_Total:       0\nShmem: 8788 kB\n";
	struct meminfo m;

	assert_int_equal(meminfo_parse(in, sizeof(in) - 1, &m, NULL), 0);
	assert_true(m.total_bytes == 1000 * KIB && m.free_bytes == 200 * KIB);
	assert_true(m.available_bytes == 500 * KIB);
	assert_true(m.swap_free_bytes.value == 40 * KIB && opt_is_known(m.swap_free_bytes));
	assert_true(m.zswapped_bytes.value == 3 * KIB);
	assert_true(m.shmem_bytes.value == 8788 * KIB);
	assert_int_equal(m.percpu_bytes.known, ABSENT);
}

static void test_rejected(void **state)
{
	static const struct {
		const char *in, *says;
	} rows[] = {
		{ "", "no MemTotal" },
		{ "MemTotal: 0 kB\nMemFree: 0 kB\nMemAvailable: 0 kB\n", "no MemTotal" },
		{ "MemTotal: 9 kB\nMemAvailable: 5 kB\n", "no MemFree" },
		{ "MemTotal: 9 kB\nMemFree: 5 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
		  "no MemAvailable" },
		{ BASE "MemTotal: 1000 kB\n", "double" },
		{ BASE "Shmem: -1 kB\n", "NAME: N kB" },
		{ BASE "Shmem: 1 MB\n", "NAME: N kB" },
		{ BASE "Shmem: 1\n", "NAME: N kB" },
		{ BASE "Shmem:\n", "NAME: N kB" },
		{ BASE "Shmem: 1 kB kB\n", "NAME: N kB" },
		{ BASE "Shmem: 18014398509481984 kB\n", "NAME: N kB" },
		{ "MemTotal: 1 kB\nMemFree: 2 kB\nMemAvailable: 1 kB\n", "MemFree is larger" },
		{ "MemTotal: 1 kB\nMemFree: 1 kB\nMemAvailable: 2 kB\n", "MemAvailable is larger" },
		{ BASE "SwapTotal: 1 kB\nSwapFree: 2 kB\n", "SwapFree is larger" },
		{ BASE "SwapTotal: 1 kB\n", "one swap line" },
		{ BASE "SwapFree: 1 kB\n", "one swap line" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct meminfo m = { .total_bytes = 77 };
		struct fault f = { 0 };

		assert_int_equal(meminfo_parse(rows[i].in, strlen(rows[i].in), &m, &f), -EPROTO);
		assert_int_equal(f.err, -EPROTO);
		if (!strstr(f.what, rows[i].says))
			fail_msg("'%s' does not say '%s'", f.what, rows[i].says);
		assert_true(m.total_bytes == 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
