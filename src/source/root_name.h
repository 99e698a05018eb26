/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which variable a data address of a memory image belongs to, by the symbols of the file that is
 * mapped there: "libfoo.so.1: cache+0x10". Without symbols, the section: "libfoo.so.1
 * .bss+0x1234".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "model/memory_image.h"

/*
 * `image` must outlive it; `open_file` as for allocator_recognise. Each file is opened and its
 * symbols are read when they are first asked for; at most ROOT_NAME_FILES, later ones have no name.
 * NULL: no memory.
 */
#define ROOT_NAME_FILES 256
struct root_names;
struct root_names *root_names_new(const struct memory_image *image,
				  int (*open_file)(void *context, const struct mapping *m),
				  void *context) _nonnull_(1, 2);
void root_names_free(struct root_names *n);

/*
 * For root_holding.where. The name is hostile; C++ is demangled; what does not fit is cut. False,
 * and "", when the address is in no file's data (the heap, a stack, anonymous memory that is not
 * the .bss of a file), or its file cannot be read. size >= 1. Not for several threads at once.
 */
bool root_name(struct root_names *n, uint64_t address, char *buf, uint32_t size) _nonnull_all_;
