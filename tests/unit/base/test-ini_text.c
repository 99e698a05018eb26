/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "base/ini_text.h"
#include "base/strbuf.h"

/* What the reader was told, a line each. */
static char told[4096];
static struct strbuf log_;

static const char *on_key(void *arg, unsigned line, const char *section, const char *name,
			  struct text value)
{
	strbuf_printf(&log_, "%u [%s] %s=%.*s\n", line, section, name, (int)value.n, value.p);
	return strcmp(name, "bad") == 0 ? "is bad" : NULL;
}

static const char *on_section(void *arg, unsigned line, struct text name)
{
	strbuf_printf(&log_, "%u section %.*s\n", line, (int)name.n, name.p);
	return text_is(name, "wrong") ? "is wrong" : NULL;
}

static void on_problem(void *arg, unsigned line, const char *section, const char *name,
		       const char *problem)
{
	strbuf_printf(&log_, "%u: ", line);
	ini_describe(&log_, section, name, problem);
	strbuf_putc(&log_, '\n');
}

static const char *read_text(const char *text, size_t len)
{
	const struct ini_reader reader = { .key = on_key,
					   .section = on_section,
					   .problem = on_problem };

	log_ = STRBUF(told);
	ini_read(text_of(text, len), &reader);
	return told;
}

#define READ(literal) read_text(literal, sizeof(literal) - 1)

static void test_in_order(void **state)
{
	assert_string_equal(READ("; c\n[a]\nx = 1 \n[empty]\n[ b ]\ny=2\ny=3\n"),
			    "2 section a\n3 [a] x=1\n4 section empty\n5 section b\n"
			    "6 [ b ] y=2\n7 [ b ] y=3\n");
	assert_string_equal(READ(""), "");
}

static void test_problems_have_lines(void **state)
{
	assert_string_equal(READ("[wrong]\n[a]\nbad = 1\nx = 2\n"),
			    "1 section wrong\n1: is wrong\n2 section a\n3 [a] bad=1\n"
			    "3: [a] bad is bad\n4 [a] x=2\n");
	assert_string_equal(READ("[a]\nno key here\n"),
			    "1 section a\n2: is neither [section], key = value nor a comment\n");
}

/* A cut line would set something else than was written. */
static void test_long_line_and_nul(void **state)
{
	char text[600];

	(void)snprintf(text, sizeof(text), "[a]\nx = %0300d\ny = 1\n", 1);
	assert_string_equal(read_text(text, strlen(text)),
			    "1 section a\n2: line is too long or holds a NUL byte; it is not used\n"
			    "3 [a] y=1\n");
	assert_string_equal(READ("[a]\nx = 1\0 2\ny = 1\n"),
			    "1 section a\n2: line is too long or holds a NUL byte; it is not used\n"
			    "3 [a] y=1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_problems_have_lines),
		cmocka_unit_test(test_long_line_and_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
