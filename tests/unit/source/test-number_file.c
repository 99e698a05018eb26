/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "fake.h"
#include "unit.h"

#include "source/number_file.h"
#include "source/oom_settings.h"

static void test_forms(void **state)
{
	static const struct {
		enum number_form form;
		const char *in;
		int r;
		uint64_t value;
	} rows[] = {
		{ NUMBER_PLAIN, "7\n", 0, 7 },
		{ NUMBER_PLAIN, "-1\n", 0, UINT64_MAX },
		{ NUMBER_PLAIN, "7", 0, 7 },
		{ NUMBER_PLAIN, "", -EPROTO, 0 },
		{ NUMBER_PLAIN, "7 4\n", -EPROTO, 0 },
		{ NUMBER_PLAIN, "7\n4\n", -EPROTO, 0 },
		{ NUMBER_PLAIN, "18446744073709551616\n", -EPROTO, 0 },
		{ NUMBER_HEX, "0x0007\n", 0, 7 },
		{ NUMBER_HEX, "0xffffffffffffffff\n", 0, UINT64_MAX },
		{ NUMBER_HEX, "0x\n", -EPROTO, 0 },
		{ NUMBER_HEX, "7\n", -EPROTO, 0 },
		{ NUMBER_HEX, "0x0g\n", -EPROTO, 0 },
		{ NUMBER_HEX, "0x00000000000000001\n", -EPROTO, 0 },
		{ NUMBER_KIB, "67584\n", 0, 67584 * KIB },
		{ NUMBER_KIB, "18446744073709551615\n", -EPROTO, 0 },
		{ NUMBER_SWITCH, "Y\n", 0, 1 },
		{ NUMBER_SWITCH, "0\n", 0, 0 },
		{ NUMBER_SWITCH, "\n", -EPROTO, 0 },
		{ NUMBER_SWITCH, "YES\n", -EPROTO, 0 },
		{ NUMBER_ON, "on\n", 0, 1 },
		{ NUMBER_ON, "ratelimit\n", 0, 0 },
		{ NUMBER_ON, "", -EPROTO, 0 },
		{ NUMBER_NAME, "(null)\n", 0, 0 },
		{ NUMBER_NAME, "\n", 0, 0 },
		{ NUMBER_NAME, "efi_pstore\n", 0, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 0;

		assert_int_equal(number_file_parse(rows[i].in, strlen(rows[i].in), rows[i].form,
						   &value),
				 rows[i].r);
		assert_true(rows[i].r < 0 || value == rows[i].value);
	}
}

/* Missing, unreadable and known are three things. */
static void test_settings(void **state)
{
	struct fake x = { 0 };
	struct oom_settings s;

	fake_begin(&x);
	fake_file(&x, "proc/sys/vm/oom_dump_tasks", "1\n");
	fake_file(&x, "proc/sys/vm/panic_on_oom/is-a-directory", "");
	fake_file(&x, "proc/sys/vm/min_free_kbytes", "64\n");
	fake_file(&x, "proc/sys/kernel/panic", "-1\n");
	fake_file(&x, "proc/sys/kernel/sysrq", "many\n");
	fake_file(&x, "sys/class/watchdog/watchdog0/identity", "a\n");
	fake_file(&x, "sys/class/watchdog/watchdog1/identity", "b\n");
	fake_file(&x, "sys/class/watchdog/else/identity", "b\n");
	fake_open(&x);
	oom_settings_read(&x.root, &s);
	assert_true(opt_is_known(s.dump_tasks) && s.dump_tasks.value == 1);
	assert_int_equal(s.panic_on_oom.known, UNREADABLE);
	assert_int_equal(s.sysrq.known, UNREADABLE);
	assert_int_equal(s.kill_allocating_task.known, ABSENT);
	assert_int_equal(s.realtime.known, ABSENT);
	assert_true(s.min_free_bytes.value == 64 * KIB);
	assert_true((int64_t)s.panic_seconds.value == -1);
	assert_true(opt_is_known(s.watchdogs) && s.watchdogs.value == 2);
	fake_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
