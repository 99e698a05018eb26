/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory history of one process life at several time scales, in constant memory and without
 * pointers: rings of bucket minima (the lower envelope), finest first. Owner: the caller; copyable
 * by assignment.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

struct sample {
	double time_seconds; /* monotone within one series */
	uint64_t held_bytes; /* anon + swap + shmem */
	double cpu_seconds;  /* utime + stime; NAN when not known */
};

struct series {
	uint64_t placeholder[80];
};
