/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/proc_status.h"

#define HEAD "Name:\tx\\ny\nState:\tS (sleeping)\nTgid:\t42\nPPid:\t1\nUid:\t0\t1000\t0\t0\n"
#define MM                                                                                         \
	"VmSize:\t  400 kB\nVmRSS:\t 60 kB\nRssAnon:\t 10 kB\nRssFile:\t 30 kB\nRssShmem:\t 20 "   \
	"kB\n"                                                                                     \
	"VmData:\t 100 kB\nVmPTE:\t 44 kB\nVmSwap:\t 5 kB\n"

static int parse(const char *in, struct proc_status *s)
{
	return proc_status_parse(in, strlen(in), s);
}

static void test_process(void **state)
{
	struct proc_status s;

	assert_int_equal(parse(HEAD MM "Threads:\t3\nSigQ:\t0/96365\n", &s), 0);
	assert_int_equal(s.state, 'S');
	assert_int_equal(s.ppid, 1);
	assert_true(s.uid == 1000 && s.threads == 3);
	assert_true(s.rss_anon_bytes.value == 10 * KIB && s.swap_bytes.value == 5 * KIB);
	assert_true(s.vm_size_bytes.value == 400 * KIB && s.vm_data_bytes.value == 100 * KIB);
}

static void test_without_memory(void **state)
{
	struct proc_status s;

	assert_int_equal(parse(HEAD "Threads:\t1\n", &s), 0);
	assert_int_equal(s.rss_anon_bytes.known, ABSENT);
	/* before 4.5 */
	assert_int_equal(parse(HEAD "VmRSS:\t 60 kB\nThreads:\t1\n", &s), 0);
	assert_true(opt_is_known(s.rss_bytes) && !opt_is_known(s.rss_anon_bytes));
}

/* The kernel escapes newline and backslash in Name, so it cannot forge a line. Other bytes go
 * through as they are. */
static void test_name_cannot_forge(void **state)
{
	struct proc_status s;

	assert_int_equal(parse("Name:\tRssAnon: 9 kB\nState:\tR (running)\nPPid:\t1\n"
			       "Uid:\t0\t0\t0\t0\nThreads:\t1\n",
			       &s),
			 0);
	assert_int_equal(s.rss_anon_bytes.known, ABSENT);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"",
		HEAD,
		"State:\tS (sleeping)\nPPid:\t1\nThreads:\t1\n",
		"State:\tS (sleeping)\nUid:\t0\t0\t0\t0\nThreads:\t1\n",
		"PPid:\t1\nUid:\t0\t0\t0\t0\nThreads:\t1\n",
		HEAD "State:\tR (running)\nThreads:\t1\n",
		HEAD "Uid:\t0\t0\t0\t0\nThreads:\t1\n",
		HEAD "Threads:\t1\nThreads:\t1\n",
		HEAD "Threads:\t-1\n",
		HEAD "Threads:\t1 kB\n",
		HEAD "Threads:\t4294967296\n",
		HEAD MM "VmSwap:\t5 kB\nThreads:\t1\n",
		HEAD "RssAnon:\t5 MB\nThreads:\t1\n",
		HEAD "RssAnon:\t5\nThreads:\t1\n",
		HEAD "RssAnon:\t-5 kB\nThreads:\t1\n",
		HEAD "VmRSS:\t5 kB\nRssAnon:\t3 kB\nRssFile:\t3 kB\nThreads:\t1\n",
		HEAD "VmRSS:\t5 kB\nRssAnon:\t18014398509481983 kB\nRssFile:\t9 kB\nThreads:\t1\n",
		"State:\tSS\nPPid:\t1\nUid:\t0\t0\t0\t0\nThreads:\t1\n",
		"State:\t\nPPid:\t1\nUid:\t0\t0\t0\t0\nThreads:\t1\n",
		"State:\tS\nPPid:\t1\nUid:\t0\nThreads:\t1\n",
		"State:\tS\nPPid:\t1\nUid:\t0\t4294967296\t0\t0\nThreads:\t1\n",
		"State:\tS\nPPid:\t2147483648\nUid:\t0\t0\t0\t0\nThreads:\t1\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proc_status s = { .uid = 77 };

		if (parse(rows[i], &s) != -EPROTO)
			fail_msg("row %zu was taken", i);
		assert_true(s.uid == 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_name_cannot_forge),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
