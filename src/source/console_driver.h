/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bulkhead knows of console drivers by their names, and of the options of a serial line. A
 * driver that is not in the table is unknown; nothing is guessed from its name.
 */
#pragma once

#include "base/macro.h"
#include "base/text.h"
#include "model/console.h"

struct console_driver {
	const char *name; /* without the index: "ttyS" */
	enum console_kind kind;
	uint32_t default_baud; /* of console=NAME without options; 0: not known, or not one */
	const char *why;       /* if so, for .why of struct console; NULL when there is no line */
};

/* By the letters in front of the index. NULL: not known. */
const struct console_driver *console_driver_find(struct text console_name);

/* Slower is no console, faster is no UART: a number outside is not believed. */
#define BAUD_MIN 50
#define BAUD_MAX 16000000

struct serial_line {
	uint64_t bits_per_second;
	uint32_t bits_per_character; /* start, data, parity, one stop bit (two where known) */
	bool flow_control;
};

/*
 * "115200n8r" as uart_parse_options and uart_set_options of drivers/tty/serial/serial_core.c read
 * it: what follows and is none of it is ignored, bits other than 7 are 8. -EINVAL: no number in
 * front; -ERANGE: outside BAUD_MIN to BAUD_MAX; *ret is then written all the same but for the
 * speed, which is 0.
 */
int serial_options_parse(struct text in, struct serial_line *ret) _must_check_ _nonnull_all_;
