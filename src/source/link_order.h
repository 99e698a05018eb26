/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which a process's dynamic linker looks for symbols: its list of loaded objects
 * (link.h: struct r_debug, struct link_map; glibc and musl alike), as gdb finds it: by DT_DEBUG of
 * the program.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "model/memory_image.h"

/*
 * The mappings that hold the objects' dynamic sections, program first, then preloaded and linked
 * ones in order of their search, then what dlopen brought. Their number, at most `room`; 0 when
 * there is no list (a static program) or it cannot be read.
 */
uint32_t link_order(const struct memory_image *image, uint32_t *ret_mapping,
		    uint32_t room) _nonnull_all_;
