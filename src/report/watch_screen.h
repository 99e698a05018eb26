/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the terminal UI of `watch` and what each key does to it. Pure: knows no terminal.
 * No key changes anything outside this struct; there is deliberately no key that kills or limits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "judge/ranking.h"

enum screen_mode { SCREEN_TABLE, SCREEN_DETAIL, SCREEN_HELP };

/* Keys that are no character; characters stand for themselves. */
enum screen_key {
	KEYPRESS_UP = 0x110000, /* above the last Unicode character */
	KEYPRESS_DOWN,
	KEYPRESS_PAGE_UP,
	KEYPRESS_PAGE_DOWN,
	KEYPRESS_HOME,
	KEYPRESS_END,
	KEYPRESS_LEFT,
	KEYPRESS_RIGHT,
	KEYPRESS_ENTER,
	KEYPRESS_ESCAPE,
	KEYPRESS_BACKSPACE,
	KEYPRESS_OTHER,
};

#define SCREEN_FILTER_SIZE 64

struct watch_screen {
	enum screen_mode mode;
	enum rank_key sort;
	bool reverse;
	bool paused;
	bool quit;
	bool editing; /* the filter is being typed */
	char filter[SCREEN_FILTER_SIZE];
	uint32_t filter_len;
	struct process_id selected; /* followed when the order changes; pid 0 = none yet */
	uint32_t cursor;	    /* row index of the selection */
	uint32_t top;		    /* first row on screen */
	uint32_t count;		    /* rows in the table now */
	uint32_t page;		    /* rows that fit */
	uint32_t scroll;	    /* first line of the detail or help text */
};

static inline struct text watch_screen_filter(const struct watch_screen *s)
{
	return text_of(s->filter, s->filter_len);
}

/*
 * Takes the rows of a new pass, sorts and filters them in place as the state says, finds the
 * selection again and keeps it on a screen of `page` rows. Returns how many rows are left.
 */
uint32_t watch_screen_update(struct watch_screen *s, struct ranked *rows, uint32_t count,
			     uint32_t page) _nonnull_(1);

/* True when rows must be sorted or filtered anew; else only the picture changes. */
bool watch_screen_key(struct watch_screen *s, uint32_t key, const struct ranked *rows) _nonnull_(1);

/* One line that names the keys of the present mode, and the filter while it is typed. */
void watch_screen_footer(const struct watch_screen *s, struct strbuf *out) _nonnull_all_;
