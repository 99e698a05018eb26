/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of C++ out of mangled ones (Itanium C++ ABI, 5.1), by libiberty. Bounded for hostile names:
 * a few hundred bytes of substitutions can stand for an exponential text, and the demangler knows
 * no limit but that of its depth.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

#define DEMANGLE_LENGTH_MAX 4096

/*
 * A symbol ("_ZN3foo3barE"), or the bare type of a type_info ("N3foo3BarE"). What does not fit ends
 * in "...". False, and buf is not written: not a mangled name, or longer than DEMANGLE_LENGTH_MAX.
 * size >= 4. Needs some 300 KiB of stack for the longest name.
 */
bool demangle(const char *mangled, char *buf, size_t size) _nonnull_all_;
