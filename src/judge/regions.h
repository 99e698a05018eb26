/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be said of memory whose allocator is not known: which of the regions that a program
 * mapped does anything still point into? Pure.
 *
 * A region is a private, anonymous, writable mapping that was copied and is neither a stack, nor
 * TLS, nor a program's .bss. It is pointed to when an aligned word of a root (registers, stacks,
 * TLS, data of files, shared memory), or of a region that is pointed to, is an address within it.
 * Regions that are not pointed to are lost as a whole; a pointer keeps all of a region, so that is
 * a lower bound, and says nothing of blocks. Adjacent mappings of the same kind are one to the
 * kernel.
 */
#pragma once

#include "base/macro.h"
#include "model/leak.h"
#include "model/memory_image.h"
#include "model/roots.h"

/*
 * For leak_report.region_pointed and region_unpointed: bytes present, and regions. Roots of kind
 * ROOT_ANONYMOUS are not used: they are the regions themselves. 0 or -ENOMEM. O(words of the roots
 * and regions * log mappings).
 */
int region_reachability(const struct memory_image *image, const struct roots *roots,
			struct loss *ret_pointed,
			struct loss *ret_unpointed) _must_check_ _nonnull_all_;
