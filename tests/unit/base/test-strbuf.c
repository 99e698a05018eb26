/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "base/strbuf.h"

static void test_escape(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "nginx: worker", "nginx: worker" },
		{ ") R 1\n", ") R 1\\n" },
		{ "\x1b[2J\x07", "\\x1b[2J\\x07" },
		{ "a\\b", "a\\\\b" },
		{ "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9" },
		{ "\xff\xc0\xaf", "\\xff\\xc0\\xaf" },
		{ "\xc2\x9b", "\\xc2\\x9b" }, /* C1 CSI */
		{ "\xe2\x80\xae"
		  "exe",
		  "\\xe2\\x80\\xae"
		  "exe" },			       /* right-to-left override */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* surrogate */
		{ "\xe2\x82", "\\xe2\\x82" },	       /* cut short */
		{ "\x7f", "\\x7f" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char out[128];
		struct strbuf s = STRBUF(out);

		strbuf_escape(&s, text_of(rows[i].in, strlen(rows[i].in)));
		assert_string_equal(out, rows[i].out);
	}
}

static void test_full(void **state)
{
	char out[4];
	struct strbuf s = STRBUF(out);

	strbuf_puts(&s, "abc");
	assert_false(s.full);
	strbuf_putc(&s, 'd');
	assert_true(s.full);
	assert_string_equal(out, "abc");
	strbuf_clear(&s);
	strbuf_printf(&s, "%d", 12345);
	assert_true(s.full);
	assert_string_equal(out, "");
}

static void test_escaped(void **state)
{
	char room[24];

	assert_string_equal(ESCAPED(room, TEXT("a\nb")), "a\\nb");
	assert_string_equal(ESCAPED(room, TEXT("")), "");
	/* never cut: half a name is another's */
	assert_string_equal(ESCAPED(room, TEXT("\n\n\n\n\n\n\n\n\n\n\n\n")), "(too long to show)");
}

static void test_units(void **state)
{
	char out[128];
	struct strbuf s = STRBUF(out);

	strbuf_bytes(&s, 512);
	strbuf_putc(&s, ' ');
	strbuf_bytes(&s, 1536);
	strbuf_putc(&s, ' ');
	strbuf_bytes(&s, 1073741824.0);
	strbuf_putc(&s, ' ');
	strbuf_bytes(&s, -300.0 * 1024 * 1024);
	assert_string_equal(out, "512 B 1.5 KiB 1.0 GiB -300 MiB");
	strbuf_clear(&s);
	strbuf_seconds(&s, 4.25);
	strbuf_putc(&s, ' ');
	strbuf_seconds(&s, 45);
	strbuf_putc(&s, ' ');
	strbuf_seconds(&s, 720);
	strbuf_putc(&s, ' ');
	strbuf_seconds(&s, 9 * 86400.0);
	assert_string_equal(out, "4.2 s 45 s 12 min 9.0 d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_escaped),
		cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests_name("strbuf", tests, NULL, NULL);
}
