/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "vm/run/lastwords.h"

#define LINES_MAX 8

static char buf[420];

static struct wire wire_of(const char *text, struct wire_line *line)
{
	struct wire w = { .line = line, .text = text };
	const char *end;

	for (const char *at = text; (end = strchr(at, '\n')); at = end + 1)
		line[w.count++] = (struct wire_line){ .text = (uint32_t)(at - text),
						      .len = (uint32_t)(end - at) };
	return w;
}

static const char *words(const char *text)
{
	struct wire_line line[LINES_MAX];
	struct wire w = wire_of(text, line);
	struct strbuf s = STRBUF(buf);

	last_words(&w, &s);
	return buf;
}

static void test_panic(void **state)
{
	assert_string_equal(words("[    1.5] oops\r\n[    2.0] Kernel panic - not syncing: no\r\n"
				  "[    2.1] Kernel Offset: 0x1\r\n"
				  "[    2.2] ---[ end Kernel panic - not syncing: no ]---\r\n"),
			    "its console: '[    2.0] Kernel panic - not syncing: no'");
}

static void test_without_panic(void **state)
{
	assert_string_equal(words(""), "it printed nothing");
	assert_string_equal(words("still open"), "it printed nothing");
	assert_string_equal(words("a\r\n"), "its last console lines: 'a'");
	assert_string_equal(words("a\r\nb\r\n\r\nd\r\n"), "its last console lines: 'b', '', 'd'");
}

static void test_hostile(void **state)
{
	static const char escape[] = "a\033[2J\r\n";
	char text[512];
	struct wire_line line[LINES_MAX];
	struct strbuf s = STRBUF(buf);
	struct wire w;

	assert_null(strchr(words(escape), '\033'));
	memset(text, 'x', sizeof(text));
	memcpy(text + 490, "\r\n", 3);
	assert_true(strlen(words(text)) < 130);
	w = wire_of(text, line);
	last_words_line(&w, 0, &s);
	assert_int_equal(s.len, 200);
	s = (struct strbuf)STRBUF(buf);
	w = wire_of(escape, line);
	last_words_line(&w, 0, &s);
	assert_null(strchr(buf, '\033'));
	memcpy(text + 300, "Kernel panic", 12); /* garbled: far behind what lost its end */
	assert_non_null(strstr(words(text), "its console: 'xxx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_without_panic),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
