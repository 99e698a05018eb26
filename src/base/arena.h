/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of fixed size that is handed out upwards and taken back all at once. Guard gives it to
 * jansson, so that a decision can be told while the machine has no memory left.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct arena {
	char *buf;
	size_t size, used;
	size_t most; /* high-water mark, for the tests and the figures */
};

/* Aligned for any type; NULL when it does not fit: the caller's request fails, nothing is lost. */
void *arena_alloc(struct arena *a, size_t size) _nonnull_all_;

/* Everything handed out becomes invalid. */
void arena_reset(struct arena *a) _nonnull_all_;
