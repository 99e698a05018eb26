/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What doctor and storm take from the command line in place of what a machine has. */
#pragma once

#include <argp.h>
#include <stdint.h>

#include "base/macro.h"
#include "model/console.h"

/* B50 to B4000000 are the rates that a tty can be set to. */
#define OPTION_BAUD_MIN 50
#define OPTION_BAUD_MAX 4000000
#define OPTION_TASKS_MAX 4194304 /* PID_MAX_LIMIT */

/* "--baud CONSOLE=N", several times. */
struct console_bauds {
	struct console_baud {
		char console[CONSOLE_NAME_SIZE]; /* not escaped */
		uint64_t bits_per_second;
	} baud[CONSOLES_MAX];
	uint32_t count;
};

/* argp prints the message for a bad one, and exits. */
void option_console_baud(struct argp_state *state, const char *arg,
			 struct console_bauds *o) _nonnull_all_;

/* The console of that name, NULL when there is none. */
struct console *console_named(struct console_list *list, const char *name) _nonnull_all_;

/* Whatever was found: the operator says what the speed of the line is. */
void console_set_baud(struct console *c, uint64_t bits_per_second) _nonnull_all_;
