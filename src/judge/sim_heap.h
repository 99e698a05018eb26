/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pending events of a simulation: a binary heap by time; events of one time leave in the order
 * in which they came, so that a simulation is the same every time. Capacity is the caller's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

struct sim_event {
	double seconds;
	uint64_t order; /* set by sim_heap_push */
	uint32_t kind, who;
};

struct sim_heap {
	struct sim_event *event; /* room for capacity */
	uint32_t count, capacity;
	uint64_t order;
};

/* The caller has made sure that there is room. */
void sim_heap_push(struct sim_heap *h, double seconds, uint32_t kind, uint32_t who) _nonnull_all_;
/* Takes the earliest; false when there is none. */
bool sim_heap_pop(struct sim_heap *h, struct sim_event *ret) _nonnull_all_;
