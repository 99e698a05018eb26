/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "fake.h"
#include "unit.h"

#include "source/consoles.h"

static const struct console *find(const struct console_list *l, const char *name)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (strcmp(l->console[i].name, name) == 0)
			return &l->console[i];
	fail_msg("no console '%s'", name);
	return NULL;
}

/* Lines of Linux 4.19, 5.15 and 6.18; tty0 as fs/proc/consoles.c would write it. */
static void test_lines(void **state)
{
	static const char in[] = "ttyS0                -W- (EC  p a)    4:64\n"
				 "ttyS1                -W- (EC p a)    4:65\n"
				 "tty0                 -WU (E   p  )    4:1\n"
				 "ttyAMA0              -W- (E BN  b)\n"
				 "netcon-1             -W- ( X    )\n";
	struct console_list l;

	assert_int_equal(consoles_parse(in, sizeof(in) - 1, &l), 0);
	assert_int_equal(l.count, 5);
	assert_int_equal(l.registered, KNOWN);
	assert_string_equal(l.console[0].name, "ttyS0");
	assert_true(l.console[0].enabled && l.console[0].preferred && !l.console[0].nbcon);
	assert_true(l.console[2].enabled && !l.console[2].preferred);
	assert_true(l.console[3].boot && l.console[3].nbcon && l.console[3].braille);
	assert_false(l.console[4].enabled);
	assert_true(l.console[3].boot_flag && !l.console[0].boot);
	/* No E anywhere: a kernel without that flag. */
	assert_int_equal(consoles_parse("ttyS0 -W- (Cp)\n", 15, &l), 0);
	assert_true(l.console[0].enabled);
	assert_int_equal(consoles_parse("", 0, &l), 0);
	assert_int_equal(l.count, 0);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"\n",
		"ttyS0\n",
		"ttyS0 -W-\n",
		"ttyS0 -W- EC\n",
		"ttyS0 -W- (EC\n",
		"ttyS0 W (E)\n",
		"nameoftoomanycharactersreally0 -W- (E)\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct console_list l;

		assert_int_equal(consoles_parse(rows[i], strlen(rows[i]), &l), -EPROTO);
	}
}

static struct console_list merge(const char *registered, const char *words)
{
	struct console_list l = { .registered = UNREADABLE };
	struct cmdline c;

	if (registered)
		assert_int_equal(consoles_parse(registered, strlen(registered), &l), 0);
	if (words)
		cmdline_parse(words, strlen(words), &c);
	consoles_merge(&l, words ? &c : NULL);
	return l;
}

static void test_speeds(void **state)
{
	static const struct {
		const char *word;
		enum known known;
		uint64_t speed;
		enum baud_source source;
	} rows[] = {
		{ "console=ttyS0,19200", KNOWN, 19200, BAUD_CMDLINE },
		{ "console=ttyS0", KNOWN, 9600, BAUD_DEFAULT },
		{ "console=ttyAMA0", ABSENT, 0, BAUD_UNKNOWN },
		{ "console=ttyS0,999999999999", ABSENT, 0, BAUD_UNKNOWN },
		{ "console=ttyS0,\x1b[2J", ABSENT, 0, BAUD_UNKNOWN },
		{ "console=lp0,9600", ABSENT, 0, BAUD_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct console_list l = merge("", rows[i].word);
		const struct console *c = &l.console[0];

		assert_int_equal(l.count, 1);
		assert_true(c->on_cmdline && c->registered == ABSENT);
		assert_int_equal(c->bits_per_second.known, rows[i].known);
		assert_int_equal(c->bits_per_second.value, rows[i].speed);
		assert_int_equal(c->baud_source, rows[i].source);
		/* Either a speed or a reason, and no control character in it. */
		assert_int_equal(rows[i].known == KNOWN, !c->why[0]);
		assert_null(strchr(c->why, '\x1b'));
	}
}

static void test_merge(void **state)
{
	struct console_list l = merge("ttyS0                -W- (EC  p a)    4:64\n"
				      "netcon0              -W- (E      )\n",
				      "console=tty0 console=ttyS0,115200n8r");

	assert_int_equal(l.count, 3);
	assert_true(find(&l, "ttyS0")->registered == KNOWN && find(&l, "ttyS0")->on_cmdline);
	assert_true(find(&l, "ttyS0")->flow_control);
	assert_int_equal(find(&l, "netcon0")->kind, CONSOLE_NET);
	assert_false(find(&l, "netcon0")->on_cmdline);
	assert_int_equal(find(&l, "tty0")->registered, ABSENT);

	l = merge(NULL, "console=ttyS0");
	assert_int_equal(find(&l, "ttyS0")->registered, UNREADABLE);

	/* One console of a driver prints, the first; an early one is another driver. */
	l = merge(NULL, "earlyprintk=ttyS0,9600,keep console=ttyS1,9600 console=tty0 "
			"console=ttyS0,9600 console=ttyS1");
	assert_int_equal(l.count, 4);
	assert_int_equal(find(&l, "ttyS1")->registered, UNREADABLE);
	assert_int_equal(find(&l, "tty0")->registered, UNREADABLE);
	assert_int_equal(find(&l, "ttyS0")->registered, ABSENT);
	assert_int_equal(find(&l, "earlyser0")->registered, UNREADABLE);
	/* The word is no flag. */
	assert_true(find(&l, "earlyser0")->boot && !find(&l, "earlyser0")->boot_flag);
	assert_false(l.no_console);
	assert_true(merge(NULL, "console=null").no_console);

	l = merge("ttyS0                -W- (EC  p a)    4:64\n", NULL);
	assert_false(find(&l, "ttyS0")->on_cmdline);
	assert_false(opt_is_known(find(&l, "ttyS0")->bits_per_second));
	assert_true(find(&l, "ttyS0")->why[0]);
}

static void test_full(void **state)
{
	char file[4096] = "", words[64] = "console=ttyS40 console=ttyS41";
	struct console_list l;

	for (int i = 0; i < 20; i++)
		(void)snprintf(file + strlen(file), sizeof(file) - strlen(file), "ttyS%d -W- (E)\n",
			       i);
	l = merge(file, words);
	assert_int_equal(l.count, CONSOLES_MAX);
	assert_int_equal(l.dropped, 20 - CONSOLES_MAX + 2);
}

/* A captured tree: the tty's speed is the last word; a live one is never asked without a deadline.
 */
static void test_read(void **state)
{
	struct fake x = { 0 };
	struct console_list l;
	struct cmdline c;
	const struct held_ttys held = { 0 };
	struct root live;

	fake_begin(&x);
	fake_file(&x, "proc/consoles", "ttyS0                -W- (EC  p a)    4:64\n");
	fake_file(&x, "dev/ttyS0.stty", "speed 19200 baud; rows 0;\n-parenb cs8 -cstopb crtscts\n");
	fake_open(&x);
	cmdline_parse("console=ttyS0,9600", 18, &c);
	consoles_read(&x.root, &c, &held, 0, &l);
	assert_int_equal(find(&l, "ttyS0")->bits_per_second.value, 19200);
	assert_int_equal(find(&l, "ttyS0")->baud_source, BAUD_TERMIOS);
	/* The tty's, not the console's. */
	assert_false(find(&l, "ttyS0")->flow_control);
	fake_end(&x);

	assert_int_equal(root_open(NULL, &live, NULL), 0);
	consoles_read(&live, &c, &held, 0, &l);
	assert_int_equal(l.registered, UNREADABLE);
	assert_true(l.why[0]);
	assert_int_equal(find(&l, "ttyS0")->baud_source, BAUD_CMDLINE);
	root_close(&live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_speeds), cmocka_unit_test(test_merge),
		cmocka_unit_test(test_full),   cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
