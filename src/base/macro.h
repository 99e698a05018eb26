/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes and the few macros every layer uses. No types, no functions with behaviour.
 */
#pragma once

#include <stddef.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _must_check_ __attribute__((warn_unused_result))
#define _nonnull_all_ __attribute__((nonnull))
#define _nonnull_(...) __attribute__((nonnull(__VA_ARGS__)))
#define _printf_format_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _unused_ __attribute__((unused))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define MIN(a, b)                                                                                  \
	({                                                                                         \
		__auto_type _a = (a);                                                              \
		__auto_type _b = (b);                                                              \
		_a < _b ? _a : _b;                                                                 \
	})
#define MAX(a, b)                                                                                  \
	({                                                                                         \
		__auto_type _a = (a);                                                              \
		__auto_type _b = (b);                                                              \
		_a > _b ? _a : _b;                                                                 \
	})

/* Hand a resource over to another owner: the variable forgets it. */
#define TAKE(var, none)                                                                            \
	({                                                                                         \
		__auto_type _taken = (var);                                                        \
		(var) = (none);                                                                    \
		_taken;                                                                            \
	})
#define TAKE_PTR(p) TAKE(p, NULL)
#define TAKE_FD(fd) TAKE(fd, -1)

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
