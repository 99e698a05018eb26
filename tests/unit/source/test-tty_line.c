/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/tty_line.h"

static void test_stty(void **state)
{
	static const struct {
		const char *in;
		uint64_t speed;
		uint32_t bits;
	} rows[] = {
		{ "speed 9600 baud; rows 0; columns 0; line = 0;\n-parenb -parodd cs8 -cstopb\n",
		  9600, 10 },
		{ "speed 115200 baud; line = 0;\nparenb cs7 cstopb -crtscts\n", 115200, 11 },
		{ "speed 50 baud;\ncs5", 50, 7 },
	};
	struct serial_line l;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(stty_parse(rows[i].in, strlen(rows[i].in), &l), 0);
		assert_int_equal(l.bits_per_second, rows[i].speed);
		assert_int_equal(l.bits_per_character, rows[i].bits);
		assert_false(l.flow_control);
	}
	assert_int_equal(stty_parse("speed 300 baud;\ncs8 crtscts", 27, &l), 0);
	assert_true(l.flow_control);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"",
		"speed",
		"speed x baud;\ncs8\n",
		"speed 9600\ncs8\n",
		"speed 0 baud;\ncs8\n",
		"speed 99999999 baud;\ncs8\n",
		"speed 9600 baud;\n",
		"speed 9600 baud;\ncs9\n",
		"9600 baud;\ncs8\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct serial_line l;

		assert_int_equal(stty_parse(rows[i], strlen(rows[i]), &l), -EPROTO);
	}
}

/* A name from a hostile tree reaches no other file. */
static void test_names(void **state)
{
	struct root root;
	struct serial_line l;

	assert_int_equal(root_open(NULL, &root, NULL), 0);
	assert_int_equal(tty_line_read(&root, "../etc/passwd", 1, &l), -ENOENT);
	assert_int_equal(tty_line_read(&root, "no-such-tty", 1, &l), -ENOENT);
	/* no tty at all */
	assert_int_equal(tty_line_read(&root, "null", 1, &l), -ENOTTY);
	root_close(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stty),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
