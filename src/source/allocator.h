/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which allocators are in a process: by the names of its mapped files and by the symbols of its
 * program (a static jemalloc), never by running anything of it.
 */
#pragma once

#include "base/macro.h"
#include "model/leak.h"
#include "model/memory_image.h"

/*
 * Fills kind, where and others; .live_blocks and .layout are the heap walker's. `open_file` gives a
 * descriptor of the file of a mapping (the process may be in another mount namespace), or negative
 * errno. ALLOCATOR_UNKNOWN when nothing is recognised. A process may have several: the one that
 * malloc resolves to (interposition order: the program itself, preloaded and linked libraries
 * before libc) is .kind.
 */
void allocator_recognise(const struct memory_image *image,
			 int (*open_file)(void *context, const struct mapping *m), void *context,
			 struct allocator_info *ret) _nonnull_(1, 4);
