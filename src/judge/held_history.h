/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program held over its life, in little memory, to tell what it held when it had settled:
 * every sample at first, then every second one, and so on. Pure; plain data, zero is empty.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

#define HELD_HISTORY_SIZE 128

struct held_history {
	struct held_sample {
		double seconds; /* of one clock, not decreasing */
		uint64_t bytes;
	} item[HELD_HISTORY_SIZE], last;
	uint32_t count, stride, skip;
};

void held_history_add(struct held_history *h, double seconds, uint64_t bytes) _nonnull_all_;

/*
 * The sample after a quarter of the life so far, when most programs have read their configuration
 * and filled their pools, and the newest one. False with fewer than two samples.
 */
bool held_history_ends(const struct held_history *h, struct held_sample *ret_settled,
		       struct held_sample *ret_last) _nonnull_all_;
