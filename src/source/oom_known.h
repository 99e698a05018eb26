/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which reports were told already: a log may hold one twice (a console capture beside a journal,
 * dmesg appended to messages), with other prefixes. Bounded: the oldest are forgotten.
 */
#pragma once

#include "model/oom_report.h"

#define OOM_KNOWN_SETS 1024
#define OOM_KNOWN_WAYS 4

struct oom_known_entry {
	uint64_t content; /* hash of what the kernel printed; 0: free */
	struct opt_u64 boot_usec, wall_usec;
	uint64_t origin; /* hash of the host's name without its domain; 0 unknown */
	uint64_t form;	 /* of what tells two logs of one machine apart: input, form of the stamp */
};

struct oom_known {
	struct oom_known_entry entry[OOM_KNOWN_SETS][OOM_KNOWN_WAYS];
	uint8_t next[OOM_KNOWN_SETS];
	uint64_t input; /* number of the one that is read: counted up by its reader */
};

/*
 * True when `r` is the same as one seen before: the same victims, trigger and counters, and no
 * host or timestamp that contradicts. Otherwise it is remembered. A report that says too little to
 * be told apart by its content is the same only where a timestamp says so.
 */
bool oom_known_again(struct oom_known *k, const struct oom_report *r) _nonnull_all_;
