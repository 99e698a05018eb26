/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guard tells systemd, by plain datagrams and without libsystemd (systemd's own advice):
 * sd_notify(3) states and native journal entries. Never blocks: a full socket loses the message,
 * and the caller counts it. Nothing allocates.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"
#include "base/strbuf.h"

/*
 * A non-blocking datagram socket connected to `path` (a leading '@' means the abstract
 * namespace). The descriptor, or negative errno (-ENOENT, -ECONNREFUSED: nobody listens).
 */
int datagram_connect(const char *path) _must_check_ _nonnull_all_;

/* Connects to $NOTIFY_SOCKET. -ENOENT when it is not set: not started by a service manager. */
int notify_connect(void) _must_check_;

/* Sends state lines such as "READY=1\nSTATUS=...". 0, -EAGAIN when the socket is full, -EBADF. */
int datagram_send(int fd, const char *bytes, size_t len) _must_check_ _nonnull_all_;

/*
 * Adds a field of the journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): NAME=value,
 * or the length-prefixed form when the value holds a newline.
 */
void journal_field(struct strbuf *s, const char *name, const char *value, size_t len) _nonnull_all_;
