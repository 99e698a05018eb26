/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "source/guard_config.h"

static struct guard_policy policy;
static struct config_report report;

static void parse_bytes(const char *text, size_t len)
{
	guard_policy_default(&policy);
	memset(&report, 0, sizeof(report));
	guard_config_parse(text, len, "a.conf", &policy, &report);
}

static void parse(const char *text)
{
	parse_bytes(text, strlen(text));
}

static void expect_error(const char *text, unsigned line, const char *what)
{
	parse(text);
	if (report.error_count != 1 || report.error[0].line != line ||
	    !strstr(report.error[0].text, what))
		fail_msg("'%s': %u errors, first: line %u: %s", text, report.error_count,
			 report.error[0].line, report.error[0].text);
	assert_string_equal(report.error[0].file, "a.conf");
}

/* --check-config prints what a file can say: read back it must give the same policy. */
static void test_every_key_goes_round(void **state)
{
	static char first[16384], second[16384], file[16384];
	struct strbuf a = STRBUF(first), b = STRBUF(second), f = STRBUF(file);
	struct text rest, line;

	parse("[scope]\nmatch = comm:a*\n[protect]\nmatch = unit:b\nmatch = uid:5\n"
	      "[prefer]\nmatch = cgroup:/x y\n[critical]\nmatch = session:9\noom_score_adj = -7\n"
	      "[ladder]\nterm_share = 12.5%\ngrace = 250ms\nnotify_command = echo \"$X\" | cat\n"
	      "[judge]\nnoise_floor = 3MiB\n[evidence]\nkeep = 3\n[guard]\ndecision_log =\n"
	      "[console]\nquiet = on\nlevel = 3\n");
	assert_int_equal(report.error_count, 0);
	guard_config_show(&policy, &a);
	assert_false(a.full);
	rest = text_of(a.buf, a.len);
	while (text_next_line(&rest, &line)) {
		const char *close = memchr(line.p, ']', line.n);

		/* "[section] key = value" becomes two lines */
		strbuf_add(&f, line.p, (size_t)(close + 1 - line.p));
		strbuf_putc(&f, '\n');
		strbuf_add(&f, close + 1, line.n - (size_t)(close + 1 - line.p));
		strbuf_putc(&f, '\n');
	}
	parse(file);
	assert_int_equal(report.error_count, 0);
	guard_config_show(&policy, &b);
	assert_string_equal(first, second);
	assert_true(policy.term_share == 0.125);
	assert_true(policy.grace_seconds == 0.25);
	assert_int_equal(policy.protect.count, 2);
	assert_int_equal(policy.protect.rule[1].number, 5);
	assert_string_equal(policy.prefer.rule[0].pattern, "/x y");
	assert_int_equal(policy.critical_oom_score_adj, -7);
	assert_int_equal(policy.growth.noise_floor_bytes, 3 * MIB);
	assert_string_equal(policy.decision_log, "");
	assert_int_equal(policy.quiet, QUIET_YES);
	assert_int_equal(policy.quiet_level, 3);
	parse("[console]\nquiet = auto\n");
	assert_int_equal(policy.quiet, QUIET_AUTO);
	assert_int_equal(policy.quiet_level, 4);
	parse("[console]\nquiet = off\n");
	assert_int_equal(policy.quiet, QUIET_NO);
	expect_error("[console]\nlevel = 0\n", 2, "from 1 to 7");
	expect_error("[console]\nlevel = 8\n", 2, "from 1 to 7");
}

/* Each key refuses a value that is none, with its section, its name and its line. */
static void test_every_key_refuses_nonsense(void **state)
{
	static char shown[16384];
	struct strbuf s = STRBUF(shown);
	struct text rest, line;
	uint32_t keys = 0;

	guard_policy_default(&policy);
	guard_config_show(&policy, &s);
	rest = text_of(s.buf, s.len);
	while (text_next_line(&rest, &line)) {
		char section[32], key[64], text[2048], what[128], value[1024];

		assert_int_equal(sscanf(line.p, "[%31[^]]] %63s", section, key), 2);
		memset(value, '=', sizeof(value) - 1);
		value[sizeof(value) - 1] = '\0';
		/* a command may be anything that fits into a line */
		if (strcmp(key, "notify_command") == 0)
			continue;
		value[5] = '\0';
		(void)snprintf(text, sizeof(text), "\n# x\n[%s]\n%s = %s\n", section, key, value);
		(void)snprintf(what, sizeof(what), "[%s] %s ", section, key);
		expect_error(text, 4, what);
		keys++;
	}
	assert_true(keys >= 28);
}

static void test_the_manual_names_every_key(void **state)
{
	static char shown[16384], page[128 * 1024];
	struct strbuf s = STRBUF(shown);
	struct text rest, line;
	const char *source = getenv("BULKHEAD_SOURCE");
	char path[512];
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/man/bulkhead.conf.5", source ? source : ".");
	if (file_read_at(AT_FDCWD, path, page, sizeof(page), &len) < 0)
		skip_because("man/bulkhead.conf.5 is not there; set BULKHEAD_SOURCE");
	guard_policy_default(&policy);
	guard_config_show(&policy, &s);
	rest = text_of(s.buf, s.len);
	while (text_next_line(&rest, &line)) {
		char section[32], key[64];

		assert_int_equal(sscanf(line.p, "[%31[^]]] %63s", section, key), 2);
		if (!strstr(page, key) || !strstr(page, section))
			fail_msg("bulkhead.conf(5) does not name [%s] %s", section, key);
	}
}

static void test_values(void **state)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		(void)snprintf(text, sizeof(text), "[ladder]\nkill = %s\n", no[i]);
		parse(text);
		assert_false(policy.kill);
		(void)snprintf(text, sizeof(text), "[guard]\ndry_run = %s\n", yes[i]);
		parse(text);
		assert_true(policy.dry_run);
	}
	parse("[ladder]\ngrace=50ms\n");
	assert_true(fabs(policy.grace_seconds - 0.05) < 1e-9);
	parse("[ladder]\nterm_share = 1\n");
	assert_true(policy.term_share == 1);
	parse("[ladder]\nterm_share = 0 %\n");
	assert_true(policy.term_share == 0);
	expect_error("[ladder]\ngrace = 49ms\n", 2, "50ms");
	expect_error("[ladder]\ngrace = 31d\n", 2, "30d");
	expect_error("[ladder]\ngrace = -1\n", 2, "time");
	expect_error("[ladder]\ngrace =\n", 2, "time");
	expect_error("[ladder]\nterm_share = 101%\n", 2, "share");
	expect_error("[ladder]\nterm_share = -1%\n", 2, "share");
	expect_error("[ladder]\nterm_share = nan\n", 2, "share");
	expect_error("[ladder]\nkill = maybe\n", 2, "yes or no");
	expect_error("[critical]\noom_score_adj = -1000\n", 2, "-999");
	expect_error("[critical]\noom_score_adj = 1001\n", 2, "1000");
	expect_error("[evidence]\nkeep = 0\n", 2, "1 to 100000");
	expect_error("[guard]\nstate_file = here\n", 2, "absolute path");
}

static void test_rules(void **state)
{
	static char many[64 * 32];
	struct strbuf s = STRBUF(many);

	expect_error("[protect]\nmatch = postgres\n", 2, "must begin with comm:");
	expect_error("[protect]\nmatch = comm:\n", 2, "1 to 127 bytes");
	expect_error("[protect]\nmatch = uid:root\n", 2, "number");
	expect_error("[protect]\nmatch = session:-1\n", 2, "number");
	expect_error("[protect]\nmatch = session:4294967296\n", 2, "number");
	/* an empty value empties the list: a drop-in can start anew */
	parse("[protect]\nmatch = comm:a\nmatch = comm:b\nmatch =\nmatch = comm:c\n");
	assert_int_equal(report.error_count, 0);
	assert_int_equal(policy.protect.count, 1);
	assert_string_equal(policy.protect.rule[0].pattern, "c");
	strbuf_puts(&s, "[protect]\n");
	for (int i = 0; i <= RULES_MAX; i++)
		strbuf_puts(&s, "match = comm:x\n");
	expect_error(many, RULES_MAX + 2, "one rule too many");
	assert_int_equal(policy.protect.count, RULES_MAX);
}

static void test_lines(void **state)
{
	static const char nul[] = "[ladder]\ngrace = 1s\0x\nkill = no\n";
	char text[1600] = "[ladder]\n";

	expect_error("[nowhere]\nx = 1\n", 2, "no such section");
	expect_error("[ladder]\nx = 1\n", 2, "[ladder] x no such key");
	expect_error("x = 1\n", 1, "no such");
	expect_error("[ladder]\n\nrubbish\n", 3, "is neither");
	expect_error("[ladder]\n[gua\n", 2, "is neither");
	/* the last one wins; comments, blanks, CRLF */
	parse("; x\r\n[ladder]\r\ngrace = 1s\r\n\r\n# y\r\ngrace = 2s\r\n");
	assert_int_equal(report.error_count, 0);
	assert_true(policy.grace_seconds == 2);
	/* no newline at the end */
	parse("[ladder]\ngrace = 3s");
	assert_true(policy.grace_seconds == 3);
	parse_bytes(nul, sizeof(nul) - 1);
	assert_int_equal(report.error_count, 1);
	assert_int_equal(report.error[0].line, 2);
	assert_true(policy.grace_seconds == 5); /* not used */
	assert_false(policy.kill);		/* the next line is */
	/* inih's own buffer bounds a line; one that does not fit is refused whole, never cut */
	for (size_t n = 20; n < 1500; n++) {
		memset(text + 9, '#', n);
		memcpy(text + 9, "notify_command =", 16);
		(void)snprintf(text + 9 + n, 64, "\nkill = no\n");
		parse(text);
		assert_int_equal(report.error_count, n >= 199);
		assert_int_equal(strlen(policy.notify_command), n >= 199 ? 0 : n - 16);
		assert_false(policy.kill);
	}
	expect_error(text, 2, "too long");
}

static void test_errors_are_escaped_and_counted(void **state)
{
	static char many[32 * (CONFIG_ERRORS_MAX + 10)];
	struct strbuf s = STRBUF(many);

	expect_error("[ladder]\n\033[2Jx = 1\n", 2, "\\x1b[2Jx");
	strbuf_puts(&s, "[ladder]\n");
	for (int i = 0; i < CONFIG_ERRORS_MAX + 5; i++)
		strbuf_puts(&s, "grace = soon\n");
	parse(many);
	assert_int_equal(report.error_count, CONFIG_ERRORS_MAX + 5);
	assert_int_equal(report.error[CONFIG_ERRORS_MAX - 1].line, CONFIG_ERRORS_MAX + 1);
}

/* --- files ---------------------------------------------------------------------------------- */

static char dir[] = "/tmp/test-guard-config-XXXXXX";
static char conf[64];

static int set_up(void **state)
{
	char dropins[80];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(conf, sizeof(conf), "%s/a.conf", dir);
	(void)snprintf(dropins, sizeof(dropins), "%s.d", conf);
	return mkdir(dropins, 0700);
}

static int tear_down(void **state)
{
	static const char *const names[] = { "a.conf.d/20-b.conf", "a.conf.d/10-a.conf",
					     "a.conf.d/30-c.txt", "a.conf.d/.hidden.conf",
					     "a.conf" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s.d", conf);
	(void)rmdir(path);
	return rmdir(dir);
}

static void put(const char *name, const char *text)
{
	char path[128];
	_cleanup_close_ int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static int read_all(const char *path)
{
	guard_policy_default(&policy);
	memset(&report, 0, sizeof(report));
	return guard_config_read(path, &policy, &report);
}

static void test_dropins_in_order(void **state)
{
	put("a.conf", "[ladder]\ngrace = 1s\nverify = 1s\nclear_after = 1s\n");
	put("a.conf.d/20-b.conf", "[ladder]\ngrace = 3s\n");
	put("a.conf.d/10-a.conf", "[ladder]\ngrace = 2s\nverify = 2s\n");
	put("a.conf.d/30-c.txt", "[ladder]\ngrace = 9s\n");
	put("a.conf.d/.hidden.conf", "[ladder]\ngrace = 9s\n");
	assert_int_equal(read_all(conf), 0);
	assert_true(policy.grace_seconds == 3);
	assert_true(policy.verify_seconds == 2);
	assert_true(policy.clear_seconds == 1);
	assert_int_equal(report.file_count, 3);
	assert_string_equal(report.file[0], conf);
	assert_non_null(strstr(report.file[1], "10-a.conf"));
	assert_non_null(strstr(report.file[2], "20-b.conf"));
	/* the error is that of the drop-in */
	put("a.conf.d/20-b.conf", "\n\n[ladder]\ngrace = soon\n");
	assert_int_equal(read_all(conf), -EINVAL);
	assert_non_null(strstr(report.error[0].file, "20-b.conf"));
	assert_int_equal(report.error[0].line, 4);
	put("a.conf.d/20-b.conf", "");
}

static void test_files_that_are_none(void **state)
{
	char path[400];

	assert_int_equal(read_all("/proc/none.conf"), -EINVAL);
	assert_string_equal(report.error[0].text, "no such file");
	assert_int_equal(read_all(dir), -EINVAL);
	assert_string_equal(report.error[0].text, "is not a regular file");
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(read_all(path), -EINVAL);
	/* no file at all in the system's places is fine here, or is a right one */
	assert_int_equal(read_all(NULL), 0);
}

static void test_contradictions(void **state)
{
	static const char *const wrong[] = {
		"[guard]\nfast_interval = 11s\n",
		"[ladder]\nfloor_share = 30%\n",
		"[ladder]\nterm_exhaustion = 11min\n",
		"[ladder]\nterm = no\nkill = no\n",
	};
	static const char *const right[] = {
		"[guard]\nfast_interval = 10s\n",
		"[ladder]\nfloor_share = 25%\n",
		"[ladder]\nterm_exhaustion = 11min\nlimit = no\n",
		"[ladder]\nterm = no\nkill = no\n[fallback]\nenabled = no\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		put("a.conf", wrong[i]);
		assert_int_equal(read_all(conf), -EINVAL);
		assert_int_equal(report.error_count, 1);
		put("a.conf", right[i]);
		if (read_all(conf) < 0)
			fail_msg("%s: %s", right[i], report.error[0].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_goes_round),
		cmocka_unit_test(test_every_key_refuses_nonsense),
		cmocka_unit_test(test_the_manual_names_every_key),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_errors_are_escaped_and_counted),
		cmocka_unit_test(test_dropins_in_order),
		cmocka_unit_test(test_files_that_are_none),
		cmocka_unit_test(test_contradictions),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
