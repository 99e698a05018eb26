/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal UI of `watch`: draws a watch_screen with ncurses and turns keys into its keys.
 * Decides nothing. Only one at a time; the terminal is restored by watch_tui_close on every path.
 */
#pragma once

#include <signal.h>

#include "report/style.h"
#include "report/watch_screen.h"
#include "report/watch_view.h"

/* Takes the terminal over. 0, or -ENOTTY with the reason on *ret_why (unknown TERM). */
int watch_tui_open(bool colour, const char **ret_why) _must_check_ _nonnull_all_;
void watch_tui_close(void);

/* How many table rows fit now. */
uint32_t watch_tui_page(void);

/* `row` of the view holds all rows; the screen's window of them is drawn. */
void watch_tui_draw(const struct watch_screen *s, const struct watch_view *v,
		    const struct style *style) _nonnull_all_;

/*
 * Waits for a key up to `seconds`. True with *ret_key; false on the time-out, a signal of `mask`
 * (see ppoll), a resize, or the end of the input, which is *ret_gone.
 */
bool watch_tui_key(double seconds, const sigset_t *mask, uint32_t *ret_key,
		   bool *ret_gone) _nonnull_all_;
