/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the printing of a report held the machine up, and the speed of the console that its
 * timestamps give away. A line's timestamp is taken before it is printed, so the time to the next
 * one is that of its bytes; the lines of one multi-line record share a stamp. Behind a buffer only
 * the sum of the bytes keeps to the UART's rate.
 */
#pragma once

#include "judge/oom_story.h"

/* 10 bits a byte: start, 8 data, stop. */
#define OOM_BITS_PER_BYTE 10

void oom_printing_of(const struct oom_report *r, struct oom_printing *ret) _nonnull_all_;
/* The standard rate within 3 % of what `bytes_per_second` needs; 0: none. */
uint64_t oom_standard_baud(double bytes_per_second);
