/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The roots of a memory image whose heap is known: registers, stacks from their stack pointer, TLS,
 * dtv, writable data, RELRO, other mappings; less the heap, the allocator's own memory, dead stack,
 * the stacks of ended threads that glibc keeps for the next one (but their dtv is a root), and
 * pages that were never written. facts: each exclusion and each inclusion was found by a false
 * result.
 */
#pragma once

#include "base/macro.h"
#include "model/memory_image.h"
#include "model/roots.h"
#include "source/glibc_walk.h"

/* g NULL: no heap is known; everything writable is a root. 0 or -ENOMEM. The result borrows from
 * the image. */
int heap_roots(const struct memory_image *image, const struct glibc_heap *g,
	       struct roots *ret) _must_check_ _nonnull_(1, 3);
