/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "fake.h"
#include "unit.h"

#include "source/conf_files.h"
#include "source/journald_conf.h"

static struct journald_conf parse(const char *in)
{
	struct journald_conf c;

	journald_conf_default(&c);
	journald_conf_parse(in, strlen(in), &c);
	return c;
}

static void test_keys(void **state)
{
	struct journald_conf c = parse("[Journal]\nStorage=persistent\nRateLimitIntervalSec=1min\n"
				       "RateLimitBurst=500\nForwardToConsole=yes\n"
				       "TTYPath=/dev/ttyS1\nMaxLevelConsole=debug\nUnknown=1\n");

	assert_int_equal(c.storage, STORAGE_PERSISTENT);
	assert_true(c.rate_limit_seconds == 60 && c.rate_limit_burst == 500);
	assert_false(c.rate_limit_default);
	assert_true(c.forward_to_console && c.max_level_console == 7);
	assert_string_equal(c.tty, "ttyS1");
	assert_int_equal(c.bad, 0);
}

/* A bad value leaves what was there before. */
static void test_bad_values(void **state)
{
	static const char *const rows[] = {
		"[Journal]\nStorage=somewhere\n",
		"[Journal]\nRateLimitIntervalSec=soon\n",
		"[Journal]\nRateLimitBurst=-1\n",
		"[Journal]\nForwardToConsole=maybe\n",
		"[Journal]\nForwardToConsole=\n",
		"[Journal]\nMaxLevelConsole=8\n",
		"[Journal]\nTTYPath=ttyS1\n",
		"[Journal]\nTTYPath=/dev/nameoftoomanycharactersreally\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct journald_conf c = parse(rows[i]);

		assert_int_equal(c.bad, 1);
		assert_true(c.rate_limit_default && c.rate_limit_burst == 10000);
		assert_true(c.storage == STORAGE_AUTO && !c.forward_to_console);
		assert_string_equal(c.tty, "console");
	}
	assert_false(
		parse("ForwardToConsole=yes\n[Other]\nForwardToConsole=yes\n").forward_to_console);
	assert_true(parse("[Journal]\nForwardToConsole=yes").forward_to_console);
}

static void test_files(void **state)
{
	struct fake x = { 0 };
	struct log_daemon d = { 0 };

	fake_begin(&x);
	fake_open(&x);
	journald_conf_read(&x.root, &d);
	assert_true(d.rate_limit_default && d.rate_limit_burst.value == 10000);
	assert_true(opt_is_known(d.persistent) && !d.persistent.value);

	fake_file(&x, "etc/systemd/journald.conf", "[Journal]\nForwardToConsole=yes\n");
	fake_file(&x, "usr/lib/systemd/journald.conf.d/10-limit.conf",
		  "[Journal]\nRateLimitIntervalSec=0\n");
	fake_file(&x, "var/log/journal/README", "");
	d = (struct log_daemon){ 0 };
	journald_conf_read(&x.root, &d);
	assert_int_equal(d.rate_limit_burst.known, ABSENT);
	assert_true(d.persistent.value == 1 && d.forwards_to_console.value == 1);
	assert_string_equal(d.console, "console");
	assert_string_equal(d.evidence, "/etc/systemd/journald.conf: ForwardToConsole");

	fake_file(&x, "run/systemd/journald.conf.d/20-off.conf",
		  "[Journal]\nForwardToConsole=no\nStorage=volatile\n");
	d = (struct log_daemon){ 0 };
	journald_conf_read(&x.root, &d);
	assert_true(!d.persistent.value && !d.forwards_to_console.value && !d.evidence[0]);

	fake_file(&x, "etc/systemd/journald.conf.d/30-x.conf/is-a-directory", "");
	journald_conf_read(&x.root, &d);
	assert_int_equal(d.forwards_to_console.known, UNREADABLE);
	fake_end(&x);
}

/* What we did not see may decide. */
static void test_too_many(void **state)
{
	struct fake x = { 0 };
	struct log_daemon d = { 0 };
	char path[64];

	fake_begin(&x);
	for (int i = 0; i <= CONF_FILES_MAX; i++) {
		(void)snprintf(path, sizeof(path), "etc/systemd/journald.conf.d/%03d.conf", i);
		fake_file(&x, path, "[Journal]\nForwardToConsole=no\n");
	}
	fake_open(&x);
	journald_conf_read(&x.root, &d);
	assert_int_equal(d.forwards_to_console.known, UNREADABLE);
	fake_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
