/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a refusal says: this machine has no Yama, and a test cannot be every user. */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "act/seize.h"

static void test_reasons(void **state)
{
	static const struct {
		struct seize_refusal why;
		const char *says;
	} rows[] = {
		{ { .tracer = 77, .tracer_comm = "gdb", .scope = "1" }, "process 77 (gdb)" },
		{ { .tracer = 77 }, "process 77 (?)" },
		{ { .own_uid = 1000, .target_uid = 1000, .dumpable = true, .scope = "1" },
		  "kernel.yama.ptrace_scope is 1; run this as root" },
		{ { .own_uid = 1000, .target_uid = 1000, .dumpable = true, .scope = "2" },
		  "kernel.yama.ptrace_scope is 2; run this as root" },
		{ { .dumpable = true, .scope = "3" },
		  "forbids it to everyone until the next boot" },
		{ { .own_uid = 1000, .target_uid = 33, .dumpable = true, .scope = "1" },
		  "belongs to user 33" },
		{ { .own_uid = 1000, .target_uid = 1000 }, "not dumpable" },
		{ { .own_uid = 0, .other_user_namespace = true }, "another user namespace" },
		{ { .own_uid = 0, .dumpable = true }, "CAP_SYS_PTRACE is missing" },
		{ { .own_uid = 0, .dumpable = true, .scope = "1" }, "CAP_SYS_PTRACE is missing" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seize_refusal why = rows[i].why;
		struct fault f = { 0 };

		why.pid = 4711;
		why.err = -EPERM;
		assert_int_equal(seize_refused(&why, &f), -EPERM);
		assert_non_null(strstr(f.what, "process 4711"));
		if (!strstr(f.what, rows[i].says))
			fail_msg("'%s' does not say '%s'", f.what, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_reasons) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
