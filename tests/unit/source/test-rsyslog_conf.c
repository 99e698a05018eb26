/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "fake.h"
#include "unit.h"

#include "source/rsyslog_conf.h"

static void test_selectors(void **state)
{
	static const struct {
		const char *in;
		uint32_t mask;
	} rows[] = {
		{ "kern.*", 0xff },
		{ "*.*", 0xff },
		{ "*.emerg", 0x01 },
		{ "kern.err", 0x0f },
		{ "kern.=debug", 0x80 },
		{ "KERN.Warning", 0x1f },
		{ "mail,kern.info", 0x7f },
		{ "mail.*", 0 },
		{ "*.*;kern.none", 0 },
		{ "*.*;auth,authpriv.none", 0xff },
		{ "*.info;kern.!err", 0x70 },
		{ "*.=info;*.=notice", 0x60 },
		{ "kern.nonsense", 0 },
		{ "kern", 0 },
		{ "", 0 },
		{ ";.;", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(rsyslog_selector_kernel(text_of(rows[i].in, strlen(rows[i].in))),
				 rows[i].mask);
}

static struct rsyslog_conf parse(const char *in)
{
	struct rsyslog_conf c = { 0 };

	rsyslog_conf_parse(in, strlen(in), &c);
	return c;
}

static void test_actions(void **state)
{
	static const struct {
		const char *in, *console; /* NULL: none */
		uint32_t line;
		bool file;
	} rows[] = {
		{ "kern.* /dev/console\n", "console", 1, false },
		{ "# kern.* /dev/console\n", NULL, 0, false },
		{ "\nkern.*\t\t-/var/log/kern.log\n", NULL, 0, true },
		{ "*.emerg :omusrmsg:*\n", NULL, 0, false },
		{ "*.* :omusrmsg:*\n", "*", 1, false },
		{ "kern.warning *\n", "*", 1, false },
		{ "kern.* |/dev/xconsole\n", NULL, 0, false },
		{ "kern.* @loghost\n", NULL, 0, false },
		{ "mail.* /dev/console\n", NULL, 0, false },
		{ "kern.* /var/log/a\n& /dev/ttyS1\n", "ttyS1", 2, true },
		{ "mail.* /var/log/a\n& /dev/ttyS1\n", NULL, 0, false },
		{ "kern.* /dev/tty12;format\n", "tty12", 1, false },
		{ "kern.*   \\\n  /dev/console\n", "console", 1, false },
		{ "*.* action(type=\"omfile\" file=\"/dev/console\")\n", "console", 1, false },
		{ "action(type=\"omfile\"\n  file=\"/dev/ttyS0\")\n", "ttyS0", 1, false },
		{ "kern.* action(type=\"omusrmsg\" users=\"*\")", "*", 1, false },
		{ "kern.* action(type=\"omusrmsg\" users=\"root\")\n", NULL, 0, false },
		{ "*.* /dev/null\n", NULL, 0, false },
		{ "*.* /dev/nameoftoomanycharactersreally\n", NULL, 0, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rsyslog_conf c = parse(rows[i].in);

		assert_int_equal(c.to_console, rows[i].console != NULL);
		assert_string_equal(c.console, rows[i].console ? rows[i].console : "");
		assert_int_equal(c.console_line, rows[i].line);
		assert_int_equal(c.to_file, rows[i].file);
	}
}

/* Conditions are not evaluated: then it is only perhaps. */
static void test_conditions(void **state)
{
	static const char *const rows[] = {
		"if $syslogfacility-text == 'kern' then action(type=\"omfile\" "
		"file=\"/dev/console\")\n",
		"if $msg contains \"x\" then {\n  action(type=\"omfile\" "
		"file=\"/dev/console\")\n}\n",
		":msg, contains, \"oom\" action(type=\"omfile\" file=\"/dev/console\")\n",
		"if $syslogfacility-text == 'kern' then /dev/console\n",
		"if $syslogfacility-text == 'kern'\tthen\n\taction(type=\"omfile\" "
		"file=\"/dev/console\")\n",
		":msg, contains, \"a \\\"then\" /dev/console\n",
		":msg,contains,\"x\"  -/dev/console;format\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rsyslog_conf c = parse(rows[i]);

		assert_true(c.to_console_perhaps && !c.to_console);
		assert_string_equal(c.console, "console");
	}
	assert_false(parse("if $msg == ' then /dev/console' then stop\n").to_console_perhaps);
	assert_false(parse(":msg, contains, \"/dev/console\" stop\n").to_console_perhaps);
	assert_true(parse("if $x then {\n stop\n}\naction(file=\"/dev/console\")\n").to_console);
}

static void test_modules(void **state)
{
	struct rsyslog_conf c = parse("module(load=\"imklog\"\n  ratelimitInterval=\"5\" # five\n"
				      "  RateLimitBurst=\"7\" consoleloglevel=\"3\")\n");

	assert_true(c.imklog && c.imklog_rate_set);
	assert_true(c.imklog_seconds == 5 && c.imklog_burst == 7 && c.console_loglevel.value == 3);
	c = parse("$ModLoad imklog.so # comment\n$KLogConsoleLogLevel 8\n");
	assert_true(c.imklog && c.console_loglevel.value == 8 && !c.imklog_burst);
	c = parse("module(load=\"imjournal\" StateFile=\"x\")\n");
	assert_true(c.imjournal && c.imjournal_burst == 20000 && c.imjournal_seconds == 600);
	c = parse("$ModLoad imjournal\n$imjournalRatelimitBurst 5\n");
	assert_true(c.imjournal_burst == 5 && c.imjournal_seconds == 600);
	assert_false(parse("module(load=\"imuxsock\")\n").imklog);
	assert_false(parse("module(\"imklog\")\n").imklog);
}

static void test_hostile(void **state)
{
	static char line[8192];

	memset(line, '(', sizeof(line) - 1);
	assert_false(parse(line).to_console);
	memset(line, '}', sizeof(line) - 1);
	(void)parse(line);
	memset(line, 'a', sizeof(line) - 1);
	memcpy(line + sizeof(line) - 21, "\nkern.* /dev/console", 20);
	assert_true(parse(line).to_console);
}

static void test_files(void **state)
{
	struct fake x = { 0 };
	struct log_daemon d = { 0 };

	fake_begin(&x);
	fake_open(&x);
	rsyslog_conf_read(&x.root, &d);
	assert_int_equal(d.forwards_to_console.known, UNREADABLE);

	/* No input reads the kernel's records: nothing of them gets anywhere. */
	fake_file(&x, "etc/rsyslog.d/10-klog.conf", "\nmodule(load=\"imklog\")\n");
	fake_file(&x, "etc/rsyslog.conf", "*.* /dev/console\n");
	d = (struct log_daemon){ 0 };
	rsyslog_conf_read(&x.root, &d);
	assert_true(opt_is_known(d.forwards_to_console) && !d.forwards_to_console.value);

	/* Whatever another file may say is not known, and the other way round. */
	fake_file(&x, "etc/rsyslog.conf",
		  "include(file=\"/etc/more.conf\")\nmodule(load=\"imklog\")\n*.* /var/log/all\n");
	d = (struct log_daemon){ 0 };
	rsyslog_conf_read(&x.root, &d);
	assert_int_equal(d.forwards_to_console.known, UNREADABLE);
	assert_int_equal(d.console_loglevel.known, UNREADABLE);
	assert_true(opt_is_known(d.persistent) && d.persistent.value);

	fake_file(&x, "etc/rsyslog.conf",
		  "*.* /dev/console\n$IncludeConfig /etc/rsyslog.d/*.conf # all\n");
	fake_file(&x, "etc/rsyslog.d/50-file.conf", "*.* /var/log/all\n");
	d = (struct log_daemon){ 0 };
	rsyslog_conf_read(&x.root, &d);
	assert_true(d.forwards_to_console.value == 1 && d.persistent.value == 1);
	assert_string_equal(d.console, "console");
	assert_string_equal(d.evidence, "/etc/rsyslog.conf:1");
	assert_int_equal(d.rate_limit_burst.known, ABSENT);
	assert_true(d.rate_limit_default);

	fake_file(&x, "etc/rsyslog.conf",
		  "include(file=\"/etc/rsyslog.d/*.conf\" mode=\"optional\")\n");
	fake_file(&x, "etc/rsyslog.d/60-x.conf/is-a-directory", "");
	d = (struct log_daemon){ 0 };
	rsyslog_conf_read(&x.root, &d);
	assert_int_equal(d.forwards_to_console.known, UNREADABLE);
	assert_int_equal(d.persistent.value, 1);
	fake_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selectors),  cmocka_unit_test(test_actions),
		cmocka_unit_test(test_conditions), cmocka_unit_test(test_modules),
		cmocka_unit_test(test_hostile),	   cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
