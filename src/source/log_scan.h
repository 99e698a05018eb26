/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in a block of bytes may an OOM report begin? A search for several words at once that looks
 * at a fraction of the bytes (Wu and Manber, "A fast algorithm for multi-pattern searching",
 * TR-94-17): >= 500 MB/s on ordinary logs (bench/explain).
 */
#pragma once

#include "base/text.h"

/*
 * Offset of the first byte of the first word, or -1. The words: every line that can begin a report
 * or stand alone for one, and the neighbours. Upper and lower case as the kernel writes them. A
 * word over the end of `t` is not found: pieces must overlap by LOG_SCAN_OVERLAP bytes.
 */
#define LOG_SCAN_OVERLAP 32
ssize_t log_scan(struct text t);
