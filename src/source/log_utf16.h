/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A log that Windows saved as UTF-16 (PowerShell's redirection, Notepad), as UTF-8. */
#pragma once

#include "base/text.h"

struct log_utf16 {
	bool active, big_endian;
	uint8_t half; /* a byte whose other half is in the next piece */
	bool has_half;
	uint32_t surrogate; /* the first of a pair; 0: none */
};

/* Does an input that begins so (two bytes at least) hold UTF-16? By its byte order mark alone. */
bool log_utf16_detect(struct log_utf16 *u, struct text begin) _nonnull_(1);

/*
 * Writes the next piece as UTF-8; `out` has room for 2 * in.n + 4 bytes. What is no character
 * becomes U+FFFD.
 */
size_t log_utf16_convert(struct log_utf16 *u, struct text in, char *out) _nonnull_(1, 3);
