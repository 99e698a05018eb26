/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/console_driver.h"

static void test_kinds(void **state)
{
	static const struct {
		const char *name;
		enum console_kind kind;
	} rows[] = {
		{ "ttyS0", CONSOLE_UART },    { "ttyAMA10", CONSOLE_UART },
		{ "ttymxc3", CONSOLE_UART },  { "pl11", CONSOLE_UART },
		{ "uart8250", CONSOLE_UART }, { "tty0", CONSOLE_VT },
		{ "tty63", CONSOLE_VT },      { "hvc0", CONSOLE_VIRTUAL },
		{ "netcon-1", CONSOLE_NET },  { "netcon_ext0", CONSOLE_NET },
		{ "ttynull0", CONSOLE_NULL }, { "ttynull-1", CONSOLE_NULL },
	};
	static const char *const unknown[] = {
		"", "0", "-", "-1", "ttyX0", "ttySS0", "lp0", "TTYS0"
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct console_driver *d =
			console_driver_find(text_of(rows[i].name, strlen(rows[i].name)));

		assert_non_null(d);
		assert_int_equal(d->kind, rows[i].kind);
		/* A line without a default says why; what is no line has neither. */
		assert_int_equal(d->kind == CONSOLE_UART, d->default_baud || d->why);
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_null(console_driver_find(text_of(unknown[i], strlen(unknown[i]))));
}

static void test_options(void **state)
{
	static const struct {
		const char *in;
		int r;
		uint64_t speed;
		uint32_t bits;
		bool flow;
	} rows[] = {
		{ "19200", 0, 19200, 10, false },
		{ "115200n8", 0, 115200, 10, false },
		{ "9600n8r", 0, 9600, 10, true },
		{ "9600e8", 0, 9600, 11, false },
		{ "9600o7", 0, 9600, 10, false },
		{ "9600n7", 0, 9600, 9, false },
		{ "9600n9", 0, 9600, 10, false },
		{ "9600r", 0, 9600, 10, false },
		{ "9600 n8", 0, 9600, 10, false },
		{ "50", 0, 50, 10, false },
		{ "49", -ERANGE, 0, 10, false },
		{ "0", -ERANGE, 0, 10, false },
		{ "16000001", -ERANGE, 0, 10, false },
		{ "n8r", -EINVAL, 0, 10, true },
		{ "", -EINVAL, 0, 10, false },
		{ "-9600", -EINVAL, 0, 10, false },
		{ "18446744073709551616n8r", -ERANGE, 0, 10, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct serial_line l;

		assert_int_equal(serial_options_parse(text_of(rows[i].in, strlen(rows[i].in)), &l),
				 rows[i].r);
		assert_int_equal(l.bits_per_second, rows[i].speed);
		assert_int_equal(l.bits_per_character, rows[i].bits);
		assert_int_equal(l.flow_control, rows[i].flow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
