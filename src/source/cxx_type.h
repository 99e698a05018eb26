/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The class of a C++ object by its vtable, in a memory image: Itanium C++ ABI, 2.5.2: the word
 * before the address point is the type_info, whose second word is the mangled name. Demangled with
 * libiberty.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "model/memory_image.h"

/*
 * Remembers what it was asked (1.5 MiB, whatever is asked). `image` must outlive it; its .peek is
 * used for what was not copied, by one thread at a time. NULL: no memory.
 */
struct cxx_types;
struct cxx_types *cxx_types_new(const struct memory_image *image) _nonnull_all_;
void cxx_types_free(struct cxx_types *t);

/*
 * For reach_options.is_vtable: valgrind's aligned_ptr_above_page0_is_vtable_addr()
 * (memcheck/mc_leakcheck.c, 3.19): in a readable mapping of a file, and of its first 20 words those
 * that are not 0 point into executable mappings of files until two have. May be called by several
 * threads.
 */
bool cxx_is_vtable(void *types, uint64_t address) _nonnull_all_;

/*
 * For loss_group_options.type_name. True when the object's class has a type_info (not so with
 * -fno-rtti) that the image holds. `vtable` is the object's first word, so this also says no to
 * what is no vtable. The name is hostile: it is the target's; a long one ends in "...". size >= 4.
 * May be called by several threads.
 */
bool cxx_type_name(void *types, uint64_t vtable, char *buf, uint32_t size) _nonnull_all_;
