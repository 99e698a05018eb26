/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/console_driver.h"

#include <ctype.h>
#include <errno.h>

static const char firmware[] = "no speed given: the driver keeps what the firmware set";
static const char own[] = "no speed given, and the default of this driver is not known";

/*
 * Defaults as the *_console_setup of each driver has them (Linux 4.4 to 6.12): 8250 9600 (console=
 * never probes), sh-sci 115200. amba-pl011 and imx ask the port's registers first (38400 and 9600
 * only when it is off), so that there is none to name.
 */
static const struct console_driver drivers[] = {
	{ "ttyS", CONSOLE_UART, 9600, NULL },
	{ "ttySC", CONSOLE_UART, 115200, NULL },
	{ "ttyAMA", CONSOLE_UART, 0, firmware },
	{ "ttymxc", CONSOLE_UART, 0, firmware },
	{ "ttyLP", CONSOLE_UART, 0, firmware },
	{ "uart", CONSOLE_UART, 0, firmware }, /* uart8250 before its port is known; earlycon */
	{ "pl", CONSOLE_UART, 0, firmware },
	{ "earlycon", CONSOLE_UART, 0, firmware },
	{ "earlyser", CONSOLE_UART, 9600, NULL }, /* DEFAULT_BAUD, x86 early_printk.c */
	{ "ttyAL", CONSOLE_UART, 0, own },	  /* Altera */
	{ "ttyAML", CONSOLE_UART, 0, own },	  /* Amlogic */
	{ "ttyAT", CONSOLE_UART, 0, own },	  /* Atmel */
	{ "ttyASC", CONSOLE_UART, 0, own },	  /* ST */
	{ "ttyLF", CONSOLE_UART, 0, own },	  /* linflex */
	{ "ttyMSM", CONSOLE_UART, 0, own },	  /* Qualcomm */
	{ "ttyMV", CONSOLE_UART, 0, own },	  /* Armada */
	{ "ttyO", CONSOLE_UART, 0, own },	  /* OMAP */
	{ "ttyPS", CONSOLE_UART, 0, own },	  /* Cadence, Zynq */
	{ "ttySAC", CONSOLE_UART, 0, own },	  /* Samsung */
	{ "ttySIF", CONSOLE_UART, 0, own },	  /* SiFive */
	{ "ttySTM", CONSOLE_UART, 0, own },
	{ "ttyTHS", CONSOLE_UART, 0, own }, /* Tegra */
	{ "ttyUL", CONSOLE_UART, 0, own },  /* uartlite: fixed in hardware */
	{ "ttyUSB", CONSOLE_UART, 0, own },
	{ "tty", CONSOLE_VT, 0, NULL },
	{ "drm_log", CONSOLE_VT, 0, NULL },
	{ "earlyvga", CONSOLE_VT, 0, NULL },
	{ "earlyefi", CONSOLE_VT, 0, NULL },
	{ "efifb", CONSOLE_VT, 0, NULL },
	{ "hvc", CONSOLE_VIRTUAL, 0, NULL },
	{ "hvsi", CONSOLE_VIRTUAL, 0, NULL },
	{ "xvc", CONSOLE_VIRTUAL, 0, NULL },
	{ "xenboot", CONSOLE_VIRTUAL, 0, NULL },
	{ "ttysclp", CONSOLE_VIRTUAL, 0, NULL },
	{ "sclp", CONSOLE_VIRTUAL, 0, NULL },
	{ "ttyTCU", CONSOLE_VIRTUAL, 0, NULL }, /* Tegra: by a mailbox to another processor */
	{ "netcon", CONSOLE_NET, 0, NULL },
	{ "netcon_ext", CONSOLE_NET, 0, NULL },
	{ "ttynull", CONSOLE_NULL, 0, NULL },
};

const struct console_driver *console_driver_find(struct text console_name)
{
	size_t n = console_name.n;

	while (n && isdigit((unsigned char)console_name.p[n - 1]))
		n--;
	if (n && console_name.p[n - 1] == '-')
		n--; /* "netcon-1": a console without an index */
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (text_is(text_of(console_name.p, n), drivers[i].name))
			return &drivers[i];
	return NULL;
}

int serial_options_parse(struct text in, struct serial_line *ret)
{
	struct serial_line line = { .bits_per_character = 10 };
	size_t digits = 0;
	uint64_t baud = 0;
	int r;

	while (digits < in.n && isdigit((unsigned char)in.p[digits]))
		digits++;
	r = text_u64(text_of(in.p, digits), &baud);
	if (r == 0 && (baud < BAUD_MIN || baud > BAUD_MAX))
		r = -ERANGE;
	in = text_of(in.p + digits, in.n - digits);
	if (in.n > 0 && strchr("oOeE", in.p[0]) && in.p[0])
		line.bits_per_character++;
	if (in.n > 1 && in.p[1] == '7')
		line.bits_per_character--;
	line.flow_control = in.n > 2 && in.p[2] == 'r';
	line.bits_per_second = r == 0 ? baud : 0;
	*ret = line;
	return r;
}
