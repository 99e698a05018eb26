/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first line is a kernel command line, the rest /proc/consoles: merged, each console has a
 * speed, a reason, or a kind without a speed, and no reason carries a control character. */
#include "fuzz.h"

#include "source/consoles.h"

static void check(const struct console *c)
{
	const bool speed = opt_is_known(c->bits_per_second);

	REQUIRE(c->name[0]);
	REQUIRE(speed == (c->baud_source != BAUD_UNKNOWN));
	REQUIRE(!speed || (c->bits_per_second.value >= BAUD_MIN &&
			   c->bits_per_second.value <= BAUD_MAX && c->bits_per_character));
	REQUIRE(speed || c->why[0] || (c->kind != CONSOLE_UART && c->kind != CONSOLE_UNKNOWN));
	for (const char *p = c->why; *p; p++)
		REQUIRE((unsigned char)*p >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = text_of((const char *)data, size), line = TEXT("");
	static struct cmdline c;
	static struct console_list l;

	(void)text_next_line(&in, &line);
	cmdline_parse(line.p, line.n, &c);
	if (consoles_parse(in.p, in.n, &l) < 0)
		l = (struct console_list){ .registered = UNREADABLE };
	consoles_merge(&l, &c);
	REQUIRE(l.count <= CONSOLES_MAX);
	for (uint32_t i = 0; i < l.count; i++)
		check(&l.console[i]);

	return 0;
}
