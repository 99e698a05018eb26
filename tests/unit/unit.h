/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test includes: cmocka and the headers it needs first. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/macro.h"

/*
 * Leaves a test that cannot run here. Not cmocka's skip(): it prints "not ok N # SKIP", a failure
 * to meson, and tells no reason. tools/run-tests counts the "ok" that follows this line as skipped.
 */
#define skip_because(reason)                                                                       \
	do {                                                                                       \
		(void)printf("# skipped: %s\n", reason);                                           \
		(void)fflush(stdout);                                                              \
		return;                                                                            \
	} while (0)

/* cmocka's assert_float_equal takes floats, and -Wconversion minds. */
#define assert_near(value, expected, tolerance)                                                    \
	do {                                                                                       \
		const double _v = (value), _e = (expected), _t = (tolerance);                      \
		if (!(_v >= _e - _t && _v <= _e + _t))                                             \
			fail_msg("%s is %g, not %g +- %g", #value, _v, _e, _t);                    \
	} while (0)
