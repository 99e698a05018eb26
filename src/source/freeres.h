/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What valgrind has the libraries free at a regular exit, before it looks (its options
 * --run-libc-freeres and --run-cxx-freeres, on by default): a program that printed has a buffer of
 * standard output, one in C++ the emergency pool of libstdc++, and neither is its leak. Nothing is
 * run in the program here: they are recognised in the image.
 *
 * - The buffers of standard I/O, of every stream that is still open: libio/genops.c,
 *   _IO_unbuffer_all() and buffer_free(). A buffer that the program gave (setvbuf) is the
 *   program's.
 * - The pool: libsupc++/eh_alloc.cc, class pool of GCC 5 to 15: first_free_entry, arena,
 *   arena_size.
 *
 * Not what else __libc_freeres() frees: locales, iconv, name services.
 */
#pragma once

#include "base/macro.h"
#include "source/glibc_walk.h"

/* Those blocks of the heap count as free from here on. */
void freeres(const struct memory_image *image, struct glibc_heap *g) _nonnull_all_;
