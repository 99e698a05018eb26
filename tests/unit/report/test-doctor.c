/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words, the picture and the JSON of doctor; on whole machines: tests/golden/doctor.bats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "report/columns.h"
#include "report/doctor_acts.h"
#include "report/doctor_json.h"
#include "report/doctor_picture.h"
#include "report/doctor_words.h"

static struct machine m;
static struct diagnosis d;
static struct doctor_view v;

static void view(void)
{
	static const struct console uart = { .name = "ttyS0",
					     .kind = CONSOLE_UART,
					     .registered = KNOWN,
					     .enabled = true,
					     .bits_per_second = { 9600, KNOWN },
					     .baud_source = BAUD_CMDLINE,
					     .bits_per_character = 10 };

	memset(&m, 0, sizeof(m));
	memset(&d, 0, sizeof(d));
	m.consoles.console[0] = m.consoles.console[1] = uart;
	m.consoles.count = 2;
	(void)snprintf(m.consoles.console[1].name, CONSOLE_NAME_SIZE, "\033[31mevil\n0");
	m.printk.console_loglevel = opt_u64_of(7);
	m.printk.ring_bytes = opt_u64_of(256 * KIB);
	m.log_daemon[LOG_DAEMON_JOURNALD].running = KNOWN;
	v = (struct doctor_view){ .storm.machine = &m, .diagnosis = &d };
	v.storm.assumptions = oom_report_shape_of(&m, &v.storm.shape);
	v.storm.loglevel = storm_loglevel(&m.printk);
	storm_predict(&v.storm.shape, &m.consoles, &m.printk, &v.storm.prediction);
}

static bool is_plain(const char *text)
{
	bool plain = true;

	for (const char *p = text; *p; p++)
		plain &= *p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f);
	return plain;
}

static void test_every_finding_has_its_words(void **state)
{
	char room[1024];
	struct strbuf s = STRBUF(room);

	d.remedy[REMEDY_CONSOLE_LOGLEVEL].after = opt_u64_of(4);
	for (int i = 0; i < FINDING_COUNT; i++) {
		struct finding f = { .id = (enum finding_id)i,
				     .subject = "\033]0;evil\a\n",
				     .remedy = REMEDY_CONSOLE_LOGLEVEL };

		for (int part = 0; part < 3; part++) {
			strbuf_clear(&s);
			if (part == 0)
				finding_describe(&s, &f);
			else if (part == 1)
				finding_remedy(&s, &f, &d);
			else
				finding_loses(&s, &f, &d);
			if (s.len < 7 || s.full || strstr(s.buf, "(null)") || strchr(s.buf, '{') ||
			    !is_plain(s.buf) || strchr(s.buf, '\n'))
				fail_msg("%s, part %d: '%s'", finding_name(f.id), part, s.buf);
		}
	}
	for (int i = 0; i < UNKNOWN_COUNT; i++) {
		const struct unknown u = { .id = (enum unknown_id)i,
					   .subject = "\033evil",
					   .why = "\033why" };

		strbuf_clear(&s);
		unknown_describe(&s, &u);
		assert_true(s.len > 5 && is_plain(s.buf));
	}
}

static void test_remedy_names_the_change(void **state)
{
	const struct finding f = { .id = FINDING_SLOW_CONSOLE, .remedy = REMEDY_CONSOLE_LOGLEVEL };
	char room[512];
	struct strbuf s = STRBUF(room);

	d.remedy[REMEDY_CONSOLE_LOGLEVEL].before = opt_u64_of(7);
	d.remedy[REMEDY_CONSOLE_LOGLEVEL].after = opt_u64_of(4);
	finding_remedy(&s, &f, &d);
	assert_string_equal(s.buf, "'bulkhead doctor --fix': console_loglevel 7 -> 4");
	strbuf_clear(&s);
	finding_loses(&s, &f, &d);
	assert_non_null(strstr(s.buf, "Killed process"));
	assert_string_equal(loglevel_loses(8), "nothing");
	assert_true(loglevel_loses(6) == loglevel_loses(5));
	assert_true(loglevel_loses(3) == loglevel_loses(0));
}

/* At any width no line is longer, but where one word is; no byte of a name gets through. */
static void test_picture_fits(void **state)
{
	static const uint32_t widths[] = { 0, 60, 80, 100, 200 };
	static char room[16 * 1024];
	struct strbuf s = STRBUF(room);

	view();
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		const struct style style = { .utf8 = true, .width = widths[i] };
		struct text rest, line;

		strbuf_clear(&s);
		doctor_picture(&s, &style, &v);
		assert_false(s.full);
		assert_true(is_plain(s.buf));
		assert_non_null(strstr(s.buf, "\\x1b[31mevil\\n0"));
		assert_non_null(strstr(s.buf, "╞═▶ ttyS0"));
		rest = text_of(s.buf, s.len);
		while (widths[i] && text_next_line(&rest, &line)) {
			if (columns_of(line) > widths[i])
				fail_msg("at %u: %.*s", widths[i], (int)line.n, line.p);
		}
	}
}

static void test_picture_in_ascii(void **state)
{
	static char room[16 * 1024];
	struct strbuf s = STRBUF(room);
	const struct style style = { .width = 100 };

	view();
	doctor_picture(&s, &style, &v);
	for (const char *p = s.buf; *p; p++)
		assert_true((unsigned char)*p < 0x7f);
	assert_non_null(strstr(s.buf, "+-> journald"));
	assert_non_null(strstr(s.buf, "+=> ttyS0"));
	m.consoles.count = 0;
	m.consoles.registered = KNOWN;
	m.log_daemon[LOG_DAEMON_JOURNALD].running = ABSENT;
	strbuf_clear(&s);
	doctor_picture(&s, &style, &v);
	assert_non_null(strstr(s.buf, "no console"));
	/* Nobody has told of one: that is not the same. */
	m.consoles.registered = UNREADABLE;
	strbuf_clear(&s);
	doctor_picture(&s, &style, &v);
	assert_null(strstr(s.buf, "no console"));
	assert_non_null(strstr(s.buf, "not known"));
}

static void test_json(void **state)
{
	static const char *const keys[] = { "consoles",	 "report",   "findings",
					    "unknown",	 "remedies", "seconds_after_fix",
					    "predicted", "release",  "ring_bytes" };
	json_t *o, *console, *report, *finding;

	view();
	d.finding[0] = (struct finding){ .id = FINDING_SLOW_CONSOLE,
					 .severity = SEVERITY_CRITICAL,
					 .subject = "tty\xff",
					 .evidence_count = 1,
					 .evidence = { { "/proc/cmdline", "console=\033" } },
					 .remedy = REMEDY_CONSOLE_LOGLEVEL };
	d.finding_count = 1;
	o = doctor_json(&v);
	assert_non_null(o);
	assert_string_equal(json_object_iter_key(json_object_iter(o)), "schema");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_non_null(json_object_get(o, keys[i]));
	console = json_array_get(json_object_get(o, "consoles"), 0);
	assert_int_equal(json_integer_value(json_object_get(console, "bits_per_second")), 9600);
	report = json_object_get(o, "report");
	assert_true(json_real_value(json_object_get(report, "seconds")) > 1);
	/* nobody has counted them */
	assert_true(json_is_null(json_object_get(report, "tasks")));
	finding = json_array_get(json_object_get(o, "findings"), 0);
	assert_string_equal(json_string_value(json_object_get(finding, "id")), "slow_console");
	assert_string_equal(json_string_value(json_object_get(finding, "subject")), "tty\\xff");
	assert_true(json_is_null(json_object_get(finding, "cost_seconds")));
	assert_string_equal(json_string_value(
				    json_object_get(json_object_get(finding, "fix"), "command")),
			    "bulkhead doctor --fix=console_loglevel");
	assert_null(json_object_get(o, "acts"));
	json_decref(o);
}

static void test_seconds_not_known_are_null(void **state)
{
	json_t *o;

	view();
	m.consoles.count = 1;
	m.consoles.console[0].bits_per_second = opt_u64_none(ABSENT);
	storm_predict(&v.storm.shape, &m.consoles, &m.printk, &v.storm.prediction);
	o = doctor_json(&v);
	assert_true(json_is_null(json_object_get(json_object_get(o, "report"), "seconds")));
	json_decref(o);
}

static void test_acts(void **state)
{
	static struct acts acts;
	json_t *list, *o;

	acts.count = ACT_FAILED + 1;
	for (uint32_t i = 0; i < acts.count; i++) {
		acts.act[i] = (struct act){ .remedy = REMEDY_CONSOLE_LOGLEVEL,
					    .result = (enum act_result)i,
					    .file = "/proc/sys/kernel/printk",
					    .before = "\0337",
					    .after = "4" };
		(void)fault_set(&acts.act[i].fault, -5, "because");
	}
	list = doctor_acts_json(&acts);
	assert_int_equal(json_array_size(list), acts.count);
	for (uint32_t i = 0; i < acts.count; i++) {
		o = json_array_get(list, i);
		assert_true(json_is_string(json_object_get(o, "result")));
		assert_true(json_is_string(json_object_get(o, "reason")));
		assert_string_equal(json_string_value(json_object_get(o, "before")), "\\x1b7");
	}
	json_decref(list);
	assert_true(acts_failed(&acts));
	acts.count = ACT_HELD;
	assert_false(acts_failed(&acts));
}

/* What the acts print, as text. */
static char *acts_text(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(doctor_acts_text(out, &v), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_acts_text(const char *is, const char *is_not)
{
	char *text = acts_text();

	if (!strstr(text, is) || (is_not && strstr(text, is_not)))
		fail_msg("'%s'", text);
	free(text);
}

/* After a failure nothing is promised, and nobody says that there was nothing to do. */
static void test_acts_that_failed(void **state)
{
	static struct acts acts;
	struct fault fault;
	char *text;

	view();
	acts.count = 0;
	v.acts = &acts;
	v.seconds_after = (struct interval){ .known = true };
	d.seconds_now = v.storm.prediction.print_seconds;
	assert_acts_text("nothing to do\n", NULL);
	(void)fault_set(&fault, -1, "no");
	v.fault = &fault;
	text = acts_text();
	assert_string_equal(text, "");
	free(text);
	v.undo = true;
	text = acts_text();
	assert_string_equal(text, "");
	free(text);

	v.undo = false;
	acts.count = 1;
	acts.act[0] = (struct act){ .remedy = REMEDY_CONSOLE_LOGLEVEL, .file = "/proc/x" };
	assert_acts_text("done: ", "an OOM report printed");
	v.fault = NULL;
	assert_acts_text("and now does for 0.00 s", NULL);
	v.dry_run = true;
	assert_acts_text("and would for 0.00 s", NULL);
	for (int r = ACT_SKIPPED; r <= ACT_FAILED; r++) {
		acts.act[0].result = (enum act_result)r;
		assert_acts_text("/proc/x", "an OOM report printed");
	}
	/* No file for the next boot: for now it is done. */
	acts.act[0].result = ACT_SKIPPED;
	acts.act[0].drop_in = true;
	assert_acts_text("and would for", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_finding_has_its_words),
		cmocka_unit_test(test_remedy_names_the_change),
		cmocka_unit_test(test_picture_fits),
		cmocka_unit_test(test_picture_in_ascii),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_seconds_not_known_are_null),
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_acts_that_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
