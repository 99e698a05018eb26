/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "fake.h"
#include "unit.h"

#include "source/printk_settings.h"

static void test_levels(void **state)
{
	static const char *const bad[] = {
		"", "7\n", "7 4 1\n", "7 4 1 7 9\n", "7 4 1 x\n", "7 4 1 7\n1\n", "7 4\n1 7\n",
	};
	struct printk p = { 0 };

	assert_int_equal(printk_levels_parse("7\t4\t1\t7\n", 8, &p), 0);
	assert_true(p.console_loglevel.value == 7 && p.default_message_loglevel.value == 4);
	assert_true(p.minimum_console_loglevel.value == 1 && p.default_console_loglevel.value == 7);
	/* a level below 0 prints nothing more than level 0 does */
	assert_int_equal(printk_levels_parse("-5 4 1 7\n", 9, &p), 0);
	assert_true(opt_is_known(p.console_loglevel) && p.console_loglevel.value == 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(printk_levels_parse(bad[i], strlen(bad[i]), &p), -EPROTO);
}

static void test_config(void **state)
{
	static const char in[] = "# CONFIG_X is not set\nCONFIG_LOG_BUF_SHIFT=18\n"
				 "CONFIG_LOG_CPU_MAX_BUF_SHIFT=12\nCONFIG_PRINTK_CALLER=y\n";
	struct kernel_config c;

	assert_int_equal(kernel_config_parse(in, sizeof(in) - 1, &c), 0);
	assert_true(c.log_buf_shift.value == 18 && c.log_cpu_buf_shift.value == 12);
	assert_true(c.printk_caller.value == 1);
	assert_int_equal(c.quiet_loglevel.known, ABSENT);
	assert_int_equal(kernel_config_parse("CONFIG_PRINTK=y\n", 16, &c), 0);
	assert_true(opt_is_known(c.printk_caller) && !c.printk_caller.value);
	assert_int_equal(kernel_config_parse("", 0, &c), -EPROTO);
	assert_int_equal(kernel_config_parse("no configuration\n", 17, &c), -EPROTO);
	assert_int_equal(kernel_config_parse("CONFIG_LOG_BUF_SHIFT=64\n", 24, &c), -EPROTO);
	assert_int_equal(kernel_config_parse("CONFIG_LOG_BUF_SHIFT=x\n", 23, &c), -EPROTO);
}

/* kernel/printk/printk.c, log_buf_add_cpu and setup_log_buf. */
static void test_ring(void **state)
{
	static const struct {
		uint64_t shift, cpu_shift, log_buf_len;
		uint32_t cpus;
		uint64_t bytes;
	} rows[] = {
		{ 18, 12, 0, 1, 1 << 18 },	   { 18, 12, 0, 33, 1 << 18 },
		{ 18, 12, 0, 34, 1 << 19 },	   { 18, 12, 0, 256, 1 << 21 },
		{ 18, 12, 1 << 20, 256, 1 << 20 }, { 18, 12, 1 << 16, 4, 1 << 18 },
		{ 17, 12, 1 << 16, 256, 1 << 21 }, { 17, 12, 1 << 17, 256, 1 << 21 },
		{ 17, 12, 1 << 18, 0, 1 << 18 },
	};
	const struct kernel_config smp = { .log_buf_shift = opt_u64_of(14),
					   .log_cpu_buf_shift = opt_u64_of(12) },
				   up = { .log_buf_shift = opt_u64_of(14) };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kernel_config c = {
			.log_buf_shift = opt_u64_of(rows[i].shift),
			.log_cpu_buf_shift = opt_u64_of(rows[i].cpu_shift),
		};
		struct opt_u64 len = rows[i].log_buf_len ? opt_u64_of(rows[i].log_buf_len)
							 : opt_u64_none(ABSENT);

		assert_int_equal(ring_bytes_of(&c, len, rows[i].cpus).value, rows[i].bytes);
	}
	/* Nobody knows how many CPUs: that is no size, unless the kernel is for one. */
	assert_int_equal(ring_bytes_of(&smp, opt_u64_none(ABSENT), 0).known, UNREADABLE);
	assert_int_equal(ring_bytes_of(&smp, opt_u64_of(1 << 13), 0).known, UNREADABLE);
	assert_int_equal(ring_bytes_of(&up, opt_u64_none(ABSENT), 0).value, 1 << 14);
}

static void test_config_file(void **state)
{
	struct fake x = { 0 };
	struct kernel_config c;

	fake_begin(&x);
	fake_open(&x);
	kernel_config_read(&x.root, "6.1.0", &c);
	assert_int_equal(c.log_buf_shift.known, ABSENT);
	fake_file(&x, "proc/config.gz", "\x1f\x8b");
	kernel_config_read(&x.root, "6.1.0", &c);
	assert_int_equal(c.log_buf_shift.known, UNREADABLE);
	fake_file(&x, "usr/lib/modules/6.1.0/config", "CONFIG_LOG_BUF_SHIFT=17\n");
	kernel_config_read(&x.root, "6.1.0", &c);
	assert_true(c.log_buf_shift.value == 17);
	kernel_config_read(&x.root, "../6.1.0", &c);
	assert_int_equal(c.log_buf_shift.known, UNREADABLE);
	fake_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_config_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
