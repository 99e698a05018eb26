/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "source/cmdline.h"

static struct cmdline parse(const char *line)
{
	struct cmdline c;

	cmdline_parse(line, strlen(line), &c);
	return c;
}

/* Quotes as in next_arg of lib/cmdline.c. */
static void test_words(void **state)
{
	static const struct {
		const char *in, *name, *value; /* value NULL: none */
	} rows[] = {
		{ "quiet", "quiet", NULL },
		{ "\t a=b c", "a", "b" },
		{ "a=", "a", "" },
		{ "a=b=c", "a", "b=c" },
		{ "a=\"b c\" d", "a", "b c" },
		{ "\"a=b c\" d", "a", "b c" },
		{ "\"a b\"", "a b", NULL },
		{ "a=b\" \"c", "a", "b\" \"c" },
		{ "a=\"b c", "a", "b c" },
		{ "=b", "=b", NULL },
		{ "\"=b\"", "=b", NULL },
		{ "\"", "", NULL },
		{ "a=\"", "a", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text rest = text_of(rows[i].in, strlen(rows[i].in));
		struct cmdline_word w;

		assert_true(cmdline_next(&rest, &w));
		assert_true(text_is(w.name, rows[i].name));
		assert_int_equal(w.has_value, rows[i].value != NULL);
		assert_true(!rows[i].value || text_is(w.value, rows[i].value));
	}
}

static void test_end(void **state)
{
	struct text rest = TEXT("a -- b");
	struct cmdline_word w;

	assert_true(cmdline_next(&rest, &w));
	assert_false(cmdline_next(&rest, &w)); /* what follows is init's */
	rest = TEXT(" \n");
	assert_false(cmdline_next(&rest, &w));
}

static void test_consoles(void **state)
{
	static const struct {
		const char *in, *name, *options;
	} rows[] = {
		{ "console=ttyS1,19200", "ttyS1", "19200" },
		{ "console=ttyS0", "ttyS0", "" },
		{ "console=tty", "tty0", "" },
		{ "console=tty0", "tty0", "" },
		{ "console=1,9600n8", "ttyS1", "9600n8" },
		{ "console=\"ttyS2,115200 n\"", "ttyS2", "115200 n" },
		{ "console=ttyS3x4,1", "ttyS3", "1" },
		{ "console=uart8250,io,0x2f8,19200n8", "ttyS1", "19200n8" },
		{ "console=uart,mmio,0xfe0,9600", "uart8250", "9600" },
		{ "console=brl,ttyS4", "ttyS4", "" },
		{ "console=brl=ab,ttyS5", "ttyS5", "" },
		{ "keep_bootcon earlycon=pl011,0x9000000", "pl011", "" },
		{ "keep-bootcon earlycon=uart8250,io,0x3f8,115200n8", "uart8250", "115200n8" },
		{ "earlycon keep_bootcon", "earlycon0", "" },
		{ "earlyprintk=serial,ttyS0,115200,keep", "earlyser0", "115200" },
		{ "earlyprintk=vga,keep", "earlyvga0", "" },
		{ "earlyprintk=ttyS1,keep", "earlyser0", "" },
		{ "earlyprintk=ttyS1,57600,keep", "earlyser0", "57600" },
		{ "earlyprintk=serial,0x2f8,115200,keep", "earlyser0", "115200" },
		{ "earlyprintk=serial,1,38400,keep", "earlyser0", "38400" },
		{ "earlyprintk=serial,keep", "earlyser0", "" },
		{ "earlyprintk=pciserial,force,0:18.1,115200,keep", "earlyser0", "115200" },
		{ "earlyprintk=pciserial,0:18.1,nocfg,keep", "earlyser0", "nocfg" },
		{ "earlyprintk=xen,keep", "xenboot0", "" },
		{ "earlyprintk=dbgp1,keep", "earlydbg0", "" },
		{ "earlyprintk=xdbc,keep", "earlyxdbc0", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cmdline c = parse(rows[i].in);

		assert_int_equal(c.count, 1);
		assert_string_equal(c.console[0].name, rows[i].name);
		assert_string_equal(c.console[0].options, rows[i].options);
		assert_int_equal(c.console[0].braille, strstr(rows[i].in, "brl") != NULL);
		assert_int_equal(c.console[0].boot, strstr(rows[i].in, "early") != NULL);
	}
}

/* The last is preferred; one that comes again keeps the options it came with first. */
static void test_order(void **state)
{
	struct cmdline c = parse("console=ttyS0,9600 console=tty0 console=ttyS0,115200");

	assert_int_equal(c.count, 2);
	assert_string_equal(c.console[0].name, "tty0");
	assert_string_equal(c.console[1].name, "ttyS0");
	assert_string_equal(c.console[1].options, "9600");
	/* The first of a driver is the one that it takes, though another comes last. */
	c = parse("console=ttyS1,9600 console=ttyS0,9600 console=ttyS1 console=tty0");
	assert_true(c.console[0].driver_taken && !c.console[1].driver_taken &&
		    !c.console[2].driver_taken);
	assert_string_equal(c.console[1].name, "ttyS1");
	assert_true(parse("loglevel=4 quiet").loglevel_quiet);
	assert_false(parse("quiet loglevel=4").loglevel_quiet);
	assert_false(parse("quiet debug").loglevel_quiet);
}

static void test_no_console(void **state)
{
	static const char *const rows[] = {
		"earlyprintk=ttyS0,115200", "earlycon=uart8250,io,0x3f8",
		"netconsole=@/,@/",	    "x -- console=ttyS0",
		"xconsole=ttyS0",	    "earlyprintk",
		"earlyprintk=keep",	    "earlyprintk=0x3f8,keep",
		"keep_bootcon earlyprintk",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(parse(rows[i]).count, 0);
	assert_true(parse("console=").no_console);
	assert_true(parse("console=null").no_console);
	assert_true(parse("console=\"\"").no_console);
}

static void test_hostile(void **state)
{
	char line[4096] = "";
	struct cmdline c;

	for (int i = 0; i < 40; i++)
		(void)snprintf(line + strlen(line), sizeof(line) - strlen(line), "console=ttyX%d ",
			       i);
	c = parse(line);
	assert_int_equal(c.count, CONSOLES_MAX);
	assert_int_equal(c.dropped, 40 - CONSOLES_MAX);

	/* names no console can have */
	c = parse("console=a:b console=12345 console=nameoftoomanycharactersreally0");
	assert_int_equal(c.count, 0);
	assert_int_equal(c.dropped, 3);

	memset(line, '9', 200);
	memcpy(line, "console=ttyS0,", 14);
	line[200] = '\0';
	c = parse(line);
	assert_true(c.count == 1 && c.console[0].options_cut && !c.console[0].options[0]);

	cmdline_parse("console=t\0S0", 12, &c);
	assert_int_equal(c.count, 0);
}

static void test_levels(void **state)
{
	static const struct {
		const char *in;
		uint64_t level;
	} rows[] = {
		{ "quiet", 4 },
		{ "debug", 10 },
		{ "loglevel=7", 7 },
		{ "loglevel=3 quiet", 4 },
		{ "quiet loglevel=8", 8 },
		{ "quiet debug", 10 },
		{ "loglevel=99", 99 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cmdline c = parse(rows[i].in);

		assert_true(opt_is_known(c.loglevel) && c.loglevel.value == rows[i].level);
	}
	assert_int_equal(parse("loglevel=x").loglevel.known, UNREADABLE);
	assert_int_equal(parse("loglevel=").loglevel.known, UNREADABLE);
	assert_int_equal(parse("loglevel").loglevel.known, ABSENT);
	assert_true(parse("ignore_loglevel").ignore_loglevel);
	assert_true(parse("ignore-loglevel").ignore_loglevel);
	assert_true(parse("printk.ignore_loglevel=Y").ignore_loglevel);
	assert_false(parse("printk.ignore_loglevel=0").ignore_loglevel);
}

static void test_log_buf_len(void **state)
{
	assert_true(parse("log_buf_len=1M").log_buf_bytes.value == MIB);
	assert_true(parse("log_buf_len=1025K").log_buf_bytes.value == 2 * MIB);
	assert_true(parse("log_buf_len=131072").log_buf_bytes.value == 131072);
	assert_int_equal(parse("log_buf_len=0").log_buf_bytes.known, ABSENT);
	assert_int_equal(parse("log_buf_len=9G").log_buf_bytes.known, ABSENT);
	assert_int_equal(parse("log_buf_len=M").log_buf_bytes.known, ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	   cmocka_unit_test(test_end),
		cmocka_unit_test(test_consoles),   cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_console), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_levels),	   cmocka_unit_test(test_log_buf_len),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
