/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "report/storm_runs.h"

static struct storm_run run_of(double predicted, double measured, bool valid)
{
	return (struct storm_run){
		.setting = { .baud = 19200, .tasks = 200, .loglevel = 7, .leakers = 1, .cpus = 2 },
		.release = "6.1.0-test",
		.expected = { .print_seconds = { true, predicted, predicted, predicted },
			      .stall_seconds = { true, 1, 1, 1 } },
		.measured = { .there = true,
			      .valid = valid,
			      .print_seconds = measured,
			      .bytes = 20000,
			      .kills = opt_u64_of(1),
			      .why = "lines\x1b[31m" },
	};
}

static char *printed(const struct storm_run *run, uint32_t count, bool markdown)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(storm_runs_head(f, markdown), 0);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(storm_runs_row(f, markdown, &run[i]), 0);
	assert_int_equal(storm_runs_summary(f, run, count, true), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void test_table(void **state)
{
	const struct storm_run runs[] = { run_of(10, 10, true), run_of(10, 20, true),
					  run_of(10, 10, false), run_of(0, 0, true) };
	char *text = printed(runs, ARRAY_SIZE(runs), false),
	     *markdown = printed(runs, ARRAY_SIZE(runs), true);

	/* an invalid run is neither met nor missed */
	assert_non_null(strstr(text, "4 runs, 3 valid; in 2 of them (67 %)"));
	assert_non_null(strstr(text, "; interrupted"));
	assert_non_null(strstr(text, "not valid: lines\\x1b[31m"));
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(markdown, "| not valid |"));
	assert_non_null(strstr(markdown, "| 0.50 |"));
	assert_null(strchr(markdown, '\x1b'));
	free(text);
	free(markdown);
}

static void test_json(void **state)
{
	const struct storm_run runs[] = { run_of(10, 10, true), run_of(10, 10, false) };
	json_t *two = storm_runs_json(runs, 2, false), *one = storm_runs_json(runs, 1, false);
	json_t *none = storm_runs_json(NULL, 0, true), *summary = json_object_get(none, "summary");

	assert_non_null(two);
	assert_string_equal(json_string_value(json_object_get(two, "schema")), "bulkhead.storm/1");
	assert_int_equal(json_array_size(json_object_get(two, "runs")), 2);
	assert_true(json_is_null(json_object_get(two, "predicted")));
	/* without details nothing was measured that could be shown */
	assert_true(json_is_object(json_object_get(one, "predicted")));
	assert_true(json_is_null(json_object_get(one, "measured")));
	assert_true(json_is_null(json_object_get(summary, "share_within_10_percent")));
	assert_true(json_is_true(json_object_get(summary, "interrupted")));
	json_decref(two);
	json_decref(one);
	json_decref(none);
}

static void test_measured_has_both_names(void **state)
{
	struct storm_run run = run_of(10, 9.5, true);
	json_t *all, *measured;

	run.details = json_pack("{s:f}", "wire_seconds", 9.5);
	all = storm_runs_json(&run, 1, false);
	measured = json_object_get(all, "measured");
	assert_near(json_number_value(json_object_get(measured, "print_seconds")), 9.5, 1e-9);
	assert_near(json_number_value(json_object_get(measured, "wire_seconds")), 9.5, 1e-9);
	json_decref(all);
	storm_run_release(&run);
	assert_null(run.details);
}

/* What the bench did not have is "-" and null, and the run counts for nothing. */
static void test_unknown_stays_unknown(void **state)
{
	struct storm_run run = run_of(0, NAN, true);
	char *text, *markdown;
	json_t *all, *first;

	run.measured.stall_seconds = run.measured.bytes = run.measured.task_table_seconds = NAN;
	run.measured.kills = opt_u64_none(ABSENT);
	run.details = json_pack("{s:n}", "wire_seconds");
	text = printed(&run, 1, false);
	markdown = printed(&run, 1, true);
	all = storm_runs_json(&run, 1, false);
	first = json_array_get(json_object_get(all, "runs"), 0);
	assert_non_null(strstr(text, "1 runs, 0 valid"));
	assert_non_null(strstr(text, "not valid: no OOM kill was seen"));
	assert_null(strstr(text, "nan"));
	assert_null(strstr(markdown, "nan"));
	assert_true(json_is_false(json_object_get(first, "valid")));
	assert_true(json_is_null(json_object_get(first, "within_10_percent")));
	assert_true(json_is_string(json_object_get(first, "invalid_reason")));
	assert_true(
		json_is_null(json_object_get(json_object_get(first, "measured"), "print_seconds")));
	free(text);
	free(markdown);
	json_decref(all);
	storm_run_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_measured_has_both_names),
		cmocka_unit_test(test_unknown_stays_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
