/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/console.h"

#include "base/macro.h"

const char *console_kind_name(enum console_kind kind)
{
	static const char *const names[] = {
		[CONSOLE_UNKNOWN] = "unknown", [CONSOLE_UART] = "uart", [CONSOLE_VT] = "vt",
		[CONSOLE_VIRTUAL] = "virtual", [CONSOLE_NET] = "net",	[CONSOLE_NULL] = "null",
	};

	_Static_assert(ARRAY_SIZE(names) == CONSOLE_KIND_COUNT, "a name for every kind");
	return names[kind];
}

const char *baud_source_name(enum baud_source source)
{
	static const char *const names[] = {
		[BAUD_UNKNOWN] = "unknown", [BAUD_DEFAULT] = "default", [BAUD_CMDLINE] = "cmdline",
		[BAUD_TERMIOS] = "termios", [BAUD_OPTION] = "option",
	};

	return names[source];
}
