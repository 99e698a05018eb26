/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printk's ring buffer in a simulation: records of so many bytes and a level, the oldest of which
 * make room for new ones whether they were read or not.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

struct sim_record {
	float bytes;
	uint32_t level;
};

struct sim_ring {
	struct sim_record *record; /* slots: a power of two */
	uint64_t head, tail;	   /* sequence numbers; tail is the oldest that is still there */
	double bytes, bytes_max;
	uint32_t slots;
};

/* A record has at least so many bytes: bounds the number of slots. */
#define SIM_RECORD_MIN 16

int sim_ring_init(struct sim_ring *r, double bytes_max) _must_check_ _nonnull_all_;
void sim_ring_release(struct sim_ring *r) _nonnull_all_;
void sim_ring_append(struct sim_ring *r, double bytes, uint32_t level) _nonnull_all_;

static inline const struct sim_record *sim_ring_at(const struct sim_ring *r, uint64_t seq)
{
	return &r->record[seq & (r->slots - 1)];
}
