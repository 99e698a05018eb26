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

/* Of a section that is not used the keys must not go to the one above, nor to one of a cut name. */
static void test_section_not_used(void **state)
{
	char text[400];

	(void)snprintf(text, sizeof(text), "[a]\n[%049d]\nx=1\n[%050d]\nx=2\n[b]\nx=3\n", 1, 2);
	read_text(text, strlen(text));
	assert_non_null(
		strstr(told, "3 [0000000000000000000000000000000000000000000000001] x=1\n"));
	assert_null(strstr(told, "x=2"));
	assert_non_null(
		strstr(told,
		       "4: the name of the section is longer than 49 bytes; it is not used\n"));
	assert_non_null(strstr(told, "7 [b] x=3\n"));
	(void)snprintf(text, sizeof(text), "[a]\n[%0300d]\nx=2\n[b]\nx=3\n", 2);
	assert_string_equal(read_text(text, strlen(text)),
			    "1 section a\n2: line is too long or holds a NUL byte; it is not used\n"
			    "4 section b\n5 [b] x=3\n");
	assert_string_equal(READ("[a]\nx=1\n [c]\ny=2\n[b]\nz=3\n"),
			    "1 section a\n2 [a] x=1\n"
			    "3: the '[' of a section is indented; the section is not used\n"
			    "5 section b\n6 [b] z=3\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_problems_have_lines),
		cmocka_unit_test(test_long_line_and_nul),
		cmocka_unit_test(test_section_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
