/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "report/columns.h"

#define HAN "\xe6\xbc\xa2"	/* two columns */
#define E_ACUTE "e\xcc\x81"	/* a letter and a combining mark: one column */
#define FACE "\xf0\x9f\x98\x80" /* two columns, four bytes */

static void test_columns(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {
		{ "", 0 },	{ "abc", 3 },	{ "\xc3\xa9", 1 },
		{ HAN HAN, 4 }, { E_ACUTE, 1 }, { FACE "x", 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(columns_of(text_of(rows[i].text, strlen(rows[i].text))),
				 rows[i].columns);
}

static void test_cut(void **state)
{
	static const struct {
		const char *in;
		size_t width;
		const char *out;
	} rows[] = {
		{ "abcdef", 0, "abcdef" },
		{ "abcdef", 6, "abcdef" },
		{ "abcdef", 5, "abcd~" },
		{ "abcdef", 1, "~" },
		{ HAN HAN HAN, 5, HAN HAN "~" },
		{ HAN HAN HAN, 4, HAN "~" },
		{ HAN, 1, "~" },
		{ E_ACUTE "bc", 2, E_ACUTE "~" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char room[64];
		struct strbuf s = STRBUF(room);

		strbuf_puts(&s, rows[i].in);
		columns_cut(&s, rows[i].width);
		assert_string_equal(s.buf, rows[i].out);
		assert_int_equal(s.len, strlen(rows[i].out));
	}
}

/* Whatever bytes come in: no read past the end, and the length stays right. */
static void test_any_bytes(void **state)
{
	for (unsigned int a = 0x80; a < 0x100; a++) {
		char room[8] = { (char)a, (char)0xff, (char)a, 0 };
		struct strbuf s = { .buf = room, .size = sizeof(room), .len = 3 };

		columns_cut(&s, 1);
		assert_int_equal(s.len, strlen(s.buf));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
