/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "unit.h"

#include "base/text.h"

static struct text t(const char *s)
{
	return text_of(s, strlen(s));
}

static void test_u64(void **state)
{
	static const struct {
		const char *in;
		int r;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "12a", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 0;

		assert_int_equal(text_u64(t(rows[i].in), &value), rows[i].r);
		assert_true(value == rows[i].value);
	}
}

static void test_i64(void **state)
{
	int64_t v;

	assert_int_equal(text_i64(t("-9223372036854775808"), &v), 0);
	assert_true(v == INT64_MIN);
	assert_int_equal(text_i64(t("9223372036854775808"), &v), -ERANGE);
	assert_int_equal(text_i64(t("--1"), &v), -EINVAL);
	assert_int_equal(text_i64(t("-"), &v), -EINVAL);
}

static void test_double(void **state)
{
	double v = 0;

	assert_int_equal(text_double(t("-12.5"), &v), 0);
	assert_true(v == -12.5);
	assert_int_equal(text_double(t("1.5e3"), &v), 0);
	assert_true(v == 1500);
	assert_int_equal(text_double(t("1e-2"), &v), 0);
	assert_true(v > 0.00999 && v < 0.01001);
	assert_int_equal(text_double(t(".5"), &v), 0);
	assert_true(v == 0.5);
	assert_int_equal(text_double(t("nan"), &v), -EINVAL);
	assert_int_equal(text_double(t("inf"), &v), -EINVAL);
	assert_int_equal(text_double(t("."), &v), -EINVAL);
	assert_int_equal(text_double(t("1e999"), &v), -ERANGE);
	assert_int_equal(text_double(t("1e"), &v), -EINVAL);
	assert_int_equal(text_double(t("1.2.3"), &v), -EINVAL);
}

static void test_units(void **state)
{
	uint64_t bytes = 0;
	double seconds = 0;

	assert_int_equal(text_bytes(t("64M"), &bytes), 0);
	assert_true(bytes == 64 * MIB);
	assert_int_equal(text_bytes(t("1.5 GiB"), &bytes), 0);
	assert_true(bytes == 3 * GIB / 2);
	assert_int_equal(text_bytes(t("-1"), &bytes), -ERANGE);
	assert_int_equal(text_bytes(t("12X"), &bytes), -EINVAL);
	assert_int_equal(text_bytes(t("9999999T"), &bytes), -ERANGE);
	assert_int_equal(text_seconds(t("2h"), &seconds), 0);
	assert_true(seconds == 7200);
	assert_int_equal(text_seconds(t("250ms"), &seconds), 0);
	assert_true(seconds == 0.25);
	assert_int_equal(text_seconds(t("soon"), &seconds), -EINVAL);
}

static void test_cursor(void **state)
{
	struct text rest = t("a b\n\nlast"), line, word;
	char small[4];

	assert_true(text_next_line(&rest, &line));
	assert_true(text_is(line, "a b"));
	assert_true(text_next_word(&line, &word) && text_is(word, "a"));
	assert_true(text_next_word(&line, &word) && text_is(word, "b"));
	assert_false(text_next_word(&line, &word));
	assert_true(text_next_line(&rest, &line) && line.n == 0);
	assert_true(text_next_line(&rest, &line) && text_is(line, "last"));
	assert_false(text_next_line(&rest, &line));
	assert_int_equal(text_copy(t("abc"), small, sizeof(small)), 0);
	assert_int_equal(text_copy(t("abcd"), small, sizeof(small)), -ENAMETOOLONG);
	assert_int_equal(text_copy(text_of("a\0b", 3), small, sizeof(small)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),    cmocka_unit_test(test_i64),
		cmocka_unit_test(test_double), cmocka_unit_test(test_units),
		cmocka_unit_test(test_cursor),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
