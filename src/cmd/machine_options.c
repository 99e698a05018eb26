/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/machine_options.h"

#include <string.h>

#include "base/text.h"
#include "cmd/common.h"

void option_console_baud(struct argp_state *state, const char *arg, struct console_bauds *o)
{
	struct text rest = text_string(arg), name;
	struct console_baud *b = &o->baud[o->count];

	if (o->count == CONSOLES_MAX) {
		argp_error(state, "--baud: more than %d consoles", CONSOLES_MAX);
		return;
	}
	if (!strchr(arg, '=') || !text_next_field(&rest, '=', &name) || !name.n ||
	    text_copy(name, b->console, sizeof(b->console)) < 0) {
		argp_error(state, "--baud: CONSOLE=N needs the name of a console and its speed, "
				  "such as ttyS0=115200");
		return;
	}
	b->bits_per_second = option_u64(state, "--baud", rest.p, OPTION_BAUD_MIN, OPTION_BAUD_MAX);
	o->count++;
}

struct console *console_named(struct console_list *list, const char *name)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(list->console[i].name, name) == 0)
			return &list->console[i];
	return NULL;
}

void console_set_baud(struct console *c, uint64_t bits_per_second)
{
	c->bits_per_second = opt_u64_of(bits_per_second);
	c->baud_source = BAUD_OPTION;
	c->why[0] = '\0';
	if (!c->bits_per_character)
		c->bits_per_character = 10;
}
