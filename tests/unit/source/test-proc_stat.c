/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/proc_stat.h"

#define REST                                                                                       \
	" S 1 7 7 1088 -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 93014 3133440 386 "                  \
	"18446744073709551615"

static int parse(const char *in, struct proc_stat *s)
{
	return proc_stat_parse(in, strlen(in), s);
}

static void test_comm_of_any_kind(void **state)
{
	static const struct {
		const char *in, *comm;
	} rows[] = {
		{ "42 (cat)" REST, "cat" },
		{ "42 ()" REST, "" },
		{ "42 ())" REST, ")" },
		{ "42 () R 1)" REST, ") R 1" },
		{ "42 (a) R 1 2 3 4)" REST, "a) R 1 2 3 4" },
		{ "42 (a\nb)" REST, "a\nb" },
		{ "42 (\033[2J\a)" REST, "\033[2J\a" },
		{ "42 (\xff\xfe)" REST, "\xff\xfe" },
		{ "42 ( ( )" REST, " ( " },
		{ "42 (kworker/u8:3-events_unbound)" REST, "kworker/u8:3-ev" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proc_stat s;

		assert_int_equal(parse(rows[i].in, &s), 0);
		assert_string_equal(s.comm, rows[i].comm);
		assert_int_equal(s.pid, 42);
		assert_int_equal(s.state, 'S');
		assert_int_equal(s.ppid, 1);
		assert_int_equal(s.session, 7);
		assert_int_equal(s.tty_nr, 4 << 8 | 64); /* ttyS0 */
		assert_true(s.flags == 4194304 && s.utime == 250 && s.stime == 50);
		assert_true(s.starttime_ticks == 93014);
	}
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"",
		"42",
		"42 (cat",
		"42 cat) S 1 7",
		"42 (cat)",
		"42 (cat) S",
		"0 (cat)" REST,
		"-1 (cat)" REST,
		"4294967338 (cat)" REST,
		"x (cat)" REST,
		"42 (cat) SS 1 7 7 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 93014 3",
		/* cut in or right after starttime: the number may be part of one */
		"42 (cat) S 1 7 7 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 93014",
		"42 (cat) S 1 7 7 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 -5 3",
		"42 (cat) S 1 7 7 0 -1 -4194304 1 0 0 0 250 50 0 0 20 0 1 0 5 3",
		"42 (cat) S 1 7 7 0 -1 4194304 1 0 0 0 -250 50 0 0 20 0 1 0 5 3",
		"42 (cat) S 1 7 7 x -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 5 3",
		"42 (cat) S 1 7 7 9999999999 -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 5 3",
		"42 (cat) S 9999999999 7 7 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 5 3",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proc_stat s = { .pid = 77 };

		if (parse(rows[i], &s) != -EPROTO)
			fail_msg("row %zu was taken", i);
		assert_int_equal(s.pid, 77);
	}
	struct proc_stat s;

	assert_int_equal(proc_stat_parse("42 (a\0b)" REST, sizeof("42 (a\0b)" REST) - 1, &s),
			 -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comm_of_any_kind),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
