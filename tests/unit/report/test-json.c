/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "report/json.h"
#include "report/watch_json.h"

/* What json_print writes, parsed again: the text must be JSON, whatever went in. */
static char *printed(json_t *o)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	json_t *again;

	assert_int_equal(json_print(f, o), 0);
	assert_int_equal(fclose(f), 0);
	again = json_loads(text, 0, NULL);
	assert_non_null(again);
	json_decref(again);
	return text;
}

static void test_unknown_is_null(void **state)
{
	struct interval unknown = { .known = false, .mid = 3 };
	struct interval open = { .known = true, .low = 1.5, .mid = 2, .high = INFINITY };
	json_t *o = json_object();
	char *text;

	assert_true(json_put(o, "absent", json_opt(opt_u64_none(ABSENT))));
	assert_true(json_put(o, "unreadable", json_opt(opt_u64_none(UNREADABLE))));
	assert_true(json_put(o, "zero", json_opt(opt_u64_of(0))));
	assert_true(json_put(o, "huge", json_bytes(UINT64_MAX)));
	assert_true(json_put(o, "nan", json_finite(NAN)));
	assert_true(json_put(o, "i", json_interval(&unknown)));
	assert_true(json_put(o, "j", json_interval(&open)));
	assert_true(json_put(o, "t", json_finite(0.1)));
	text = printed(o);
	assert_string_equal(text, "{\"absent\":null,\"unreadable\":null,\"zero\":0,"
				  "\"huge\":9223372036854775807,\"nan\":null,\"i\":null,"
				  "\"j\":{\"low\":1.5,\"mid\":2.0,\"high\":null},\"t\":0.1}\n");
	free(text);
}

static void test_hostile_text(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "a\"b\\\n", "a\"b\\\\\\n" },
		{ "\x1b[2J", "\\x1b[2J" },
		{ "\xc3\xa9", "\xc3\xa9" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *s = json_escaped(text_of(rows[i].in, strlen(rows[i].in)));

		assert_string_equal(json_string_value(s), rows[i].out);
		json_decref(s);
	}
	json_t *none = json_escaped(TEXT(""));
	assert_true(json_is_null(none));
	json_decref(none);
}

static void test_failures_are_told(void **state)
{
	json_t *o = json_object();

	assert_false(json_put(o, "x", NULL));
	assert_false(json_put(NULL, "x", json_null()));
	assert_int_equal(json_print(stdout, NULL), -ENOMEM);
	json_decref(o);
}

/* One process of a replay, with every number unknown that can be. */
static void test_watch_json(void **state)
{
	struct verdict v = { .class = VERDICT_GROWING,
			     .score = 0.25,
			     .reason_count = 1,
			     .reason = { { REASON_TOO_YOUNG, { 3, 7 } } } };
	struct ranked row = { .id = { .pid = 5 },
			      .comm = TEXT("\x9b"),
			      .anon_bytes = opt_u64_of(4096),
			      .age_seconds = NAN,
			      .alarm_seconds = 12.5,
			      .verdict = &v };
	struct watch_replay replay = { .name = "a\x07.csv",
				       .first_seconds = NAN,
				       .last_seconds = NAN };
	struct watch_view view = { .row = &row, .count = 1, .matching = 1, .replay = &replay };
	char *text = printed(watch_json(&view));

	assert_string_equal(
		text,
		"{\"schema\":\"bulkhead.watch/1\",\"source\":\"a\\\\x07.csv\",\"rows\":0,"
		"\"refused_rows\":0,\"first_seconds\":null,\"last_seconds\":null,\"leaking\":0,"
		"\"matching\":1,\"processes\":[{\"pid\":5,\"comm\":\"\\\\x9b\",\"unit\":null,"
		"\"anon_bytes\":4096,\"swap_bytes\":null,\"growth_bytes_per_second\":null,"
		"\"exhaustion_seconds\":null,\"headroom_bytes\":null,\"headroom_limit\":null,"
		"\"score\":0.25,\"verdict\":\"growing\","
		"\"reasons\":[\"seen for 3.0 s; a judgement needs 7.0 s\"],"
		"\"alarm_seconds\":12.5,\"window_seconds\":null}]}\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_is_null),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_failures_are_told),
		cmocka_unit_test(test_watch_json),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
