/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel command line: words as the kernel splits them, and what they say about consoles,
 * loglevel and the ring buffer. Asking it takes no lock, unlike /proc/consoles.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/opt.h"
#include "base/text.h"
#include "model/console.h"

#define CMDLINE_OPTIONS_SIZE 64

struct cmdline_word {
	struct text name, value; /* point into the line; value without its quotes */
	bool has_value;		 /* there was a '=' */
};

/*
 * Takes the next word off *rest, as next_arg of lib/cmdline.c does: blanks separate, double quotes
 * protect them. False at the end, and at "--": what follows is init's.
 */
bool cmdline_next(struct text *rest, struct cmdline_word *ret) _nonnull_all_;

/* One console= word, or an early one that was told to stay. */
struct cmdline_console {
	char name[CONSOLE_NAME_SIZE];	    /* normal form: "ttyS0", "tty0"; not escaped */
	char options[CMDLINE_OPTIONS_SIZE]; /* "115200n8r"; "" none; not escaped */
	bool options_cut;		    /* they did not fit: then .options is "" */
	bool boot;	   /* earlyprintk=...,keep, or an earlycon with keep_bootcon */
	bool braille;	   /* console=brl,... */
	bool driver_taken; /* an earlier word names the same driver: this one never prints */
};

struct cmdline {
	struct cmdline_console console[CONSOLES_MAX]; /* no name twice; the last is preferred */
	uint32_t count;
	uint32_t dropped;	 /* more than fit, or names that no console can have */
	bool no_console;	 /* console=null or console="" : ttynull, nothing is printed */
	struct opt_u64 loglevel; /* loglevel=, quiet (4), debug (10): the last; UNREADABLE: no
				    number */
	bool loglevel_quiet;	 /* it was `quiet`: CONFIG_CONSOLE_LOGLEVEL_QUIET is the level */
	bool ignore_loglevel, keep_bootcon;
	struct opt_u64
		log_buf_bytes; /* log_buf_len=, rounded up to a power of two as the kernel does */
};

/* Never fails: a word that is none of the kernel's is none of ours. */
void cmdline_parse(const char *buf, size_t len, struct cmdline *ret) _nonnull_all_;
