/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "base/text.h"
#include "source/suppressions.h"

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{ "foo", "foo", true },
		{ "foo", "foobar", true },
		{ "foo", "prefix_foo", true },
		{ "foo", "fo", false },
		{ "foo", "", false },
		{ "*foo*", "a foo b", true },
		{ "foo*bar", "foo_middle_bar", true },
		{ "foo*bar", "foobar", true },
		{ "foo*bar", "bar_middle_foo", false },
		{ "foo*bar*baz", "foo_bar_baz", true },
		{ "foo*bar*baz", "foo_baz_bar", false },
		{ "^foo", "foobar", true },
		{ "^foo", "a foo", false },
		{ "foo$", "a foo", true },
		{ "foo$", "foobar", false },
		{ "^foo$", "foo", true },
		{ "^foo$", "foofoo", false },
		{ "^*foo", "a foo", true },
		{ "^foo*", "foo", true },
		{ "foo*$", "foo bar", true },
		{ "*", "anything", true },
		{ "$", "anything", false },
		{ "^", "anything", true },
		{ "*$", "anything", true },
		{ "", "anything", true },
		/* The first place counts: no going back. */
		{ "a$", "aba", false },
		{ "^a*a$", "aaa", false },
		/* What follows '$' is not looked at. */
		{ "foo$bar", "foo", true },
		{ "foo*bar", "foo", false },
		{ "std::vector<*>", "std::vector<int>", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct suppression one = { .pattern = (char *)(uintptr_t)rows[i].pattern };
		struct suppressions s = { &one, 1 };

		if (suppressions_match(&s, rows[i].text) != rows[i].matches)
			fail_msg("'%s' and '%s'", rows[i].pattern, rows[i].text);
		assert_int_equal(one.used, rows[i].matches);
	}
}

static void test_file(void **state)
{
	static const char text[] = "# first\n\n  leak:Foo \t\r\n\tleak: a b\n#leak:no\nleak:^x$";
	_cleanup_suppressions_ struct suppressions s = SUPPRESSIONS_NONE;
	struct fault f;

	assert_int_equal(suppressions_parse(text, sizeof(text) - 1, &s, &f), 0);
	assert_int_equal(s.count, 3);
	assert_string_equal(s.item[0].pattern, "Foo");
	assert_int_equal(s.item[0].line, 3);
	assert_string_equal(s.item[1].pattern, " a b");
	assert_string_equal(s.item[2].pattern, "^x$");
	assert_true(suppressions_match(&s, "Foobar"));
	assert_true(suppressions_match(&s, "x"));
	assert_false(suppressions_match(&s, "no"));
	assert_int_equal(s.item[0].used, 1);
}

static void test_hostile(void **state)
{
	static const struct {
		struct text in;
		const char *says;
	} rows[] = {
		{ TEXT("leak:ok\nrace:foo\n"), "line 2" },
		{ TEXT("\n\nleak:\n"), "line 3" },
		{ TEXT("leak:   \n"), "no pattern" },
		{ TEXT("leak:a\0b\n"), "NUL" },
		{ TEXT("Leak:a\n"), "line 1" },
		{ TEXT("fun:main"), "leak:" },
		{ TEXT("{\n   name\n   Memcheck:Leak\n}\n"), "line 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct suppressions s = SUPPRESSIONS_NONE;
		struct fault f = { 0 };

		assert_int_equal(suppressions_parse(rows[i].in.p, rows[i].in.n, &s, &f), -EPROTO);
		assert_non_null(strstr(f.what, rows[i].says));
		assert_null(s.item);
	}
}

static void test_too_many(void **state)
{
	const size_t lines = SUPPRESSIONS_MAX + 1;
	char *buf = malloc(lines * 7);
	struct suppressions s = SUPPRESSIONS_NONE;
	struct fault f = { 0 };

	for (size_t i = 0; i < lines; i++)
		memcpy(buf + 7 * i, "leak:a\n", 7);
	assert_int_equal(suppressions_parse(buf, lines * 7, &s, &f), -E2BIG);
	assert_int_equal(suppressions_parse(buf, (lines - 1) * 7, &s, &f), 0);
	assert_int_equal(s.count, SUPPRESSIONS_MAX);
	suppressions_release(&s);
	free(buf);
}

static void test_no_file(void **state)
{
	struct suppressions s = SUPPRESSIONS_NONE;
	struct fault f = { 0 };

	assert_int_equal(suppressions_read("/no/such\x1b", &s, &f), -ENOENT);
	assert_non_null(strstr(f.what, "/no/such\\x1b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns), cmocka_unit_test(test_file),
		cmocka_unit_test(test_hostile),	 cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
