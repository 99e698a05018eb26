/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timestamps that logs put before a line. Each function takes one form off the front of *t and
 * writes *ret, or returns false and leaves both alone. None takes a part of what the kernel itself
 * prints: a row of the task table ("[  123]  1000 ...") is no timestamp.
 */
#pragma once

#include "base/text.h"
#include "model/oom_report.h"

/*
 * "[   12.345678]" of printk, also without the bracket that a selection on a terminal lost
 * ("193605.506728]"), with the ",3" or "@3" of phones or dmesg -d's "<    0.000012>" behind the
 * number.
 */
bool log_stamp_printk(struct text *t, struct oom_stamp *ret) _nonnull_all_;

/*
 * Wall clock in brackets: dmesg -T in any language ("[dim. 19 avril 18:03:30 2026]"), dmesg -e
 * ("[Nov26 12:00]", "[  +0.000012]", "[<    0.000012>]"), ISO. A month whose name is not known
 * leaves .wall_usec unknown.
 */
bool log_stamp_bracketed(struct text *t, struct oom_stamp *ret) _nonnull_all_;

/* "2025-11-26T12:00:00.123456+01:00", with a blank or '_' for the T, '/' for '-', ',' for '.'. */
bool log_stamp_iso(struct text *t, struct oom_stamp *ret) _nonnull_all_;

/*
 * "Jun 20 12:47:02", with a year or a fraction, with a weekday before it; "Thu 2025-11-26 12:00:00
 * CET" of journalctl -o short-full. Months in the languages of log_month().
 */
bool log_stamp_syslog(struct text *t, struct oom_stamp *ret) _nonnull_all_;

/* "20:31:49.738": the time of day alone. */
bool log_stamp_clock(struct text *t, struct oom_stamp *ret) _nonnull_all_;

/* "1732620000.123456": seconds since 1970, journalctl -o short-unix. */
bool log_stamp_unix(struct text *t, struct oom_stamp *ret) _nonnull_all_;

/* "11-26 12:00:00.123" of Android's logcat. */
bool log_stamp_logcat(struct text *t, struct oom_stamp *ret) _nonnull_all_;

/* 1 to 12 for "Jun", "juin", "6月", ...: abbreviations as glibc's locales have them. 0: unknown. */
unsigned int log_month(struct text name);

/* Microseconds from 1 January 1970 (year 0: from 1 January of a year without 29 February). */
uint64_t log_civil_usec(unsigned int year, unsigned int month, unsigned int day);
