/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The far end of a serial line of a given speed. A thread takes one byte per 10/baud seconds from a
 * socket; what is not taken stays there, QEMU's UART then says that it is busy, and the guest's
 * driver waits as it does on a real line. That is the whole point: docs/VM.md, "The slow line".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"
#include "compare.h"

struct console;

/*
 * The bytes that may wait in QEMU's end of the socket, as SO_SNDBUF wants it. Linux counts a byte
 * that is written alone as a whole socket buffer, so these are some tens or hundreds of bytes: less
 * starves the line when the host is busy, more lets the buffer drain in stalls longer than the
 * driver's patience, which loses characters. 0: leave the default. Measured in facts at each speed.
 */
int console_send_buffer(int baud);

/* Takes the socket over. baud 0: everything as it comes. */
int console_start(int fd, int baud, struct console **ret,
		  struct fault *f) _must_check_ _nonnull_all_;
/* Stops the thread and frees everything; accepts NULL. */
void console_stop(struct console *c);

/* Seconds that a character takes; 0 for an unthrottled line. */
double console_char_seconds(const struct console *c) _nonnull_all_;
/* Did the reader get real-time priority? Without it the line is slower when the host is busy. */
bool console_is_realtime(const struct console *c) _nonnull_all_;
/* The other end is closed and everything has been taken. */
bool console_at_end(const struct console *c) _nonnull_all_;

/*
 * The complete lines so far. The memory stays where it is until console_stop; lines and text are
 * only added. Past 64 MiB or 1,048,576 lines the reader takes bytes but keeps none.
 */
struct wire console_wire(const struct console *c) _nonnull_all_;
/* Bytes kept so far, for a raw copy. */
uint32_t console_text_bytes(const struct console *c) _nonnull_all_;
bool console_overflowed(const struct console *c) _nonnull_all_;
